package dev.redrive.domain.user;

import java.time.Instant;
import java.util.Comparator;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one user. It expires when nothing is pending or active and nothing was heard for the retention of
 * users.
 *
 * @param concurrency active jobs and their limit
 * @param quota allowance and spend cap
 * @param rateWindows by service, at most {@link #MAX_RATE_WINDOWS}; the one seen longest ago gives way
 * @param pendingRetries retries scheduled and not yet released; never negative
 * @param plan name of the plan, when told
 * @param lastFailure the last failure, when there was one
 * @param updatedAt when something changed last
 */
public record UserState(
        Concurrency concurrency,
        Quota quota,
        Map<String, RateWindow> rateWindows,
        int pendingRetries,
        @Nullable String plan,
        @Nullable LastFailure lastFailure,
        Instant updatedAt) {

    /** Most services whose rate window is remembered per user. */
    public static final int MAX_RATE_WINDOWS = 16;

    /** A user of whom nothing is known. */
    public static final UserState NEW =
            new UserState(Concurrency.UNKNOWN, Quota.UNKNOWN, Map.of(), 0, null, null, Instant.EPOCH);

    /** @throws IllegalArgumentException if {@code pendingRetries} is negative */
    public UserState {
        if (pendingRetries < 0) {
            throw new IllegalArgumentException("pendingRetries must not be negative: " + pendingRetries);
        }
        rateWindows = Map.copyOf(rateWindows);
    }

    /**
     * The state after jobs began or ended.
     *
     * @param activeChange by how many the active jobs grow; may be negative
     * @param pendingChange by how many the pending retries grow; may be negative
     * @param now the time of the change
     */
    public UserState count(int activeChange, int pendingChange, Instant now) {
        if (activeChange == 0 && pendingChange == 0) {
            return this;
        }
        return new UserState(
                concurrency.plusActive(activeChange),
                quota,
                rateWindows,
                pendingRetries + pendingChange,
                plan,
                lastFailure,
                now);
    }

    UserState with(Concurrency newConcurrency, Instant now) {
        return new UserState(newConcurrency, quota, rateWindows, pendingRetries, plan, lastFailure, now);
    }

    UserState with(Quota newQuota, Instant now) {
        return new UserState(concurrency, newQuota, rateWindows, pendingRetries, plan, lastFailure, now);
    }

    UserState with(Concurrency newConcurrency, Quota newQuota, @Nullable String newPlan, Instant now) {
        boolean same = newConcurrency.equals(concurrency) && newQuota.equals(quota) && Objects.equals(newPlan, plan);
        return same
                ? this
                : new UserState(newConcurrency, newQuota, rateWindows, pendingRetries, newPlan, lastFailure, now);
    }

    UserState with(LastFailure failure, Instant now) {
        return lastFailure != null && failure.at().isBefore(lastFailure.at())
                ? this
                : new UserState(concurrency, quota, rateWindows, pendingRetries, plan, failure, now);
    }

    UserState with(String service, RateWindow window, Instant now) {
        RateWindow known = rateWindows.get(service);
        if (known != null && window.observedAt().isBefore(known.observedAt())) {
            return this;
        }
        Map<String, RateWindow> windows = new TreeMap<>(rateWindows);
        windows.put(service, window);
        if (windows.size() > MAX_RATE_WINDOWS) {
            windows.entrySet().stream()
                    .min(Comparator.comparing(entry -> entry.getValue().observedAt()))
                    .ifPresent(oldest -> windows.remove(oldest.getKey()));
        }
        return new UserState(concurrency, quota, windows, pendingRetries, plan, lastFailure, now);
    }

    /** Whether the state can be forgotten once it is old: nothing pending, nothing active. */
    public boolean idle() {
        return pendingRetries == 0 && concurrency.active() == 0;
    }
}
