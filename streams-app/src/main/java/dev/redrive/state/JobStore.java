package dev.redrive.state;

import dev.redrive.codec.JobKey;
import dev.redrive.codec.JobStateCodec;
import dev.redrive.domain.event.JobRef;
import dev.redrive.domain.lifecycle.JobState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * The state of each job. A job that is not pending expires when nothing was heard of it for the retention; a failure
 * that comes again after that counts as a new one.
 */
public final class JobStore {

    private final KeyValueStore<Bytes, byte[]> store;
    private final Sweep sweep;
    private final Recent<JobRef, JobState> recent = new Recent<>();

    /**
     * A view of the store.
     *
     * @param store the store
     * @param retention how long a job is remembered after the last that was heard of it
     */
    public JobStore(KeyValueStore<Bytes, byte[]> store, Duration retention) {
        this.store = store;
        this.sweep = new Sweep(store, (entry, now) -> expired(entry, now.minus(retention)));
    }

    /** The job's state; {@code Unseen} when nothing is known. */
    public JobState get(JobRef job) {
        JobState known = recent.get(job, this::stored);
        return known == null ? JobState.Unseen.INSTANCE : known;
    }

    private @Nullable JobState stored(JobRef job) {
        byte[] stored = store.get(Bytes.wrap(JobKey.bytes(job)));
        return stored == null ? null : JobStateCodec.decode(stored);
    }

    /** Stores the job's state. */
    public void put(JobRef job, JobState state) {
        store.put(Bytes.wrap(JobKey.bytes(job)), JobStateCodec.encode(state));
        recent.put(job, state);
    }

    /**
     * Looks at a few jobs more, going round, and forgets those whose retention is over.
     *
     * @param now the time
     * @param maxEntries how many to look at
     * @return how many were forgotten
     */
    public int sweep(Instant now, int maxEntries) {
        List<Bytes> gone = sweep.run(now, maxEntries);
        gone.forEach(key -> recent.remove(JobKey.job(key.get())));
        return gone.size();
    }

    /**
     * A job and its state.
     *
     * @param job the job
     * @param state its state
     */
    public record Known(JobRef job, JobState state) {}

    /**
     * The next jobs in the order of the store.
     *
     * @param userId of this user; empty for all users
     * @param after those behind this job; {@code null} for the first
     * @param most at most so many; fewer only where there are no more
     */
    public List<Known> next(String userId, @Nullable JobRef after, int most) {
        byte[] prefix = userId.isEmpty() ? null : JobKey.user(userId);
        byte[] from = after == null ? prefix : JobKey.following(JobKey.bytes(after));
        List<Known> next = new ArrayList<>();
        try (KeyValueIterator<Bytes, byte[]> jobs = store.range(
                from == null ? null : Bytes.wrap(from), prefix == null ? null : Bytes.wrap(JobKey.behind(prefix)))) {
            while (next.size() < most && jobs.hasNext()) {
                KeyValue<Bytes, byte[]> job = jobs.next();
                next.add(new Known(JobKey.job(job.key.get()), JobStateCodec.decode(job.value)));
            }
        }
        return next;
    }

    /** A walk over all jobs, from the first. */
    public JobCensus census() {
        return new JobCensus(store);
    }

    private static boolean expired(KeyValue<Bytes, byte[]> entry, Instant heardBefore) {
        JobState state = JobStateCodec.decode(entry.value);
        return !(state instanceof JobState.Scheduled)
                && !state.memo().active()
                && state.memo().touchedAt().isBefore(heardBefore);
    }
}
