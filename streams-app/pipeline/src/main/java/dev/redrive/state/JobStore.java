package dev.redrive.state;

import dev.redrive.codec.JobKey;
import dev.redrive.codec.JobStateCodec;
import dev.redrive.domain.engine.Ports;
import dev.redrive.domain.event.JobRef;
import dev.redrive.domain.lifecycle.JobState;
import dev.redrive.state.HeldStore.HeapBudget;
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
 * The state of each job. A job that is not pending expires when nothing was heard of it for the retention after it was
 * active; a failure that comes again after that counts as a new one. A job's state does not tell that its lease has ended:
 * the {@linkplain LeaseStore leases} do.
 */
public final class JobStore implements Ports.Jobs {

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

    /**
     * One walk over all jobs of a task, a slice at a time, while jobs go on moving: who also looks at each move of a job that
     * the walk has {@linkplain #passed passed} has seen every job exactly once. The filter has all of them at its end.
     */
    public static final class JobCensus {

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

    /**
     * Tells of most jobs that nobody has seen before that this is so, without a look into the store: a Bloom filter (Bloom,
     * "Space/Time Trade-offs in Hash Coding with Allowable Errors", 1970) that grows by parts, each four times as large as the
     * last one. While there is room for a further part it errs for fewer than one job in fifty; beyond that more and more often.
     * It never errs about a job that was added, and forgets none until its task ends. One thread owns it.
     */
    static final class JobFilter {

        private static final int BITS_PER_JOB = 12;
        private static final int PROBES = 6;
        private static final int FIRST_WORDS = 1 << 10;
        private static final int GROWTH = 4;
        private static final int MOST_WORDS = 1 << 27;

        private final HeapBudget budget;
        private final List<long[]> parts = new ArrayList<>();
        private long room;
        private long bytes;

        JobFilter(HeapBudget budget) {
            this.budget = budget;
            budget.open();
            grow(FIRST_WORDS);
        }

        /** Whether a job may have been added; {@code false} is certain. */
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
            int words = (int) Math.min(MOST_WORDS, (long) last.length * GROWTH);
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

        /** FNV-1a (Fowler, Noll, Vo), stirred by the end of MurmurHash3 (Appleby), for its upper bits are weak. */
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
