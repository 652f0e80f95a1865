package dev.redrive.domain.user;

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
 */
public record Quota(
        Status status,
        @Nullable String reason,
        @Nullable Instant since,
        @Nullable Instant resetAt,
        @Nullable Long remaining,
        @Nullable Instant learnedAt) {

    static final Quota UNKNOWN = new Quota(Status.AVAILABLE, null, null, null, null, null);

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
}
