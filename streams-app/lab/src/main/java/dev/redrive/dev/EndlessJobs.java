package dev.redrive.dev;

import dev.redrive.sim.Dice;
import dev.redrive.sim.Service;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Makes up new jobs without end: whose, of which service, with a key or without. Belongs to one thread. */
final class EndlessJobs implements JobSource {

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
     * A source of jobs.
     *
     * @param settings how many jobs, and of how many users
     * @param run what begins every job id, so that those of different runs differ
     */
    EndlessJobs(WorkloadSettings.Endless settings, String run) {
        this.dice = new Dice(settings.seed());
        this.jobsPerSecond = settings.jobsPerSecond();
        this.run = run;
        this.shareUpTo = zipf(settings.users());
    }

    /** The shares of users, added up: the n-th user has a share proportional to 1/n^0.6 (Zipf). */
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
            // What could not be made for longer than a second is left out.
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
