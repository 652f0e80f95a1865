package dev.redrive.state;

import dev.redrive.codec.JobKey;
import dev.redrive.codec.JobStateCodec;
import dev.redrive.domain.event.JobRef;
import dev.redrive.domain.lifecycle.JobState;
import java.util.function.Consumer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * One walk over all jobs of a task, a slice at a time, while jobs go on moving: who also looks at each move of a job that
 * the walk has {@linkplain #passed passed} has seen every job exactly once. The filter has all of them at its end.
 */
public final class JobCensus {

    private static final int BETWEEN_CLOCKS = 64;

    private final KeyValueStore<Bytes, byte[]> store;
    private final JobFilter filter;
    private @Nullable Bytes last;
    private boolean done;

    JobCensus(KeyValueStore<Bytes, byte[]> store, JobFilter filter) {
        this.store = store;
        this.filter = filter;
    }

    /** Whether all jobs were seen. */
    boolean done() {
        return done;
    }

    /** Whether the walk has been at this job's place, so that it will not come there again. */
    public boolean passed(JobRef job) {
        return done || (last != null && Bytes.wrap(JobKey.bytes(job)).compareTo(last) <= 0);
    }

    /**
     * Goes on until the deadline, at least a few steps; does nothing once all were seen.
     *
     * @param deadlineNanos by {@link System#nanoTime()}
     * @param visitor takes each job's state
     */
    public void walk(long deadlineNanos, Consumer<JobState> visitor) {
        if (done) {
            return;
        }
        Bytes seen = last;
        int steps = 0;
        try (KeyValueIterator<Bytes, byte[]> jobs = store.range(seen, null)) {
            while (jobs.hasNext()) {
                if (++steps % BETWEEN_CLOCKS == 0 && System.nanoTime() - deadlineNanos > 0) {
                    return;
                }
                KeyValue<Bytes, byte[]> job = jobs.next();
                if (!job.key.equals(seen)) {
                    filter.add(job.key.get());
                    visitor.accept(JobStateCodec.decode(job.value));
                }
                last = job.key;
            }
        }
        done = true;
    }
}
