package dev.redrive.dev;

import dev.redrive.avro.RetryRequest;
import dev.redrive.dev.DevSettings.WorkloadSettings;
import dev.redrive.dev.SimulatedApi.Collisions;
import dev.redrive.sim.Dice;
import dev.redrive.sim.Jobs;
import dev.redrive.sim.Service;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The source of the simulated batch system's jobs. Used by one thread. */
interface JobSource {

    /** Returns the first attempt of the next job that is to start; {@code null} if there is none now. */
    @Nullable
    Attempt next(Instant now);

    /** Reports a job's success; the job may be of an earlier run. */
    default void succeeded(Attempt attempt, Instant at) {}

    /** Whether all jobs of this run are done; always false for an endless source. */
    default boolean finished() {
        return false;
    }

    /** Generates endless jobs: user, service, with or without an idempotency key. Used by one thread. */
    static final class EndlessJobs implements JobSource {

        private static final double WITH_KEY = 0.9;
        private static final double SKEW = 0.6;

        private final Dice dice;
        private final double jobsPerSecond;
        private final String run;
        private final double[] shareUpTo;
        private long made;
        private double owed;
        private @Nullable Instant last;

        /**
         * Creates a source of jobs.
         *
         * @param run prefix of every job id, so that the ids of different runs differ
         */
        EndlessJobs(WorkloadSettings.Endless settings, String run) {
            this.dice = new Dice(settings.seed());
            this.jobsPerSecond = settings.jobsPerSecond();
            this.run = run;
            this.shareUpTo = zipf(settings.users());
        }

        /** Returns the cumulative shares of users: the n-th user's share is proportional to 1/n^0.6 (Zipf). */
        private static double[] zipf(int users) {
            double[] upTo = new double[users];
            double sum = 0;
            for (int i = 0; i < users; i++) {
                sum += Math.pow(i + 1, -SKEW);
                upTo[i] = sum;
            }
            for (int i = 0; i < users; i++) {
                upTo[i] /= sum;
            }
            return upTo;
        }

        @Override
        public @Nullable Attempt next(Instant now) {
            if (last != null) {
                double elapsedS = Math.max(0, Duration.between(last, now).toMillis() / 1_000.0);
                // A backlog of more than one second is dropped.
                owed = Math.min(owed + elapsedS * jobsPerSecond, jobsPerSecond + 1);
            }
            last = now;
            if (owed < 1) {
                return null;
            }
            owed--;
            return make();
        }

        private Attempt make() {
            long n = made++;
            String job = run + "-" + n;
            int found = Arrays.binarySearch(shareUpTo, dice.roll("user", run, n));
            int user = Math.min(found < 0 ? -found - 1 : found, shareUpTo.length - 1);
            Service service = Service.by(dice.roll("service", run, n));
            String key = dice.roll("key", run, n) < WITH_KEY ? "key-" + job : null;
            return new Attempt("user-" + user, job, 1, service.category(), service.operation(), service.route(), key);
        }
    }

    /**
     * The jobs of a scenario, each at its time; the first call starts it. Used by one thread; any thread may query its
     * progress.
     */
    static final class ScenarioJobs implements JobSource {

        private final WorkloadSettings.Scripted settings;
        private final Jobs jobs;
        private final String prefix;
        private volatile @Nullable Instant start;
        private volatile @Nullable Instant end;
        private final AtomicInteger succeeded = new AtomicInteger();
        private int next;

        /**
         * Creates a source of jobs.
         *
         * @param run prefix of every job id, so that the ids of different runs differ
         */
        ScenarioJobs(WorkloadSettings.Scripted settings, String run) {
            this.settings = settings;
            this.jobs = Jobs.of(settings.scenario(), settings.seed());
            this.prefix = run + "-";
        }

        @Override
        public @Nullable Attempt next(Instant now) {
            if (start == null) {
                start = now;
            }
            if (next == jobs.count() || time(now).toMillis() < jobs.afterMs(next)) {
                return null;
            }
            int job = next++;
            Service service = jobs.service(job);
            String jobId = prefix + Jobs.jobId(job);
            return new Attempt(
                    Jobs.userId(jobs.user(job)),
                    jobId,
                    1,
                    service.category(),
                    service.operation(),
                    service.route(),
                    "key-" + jobId);
        }

        @Override
        public void succeeded(Attempt attempt, Instant at) {
            if (attempt.jobId().startsWith(prefix) && succeeded.incrementAndGet() == jobs.count()) {
                end = at;
            }
        }

        @Override
        public boolean finished() {
            return succeeded() == jobs.count();
        }

        /** Returns the scenario's results so far, as text lines. */
        List<String> report(Collisions.Seen seen, Instant now) {
            Duration time = time(now);
            return List.of(
                    String.format(
                            Locale.ROOT,
                            "scenario %s, seed %d: %d of %d jobs completed in %.1f s",
                            settings.scenario().name(),
                            settings.seed(),
                            succeeded(),
                            settings.scenario().load().jobs(),
                            time.toMillis() / 1_000.0),
                    String.format(
                            Locale.ROOT,
                            "calls %d, wasted %d; of them retries %d, wasted %d",
                            seen.calls(),
                            seen.wasted(),
                            seen.retries(),
                            seen.wastedRetries()),
                    String.format(
                            Locale.ROOT,
                            "max active jobs of a user when a retry came after its first collision, that one included: %d;"
                                    + " over its limit by max %d",
                            seen.maxActive(),
                            seen.maxOverLimit()));
        }

        int succeeded() {
            return succeeded.get();
        }

        /** Returns the elapsed time; once all jobs are done, the time to the end of the last one. */
        Duration time(Instant now) {
            Instant from = start;
            Instant to = end;
            return from == null ? Duration.ZERO : Duration.between(from, to == null ? now : to);
        }
    }

    /**
     * One submission of a job by the simulated batch system.
     *
     * @param number number of the attempt, from 1
     */
    record Attempt(
            String userId,
            String jobId,
            int number,
            String service,
            String operation,
            String route,
            @Nullable String idempotencyKey) {

        static Attempt of(RetryRequest retry) {
            return new Attempt(
                    retry.getUserId(),
                    retry.getJobId(),
                    retry.getAttempt(),
                    retry.getService(),
                    retry.getOperation(),
                    retry.getRoute(),
                    retry.getIdempotencyKey());
        }
    }
}
