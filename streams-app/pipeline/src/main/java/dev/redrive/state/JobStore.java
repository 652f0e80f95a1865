package dev.redrive.state;

import dev.redrive.codec.JobKey;
import dev.redrive.codec.JobStateCodec;
import dev.redrive.domain.engine.Ports;
import dev.redrive.domain.event.JobRef;
import dev.redrive.domain.lifecycle.JobState;
import dev.redrive.state.HeapStore.HeapBudget;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * The state of each job. A job without a pending retry expires when the retention has passed since its last input and
 * since it was last active; a later failure counts as one of a new job. A job's state does not change when its lease
 * expires; the {@linkplain LeaseStore leases} do.
 */
public final class JobStore implements Ports.Jobs {

    /** Maximum number of entries per sweep. */
    private static final int MAX_SWEPT = 20_000;

    private final KeyValueStore<Bytes, byte[]> store;
    private final Sweep sweep;
    private final JobFilter filter;
    private final JobCensus census;

    /** Unknown jobs that were asked for since the last sweep: about as many were added. */
    private int seenFirst;

    /**
     * Creates a view of the store.
     *
     * @param store the store
     * @param retention how long a job is kept after its last input
     * @param budget heap of the filter for unknown jobs
     */
    public JobStore(KeyValueStore<Bytes, byte[]> store, Duration retention, HeapBudget budget) {
        this.store = store;
        this.filter = new JobFilter(budget);
        this.census = new JobCensus(store, filter);
        this.sweep = new Sweep(store, retention, JobStore::age);
    }

    @Override
    public JobState get(JobRef job) {
        byte[] key = JobKey.bytes(job);
        byte[] stored = census.done() && !filter.maySee(key) ? null : store.get(Bytes.wrap(key));
        if (stored == null) {
            seenFirst++;
            return JobState.Unseen.INSTANCE;
        }
        return JobStateCodec.decode(stored);
    }

    @Override
    public void put(JobRef job, JobState state) {
        byte[] key = JobKey.bytes(job);
        filter.add(key);
        store.put(Bytes.wrap(key), JobStateCodec.encode(state));
    }

    /**
     * Deletes expired jobs among the next ones, cyclically. It visits at least as many as were added since the last
     * call, and so completes a round before the number of jobs can have doubled: nothing stays longer than three times
     * its retention.
     *
     * @param now the time
     * @param minEntries minimum number to visit
     * @return the number of deleted jobs
     */
    public int sweep(Instant now, int minEntries) {
        int entries = Math.min(MAX_SWEPT, Math.max(minEntries, seenFirst));
        seenFirst = 0;
        return sweep.run(now, entries).size();
    }

    @Override
    public List<Ports.KnownJob> next(String userId, @Nullable JobRef after, int maxJobs) {
        byte[] prefix = userId.isEmpty() ? null : JobKey.user(userId);
        byte[] from = after == null ? prefix : JobKey.following(JobKey.bytes(after));
        List<Ports.KnownJob> next = new ArrayList<>();
        try (KeyValueIterator<Bytes, byte[]> jobs = store.range(
                from == null ? null : Bytes.wrap(from), prefix == null ? null : Bytes.wrap(JobKey.behind(prefix)))) {
            while (next.size() < maxJobs && jobs.hasNext()) {
                KeyValue<Bytes, byte[]> job = jobs.next();
                next.add(new Ports.KnownJob(JobKey.job(job.key.get()), JobStateCodec.decode(job.value)));
            }
        }
        return next;
    }

    /** Returns the walk over all jobs, of which there is one for each task. */
    public JobCensus census() {
        return census;
    }

    /** Releases its heap. */
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

    /**
     * One walk over all jobs of a task, a slice at a time, while jobs keep moving: a caller that also counts each move
     * of a job that the walk has {@linkplain #passed passed} counts every job exactly once. The filter contains all of
     * them at its end.
     */
    public static final class JobCensus {

        /** Steps between two readings of the clock. */
        private static final int BETWEEN_CLOCKS = 64;

        private final KeyValueStore<Bytes, byte[]> store;
        private final JobFilter filter;
        private @Nullable Bytes last;
        private boolean done;

        JobCensus(KeyValueStore<Bytes, byte[]> store, JobFilter filter) {
            this.store = store;
            this.filter = filter;
        }

        /** Returns whether all jobs were visited. */
        boolean done() {
            return done;
        }

        /** Returns whether the walk is past this job and will not visit it again. */
        public boolean passed(JobRef job) {
            return done || (last != null && Bytes.wrap(JobKey.bytes(job)).compareTo(last) <= 0);
        }

        /**
         * Continues until the deadline, but for some dozens of jobs at least; does nothing once all jobs were visited.
         *
         * @param deadlineNanos by {@link System#nanoTime()}
         * @param visitor receives each job's state
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

    /**
     * Recognises most unknown jobs without reading the store: a Bloom filter (Bloom, "Space/Time Trade-offs in Hash
     * Coding with Allowable Errors", 1970) that grows by parts, each four times the size of the previous one. While
     * there is room for another part its false positives stay below one job in fifty; beyond that they increase. It has
     * no false negatives, and keeps all jobs until its task ends. Owned by one thread.
     */
    static final class JobFilter {

        private static final int BITS_PER_JOB = 12;
        private static final int PROBES = 6;
        private static final int FIRST_WORDS = 1 << 10;
        private static final int GROWTH = 4;
        private static final int MAX_WORDS = 1 << 27;

        private final HeapBudget budget;
        private final List<long[]> parts = new ArrayList<>();
        private long room;
        private long bytes;

        JobFilter(HeapBudget budget) {
            this.budget = budget;
            budget.open();
            grow(FIRST_WORDS);
        }

        /** Returns whether a job may have been added; {@code false} is certain. */
        boolean maySee(byte[] job) {
            long hash = hash(job);
            for (int i = parts.size() - 1; i >= 0; i--) {
                if (has(parts.get(i), hash)) {
                    return true;
                }
            }
            return false;
        }

        void add(byte[] job) {
            long[] last = parts.get(parts.size() - 1);
            int words = (int) Math.min(MAX_WORDS, (long) last.length * GROWTH);
            if (room <= 0 && words > last.length && budget.admits(bytes, (long) words * Long.BYTES)) {
                last = grow(words);
            }
            long hash = hash(job);
            if (!has(last, hash)) {
                room--;
                long step = hash >>> 32 | 1;
                for (int i = 0; i < PROBES; i++) {
                    long bit = hash + i * step;
                    last[(int) (bit >>> 6) & (last.length - 1)] |= 1L << bit;
                }
            }
        }

        void close() {
            budget.use(-bytes);
            budget.close();
        }

        /** Adds an empty part, which all further jobs are added to. */
        private long[] grow(int words) {
            long[] part = new long[words];
            parts.add(part);
            room = (long) words * Long.SIZE / BITS_PER_JOB;
            bytes += (long) words * Long.BYTES;
            budget.use((long) words * Long.BYTES);
            return part;
        }

        private static boolean has(long[] part, long hash) {
            long step = hash >>> 32 | 1;
            for (int i = 0; i < PROBES; i++) {
                long bit = hash + i * step;
                if ((part[(int) (bit >>> 6) & (part.length - 1)] & 1L << bit) == 0) {
                    return false;
                }
            }
            return true;
        }

        /**
         * FNV-1a (Fowler, Noll, Vo), mixed by the finalizer of MurmurHash3 (Appleby), because its upper bits are weak.
         */
        private static long hash(byte[] job) {
            long hash = 0xcbf29ce484222325L;
            for (byte next : job) {
                hash = (hash ^ next) * 0x100000001b3L;
            }
            hash = (hash ^ hash >>> 33) * 0xff51afd7ed558ccdL;
            hash = (hash ^ hash >>> 33) * 0xc4ceb9fe1a85ec53L;
            return hash ^ hash >>> 33;
        }
    }
}
