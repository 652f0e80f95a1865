package dev.redrive.domain.user;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a user's active jobs, over all services.
 *
 * @param active jobs believed to be at work; never negative
 * @param limit most active jobs, as learned; {@code null} while unknown
 * @param limitAt when the limit was learned
 * @param reported {@code active_requests} of the last concurrency error
 * @param reportedAt when that error came
 */
public record Concurrency(
        int active,
        @Nullable Integer limit,
        @Nullable Instant limitAt,
        @Nullable Integer reported,
        @Nullable Instant reportedAt) {

    static final Concurrency UNKNOWN = new Concurrency(0, null, null, null, null);

    /** @throws IllegalArgumentException if {@code active} is negative */
    public Concurrency {
        if (active < 0) {
            throw new IllegalArgumentException("active must not be negative: " + active);
        }
    }

    Concurrency plusActive(int change) {
        return change == 0 ? this : new Concurrency(active + change, limit, limitAt, reported, reportedAt);
    }

    Concurrency learnLimit(int newLimit, Instant at) {
        return limitAt != null && at.isBefore(limitAt)
                ? this
                : new Concurrency(active, newLimit, at, reported, reportedAt);
    }

    Concurrency learnReported(int newReported, Instant at) {
        return reportedAt != null && at.isBefore(reportedAt)
                ? this
                : new Concurrency(active, limit, limitAt, newReported, at);
    }
}
