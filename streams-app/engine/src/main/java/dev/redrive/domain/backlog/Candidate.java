package dev.redrive.domain.backlog;

import dev.redrive.domain.event.JobRef;
import dev.redrive.domain.gate.Verdict;
import org.jspecify.annotations.Nullable;

/**
 * The next retry to release: its gates are open, or one has blocked it for longer than allowed.
 *
 * @param lane its lane
 * @param slot its place there
 * @param readyAtMs its due, or when the gates that blocked it opened, epoch milliseconds
 * @param verdict the gates' verdict on its lane; {@code null} if it gets its turn regardless
 */
public record Candidate(
        Lane lane, Slot slot, long readyAtMs, @Nullable Verdict verdict) {

    /** The job. */
    public JobRef job() {
        return new JobRef(lane.userId(), slot.jobId());
    }
}
