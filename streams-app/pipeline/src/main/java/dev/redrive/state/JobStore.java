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
 * The state of each job. A job that is not pending expires when nothing was heard of it for the retention after it was
 * active; a failure that comes again after that counts as a new one. A job's state does not tell that its lease has ended:
 * the {@linkplain LeaseStore leases} do.
 */
public final class JobStore {

    /** Most entries that one sweep looks at. */
    private static final int MOST_SWEPT = 20_000;

    private final KeyValueStore<Bytes, byte[]> store;
    private final Sweep sweep;
    private final JobFilter filter;
    private final JobCensus census;
    private int seenFirst;

    /**
     * A view of the store.
     *
     * @param store the store
     * @param retention how long a job is remembered after the last that was heard of it
     * @param budget of the heap for telling which jobs were never seen
     */
    public JobStore(KeyValueStore<Bytes, byte[]> store, Duration retention, HeapBudget budget) {
        this.store = store;
        this.filter = new JobFilter(budget);
        this.census = new JobCensus(store, filter);
        this.sweep = new Sweep(store, retention, JobStore::age);
    }

    /** The job's state; {@code Unseen} when nothing is known. */
    public JobState get(JobRef job) {
        byte[] key = JobKey.bytes(job);
        byte[] stored = census.done() && !filter.maySee(key) ? null : store.get(Bytes.wrap(key));
        if (stored == null) {
            seenFirst++;
            return JobState.Unseen.INSTANCE;
        }
        return JobStateCodec.decode(stored);
    }

    /** Stores the job's state. */
    public void put(JobRef job, JobState state) {
        byte[] key = JobKey.bytes(job);
        filter.add(key);
        store.put(Bytes.wrap(key), JobStateCodec.encode(state));
    }

    /**
     * Looks at some jobs more, going round, and forgets those whose retention is over. It looks at as many as came in since
     * it did so last, and so goes round at least once while as many come in as there are: nothing stays for longer than
     * three times its retention.
     *
     * @param now the time
     * @param leastEntries at least so many
     * @return how many were forgotten
     */
    public int sweep(Instant now, int leastEntries) {
        int entries = Math.min(MOST_SWEPT, Math.max(leastEntries, seenFirst));
        seenFirst = 0;
        return sweep.run(now, entries).size();
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
        return census;
    }

    /** Gives back the heap that it used. */
    public void close() {
        filter.close();
    }

    private static Sweep.Age age(KeyValue<Bytes, byte[]> entry) {
        JobState state = JobStateCodec.decode(entry.value);
        Instant touchedAt = state.memo().touchedAt();
        Instant activeUntil = state.memo().activeUntil();
        return new Sweep.Age(
                activeUntil == null || activeUntil.isBefore(touchedAt) ? touchedAt : activeUntil,
                state instanceof JobState.Scheduled);
    }
}
