package dev.redrive.domain.event;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A user's allowance, plan or limits changed.
 *
 * @param userId the user
 * @param kind what changed
 * @param plan name of the plan, when told
 * @param concurrencyLimit most active jobs from now on, when told; positive
 * @param allowanceRemaining calls left, when told; not negative
 * @param allowanceResetAt when the allowance is filled again, when told
 * @param at when it changed, never after the time of reading
 */
public record AccountChanged(
        String userId,
        Kind kind,
        @Nullable String plan,
        @Nullable Integer concurrencyLimit,
        @Nullable Long allowanceRemaining,
        @Nullable Instant allowanceResetAt,
        Instant at)
        implements Input {

    /** What changed. */
    public enum Kind {
        /** The allowance was filled. */
        ALLOWANCE_RESET,
        /** The user has another plan. */
        PLAN_CHANGED,
        /** The spend cap was raised or lifted. */
        SPEND_CAP_CHANGED,
        /** Limits were set without a change of plan. */
        LIMITS_CHANGED
    }
}
