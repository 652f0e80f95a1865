package dev.redrive.publish;

import dev.redrive.avro.AccountChange;
import dev.redrive.avro.AccountChangeKind;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Makes {@link AccountChange} records, which open gates that waited for them. Pure: no clock, no I/O. */
public final class AccountChanges {

    private AccountChanges() {}

    /**
     * The user's allowance was filled again.
     *
     * @param remaining calls left, not negative; {@code null} when unknown
     * @param nextReset when it is filled again next; {@code null} when unknown
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

    /** The user has another plan, and with it, when that is known, another concurrency limit of at least 1. */
    public static AccountChange planChanged(
            String userId, String plan, @Nullable Integer concurrencyLimit, Instant at) {
        return begin(userId, AccountChangeKind.PLAN_CHANGED, at)
                .setPlan(Limits.id("plan", plan))
                .setConcurrencyLimit(concurrencyLimit == null ? null : positive(concurrencyLimit))
                .build();
    }

    /** The user's spend cap was raised or taken away. */
    public static AccountChange spendCapChanged(String userId, Instant at) {
        return begin(userId, AccountChangeKind.SPEND_CAP_CHANGED, at).build();
    }

    /** The user may have so many active jobs over all services from now on, at least 1. */
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
