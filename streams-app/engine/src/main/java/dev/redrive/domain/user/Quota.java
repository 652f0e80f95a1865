package dev.redrive.domain.user;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a user's allowance and spend cap.
 *
 * @param status whether billable calls can succeed
 * @param reason the error code that told so, when one did
 * @param since when the status began
 * @param resetAt when the allowance is filled again, when known
 * @param remaining calls left, when told
 * @param learnedAt when this was learned last; older news does not change it
 * @param reopenedAt when calls could succeed again after they could not; the beginning of the ramp
 * @param rampReleases retries released since then, while the ramp lasts
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

    /** How long retries are ramped up after calls can succeed again. */
    private static final Duration RAMP = Duration.ofSeconds(10);

    /** Whether billable calls can succeed; the name is the word in the user's state. */
    public enum Status {
        /** Nothing is known against it. */
        AVAILABLE,
        /** The allowance is spent. */
        EXHAUSTED,
        /** The spend cap is reached. */
        SPEND_CAPPED
    }

    boolean olderNews(Instant at) {
        return learnedAt != null && at.isBefore(learnedAt);
    }

    /** Whether billable calls can succeed, also where only time has opened it. */
    public boolean available(Instant now) {
        return status == Status.AVAILABLE || resetAt != null && !resetAt.isAfter(now);
    }

    /**
     * When the next retry may go while the ramp lasts, in which the number of retries doubles every second; an instant
     * not after {@code now} when it may go now. To be asked while calls can succeed.
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

    /** A retry is released. */
    Quota released(Instant now) {
        Quota open = reopened(now);
        if (open.reopenedAt == null) {
            return open;
        }
        boolean over = !open.reopenedAt.plus(RAMP).isAfter(now);
        return over ? open.ramp(null, 0) : open.ramp(open.reopenedAt, open.rampReleases + 1);
    }

    /** The same, available if its reset has come. */
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
