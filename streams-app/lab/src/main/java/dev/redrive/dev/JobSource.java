package dev.redrive.dev;

import dev.redrive.avro.RetryRequest;
import dev.redrive.dev.DevSettings.WorkloadSettings;
import dev.redrive.sim.Dice;
import dev.redrive.sim.Service;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Endless jobs: user, service, with or without an idempotency key. Used by one thread. */
final class JobSource {

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
    JobSource(WorkloadSettings.Endless settings, String run) {
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

    /** Returns the first attempt of the next job that is to start; {@code null} if there is none now. */
    @Nullable
    Attempt next(Instant now) {
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
