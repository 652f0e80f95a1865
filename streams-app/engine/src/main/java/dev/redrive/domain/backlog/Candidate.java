package dev.redrive.domain.backlog;

import dev.redrive.domain.event.JobRef;
import dev.redrive.domain.gate.Verdict;
import org.jspecify.annotations.Nullable;

/**
 * A retry whose turn it is: the gates are open for it, or one has held it for longer than is allowed.
 *
 * @param lane its lane
 * @param slot its place there
 * @param readyAtMs since when it could go: its due, or the opening of the gates that held it, epoch milliseconds
 * @param verdict what the gates answered for its lane; {@code null} where they were not asked, for it has its turn anyway
 */
public record Candidate(
        Lane lane, Slot slot, long readyAtMs, @Nullable Verdict verdict) {

    /** The job. */
    public JobRef job() {
        return new JobRef(lane.userId(), slot.jobId());
    }
}
