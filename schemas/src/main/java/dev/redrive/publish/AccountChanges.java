package dev.redrive.publish;

import dev.redrive.avro.AccountChange;
import dev.redrive.avro.AccountChangeKind;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Creates {@link AccountChange} records, which may open or close gates. Pure: no clock, no I/O. */
public final class AccountChanges {

    private AccountChanges() {}

    /**
     * Returns a change: the user's allowance was reset.
     *
     * @param remaining calls left, not negative; {@code null} if unknown
     * @param nextReset the next reset; {@code null} if unknown
     * @param at when it was reset; not before 2000
     */
    public static AccountChange allowanceReset(
            String userId, @Nullable Long remaining, @Nullable Instant nextReset, Instant at) {
        if (remaining != null && remaining < 0) {
            throw new IllegalArgumentException("remaining must not be negative: " + remaining);
        }
        return begin(userId, AccountChangeKind.ALLOWANCE_RESET, at)
                .setAllowanceRemaining(remaining)
                .setAllowanceResetAt(Limits.ahead("nextReset", nextReset))
                .build();
    }

    /**
     * Returns a change: the user has another plan and, if known, another concurrency limit.
     *
     * @param concurrencyLimit max active jobs over all services, at least 1; {@code null} if unknown
     * @param at when it changed; not before 2000
     */
    public static AccountChange planChanged(
            String userId, String plan, @Nullable Integer concurrencyLimit, Instant at) {
        return begin(userId, AccountChangeKind.PLAN_CHANGED, at)
                .setPlan(Limits.id("plan", plan))
                .setConcurrencyLimit(concurrencyLimit == null ? null : positive(concurrencyLimit))
                .build();
    }

    /**
     * Returns a change: the user's spend cap was raised or removed.
     *
     * @param at when it changed; not before 2000
     */
    public static AccountChange spendCapChanged(String userId, Instant at) {
        return begin(userId, AccountChangeKind.SPEND_CAP_CHANGED, at).build();
    }

    /**
     * Returns a change: the user has another concurrency limit under the same plan.
     *
     * @param concurrencyLimit max active jobs over all services, at least 1
     * @param at when it changed; not before 2000
     */
    public static AccountChange limitsChanged(String userId, int concurrencyLimit, Instant at) {
        return begin(userId, AccountChangeKind.LIMITS_CHANGED, at)
                .setConcurrencyLimit(positive(concurrencyLimit))
                .build();
    }

    private static AccountChange.Builder begin(String userId, AccountChangeKind kind, Instant at) {
        return AccountChange.newBuilder()
                .setUserId(Limits.id("userId", userId))
                .setChange(kind)
                .setAt(Limits.instant("at", at));
    }

    private static int positive(int concurrencyLimit) {
        if (concurrencyLimit < 1) {
            throw new IllegalArgumentException("concurrencyLimit must be positive: " + concurrencyLimit);
        }
        return concurrencyLimit;
    }
}
