package dev.redrive.domain.lifecycle;

import dev.redrive.domain.service.ServiceState;
import dev.redrive.domain.user.Concurrency;
import dev.redrive.domain.user.Occupancy;
import dev.redrive.domain.user.UserState;
import java.time.Duration;

/**
 * Durations of leases, rate windows and gates.
 *
 * @param activeLease how long a job counts as active without a sign of life; positive
 * @param rateWindow length of the sliding windows of the API's rate limits; positive
 * @param slotsCount whether retries wait for a free slot, so that the time that jobs occupy theirs matters
 * @param maxHold max time that gates block a retry after its due; positive
 */
public record LifecyclePolicy(Duration activeLease, Duration rateWindow, boolean slotsCount, Duration maxHold) {

    /** Lease factor while no limit is known: too many active jobs cost nothing until then and later spare a refusal. */
    private static final int WHILE_NO_LIMIT_IS_KNOWN = 3;

    /** @throws IllegalArgumentException if a duration is not positive */
    public LifecyclePolicy {
        positive("activeLease", activeLease);
        positive("rateWindow", rateWindow);
        positive("maxHold", maxHold);
    }

    /**
     * Returns how long a job of the user counts as active without a sign of life: {@code activeLease} if ends are
     * expected, else the estimated duration of jobs.
     */
    Duration lease(UserState user, ServiceState service) {
        Concurrency concurrency = user.concurrency();
        if (!slotsCount || concurrency.endsExpected()) {
            return activeLease;
        }
        Occupancy known = concurrency.occupancy();
        Duration taken = (known == null ? service.prior() : known).estimate();
        Duration lease = concurrency.limit() == null ? taken.multipliedBy(WHILE_NO_LIMIT_IS_KNOWN) : taken;
        return lease.compareTo(activeLease) < 0 ? lease : activeLease;
    }

    private static void positive(String name, Duration duration) {
        if (duration.isNegative() || duration.isZero()) {
            throw new IllegalArgumentException(name + " must be positive: " + duration);
        }
    }
}
