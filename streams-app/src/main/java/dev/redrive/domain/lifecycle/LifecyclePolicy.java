package dev.redrive.domain.lifecycle;

import java.time.Duration;

/**
 * How long things count.
 *
 * @param activeLease how long a job counts as active without a sign of life; positive
 */
public record LifecyclePolicy(Duration activeLease) {

    /** @throws IllegalArgumentException if the lease is not positive */
    public LifecyclePolicy {
        if (activeLease.isNegative() || activeLease.isZero()) {
            throw new IllegalArgumentException("activeLease must be positive: " + activeLease);
        }
    }
}
