package dev.redrive.domain.user;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A user's known allowance and spend cap.
 *
 * @param status whether billable calls can succeed
 * @param reason the error code that showed it, if any
 * @param since when the status began
 * @param resetAt when the allowance resets, if known
 * @param remaining calls left, if reported
 * @param learnedAt time of the last update; older information does not change it
 * @param reopenedAt when calls became possible again; the start of the ramp
 * @param rampReleases retries released since then, during the ramp
 */
public record Quota(
        Status status,
        @Nullable String reason,
        @Nullable Instant since,
        @Nullable Instant resetAt,
        @Nullable Long remaining,
        @Nullable Instant learnedAt,
        @Nullable Instant reopenedAt,
        int rampReleases) {

    static final Quota UNKNOWN = new Quota(Status.AVAILABLE, null, null, null, null, null, null, 0);

    /** Duration of the ramp after calls become possible again. */
    private static final Duration RAMP = Duration.ofSeconds(10);

    /** Whether billable calls can succeed; the name is stable in the user's state. */
    public enum Status {
        /** Calls are not known to fail. */
        AVAILABLE,
        /** The allowance is spent. */
        EXHAUSTED,
        /** The spend cap is reached. */
        SPEND_CAPPED
    }

    boolean olderNews(Instant at) {
        return learnedAt != null && at.isBefore(learnedAt);
    }

    /** Returns whether billable calls can succeed, also if only the reset has passed. */
    public boolean available(Instant now) {
        return status == Status.AVAILABLE || resetAt != null && !resetAt.isAfter(now);
    }

    /**
     * Returns when the ramp allows the next retry; the number of retries doubles every second. An instant not after
     * {@code now} if it is allowed now. To be called only while calls can succeed.
     */
    public Instant rampedUntil(Instant now) {
        Quota open = reopened(now);
        if (open.reopenedAt == null) {
            return now;
        }
        long second = Duration.between(open.reopenedAt, now).toSeconds();
        boolean over = second >= RAMP.toSeconds();
        return over || open.rampReleases < 1 << second + 1 ? now : open.reopenedAt.plusSeconds(second + 1);
    }

    /** Returns the state after the release of a retry. */
    Quota released(Instant now) {
        Quota open = reopened(now);
        if (open.reopenedAt == null) {
            return open;
        }
        boolean over = !open.reopenedAt.plus(RAMP).isAfter(now);
        return over ? open.ramp(null, 0) : open.ramp(open.reopenedAt, open.rampReleases + 1);
    }

    /** Returns the same state, available if its reset has passed. */
    Quota reopened(Instant now) {
        if (status == Status.AVAILABLE || resetAt == null || resetAt.isAfter(now)) {
            return this;
        }
        return new Quota(Status.AVAILABLE, null, resetAt, null, null, learnedAt, resetAt, 0);
    }

    private Quota ramp(@Nullable Instant from, int releases) {
        return new Quota(status, reason, since, resetAt, remaining, learnedAt, from, releases);
    }
}
