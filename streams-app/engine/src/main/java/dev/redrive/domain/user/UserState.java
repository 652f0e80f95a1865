package dev.redrive.domain.user;

import dev.redrive.domain.classify.FailureClass;
import java.time.Duration;
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
 * @param pending retries scheduled and not yet released, by service, without zeros; at most {@link #MAX_SERVICES}, what
 *     goes beyond counts under {@link #OTHER_SERVICES}
 * @param plan name of the plan, when told
 * @param lastFailure the last failure, when there was one
 * @param updatedAt when something changed last
 */
public record UserState(
        Concurrency concurrency,
        Quota quota,
        Map<String, RateWindow> rateWindows,
        Map<String, Integer> pending,
        @Nullable String plan,
        @Nullable LastFailure lastFailure,
        Instant updatedAt) {

    /** Most services whose rate window is remembered per user. */
    public static final int MAX_RATE_WINDOWS = 16;

    /** Most services whose pending retries are counted apart. */
    public static final int MAX_SERVICES = 32;

    /** Stands for all services beyond the first {@link #MAX_SERVICES}; no service has this name. */
    public static final String OTHER_SERVICES = "";

    /** A user of whom nothing is known. */
    public static final UserState NEW =
            new UserState(Concurrency.UNKNOWN, Quota.UNKNOWN, Map.of(), Map.of(), null, null, Instant.EPOCH);

    /** Copies the maps. */
    public UserState {
        rateWindows = Map.copyOf(rateWindows);
        pending = Map.copyOf(pending);
    }

    /** Retries scheduled and not yet released. */
    public int pendingRetries() {
        int sum = 0;
        for (int retries : pending.values()) {
            sum += retries;
        }
        return sum;
    }

    /**
     * The state after a job began or ended to be active.
     *
     * @param change by how many the active jobs grow; may be negative
     * @param now the time of the change
     */
    public UserState active(int change, Instant now) {
        return change == 0 ? this : with(concurrency.plusActive(change), now);
    }

    /**
     * The state after a retry was scheduled or left.
     *
     * @param service its service
     * @param change by how many the pending retries grow; may be negative
     * @param now the time of the change
     * @throws IllegalArgumentException if there would be fewer than none
     */
    public UserState pending(String service, int change, Instant now) {
        if (change == 0) {
            return this;
        }
        String counted =
                pending.containsKey(service) || change > 0 && pending.size() < MAX_SERVICES ? service : OTHER_SERVICES;
        Map<String, Integer> next = new TreeMap<>(pending);
        int count = next.merge(counted, change, Integer::sum);
        if (count < 0) {
            throw new IllegalArgumentException("pending retries must not be negative: " + count);
        }
        if (count == 0) {
            next.remove(counted);
        }
        return new UserState(concurrency, quota, rateWindows, next, plan, lastFailure, now);
    }

    /** The state after a retry was released: a slot, a call and a step of the ramp are used up. */
    public UserState released(String service, Duration rateWindow, Instant now) {
        UserState next = with(quota.released(now), now);
        RateWindow window = rateWindows.get(service);
        next = window == null ? next : next.put(service, window.released(now, rateWindow), now);
        return next.active(1, now).pending(service, -1, now);
    }

    /** The state after an attempt began that Redrive did not release. */
    public UserState began(String service, Instant at, Duration rateWindow, Instant now) {
        UserState next = with(concurrency.explained(now), now);
        return next.called(service, at, rateWindow, now).active(1, now);
    }

    UserState called(String service, Instant at, Duration rateWindow, Instant now) {
        RateWindow window = rateWindows.get(service);
        return window == null ? this : put(service, window.called(at, rateWindow, now), now);
    }

    /** The state after a lifecycle event; {@code end} where it was the end of a job. */
    public UserState reported(boolean end, Instant now) {
        Concurrency next = concurrency.reported(end);
        return next == concurrency ? this : with(next, now);
    }

    /** The state after a job stopped counting as active because nothing was heard of it. */
    public UserState leaseEnded(boolean ours, Occupancy prior, Instant now) {
        return with(concurrency.leaseEnded(ours, prior, now).plusActive(-1), now);
    }

    private UserState put(String service, RateWindow window, Instant now) {
        Map<String, RateWindow> windows = new TreeMap<>(rateWindows);
        windows.put(service, window);
        return new UserState(concurrency, quota, windows, pending, plan, lastFailure, now);
    }

    UserState with(Concurrency newConcurrency, Instant now) {
        return new UserState(newConcurrency, quota, rateWindows, pending, plan, lastFailure, now);
    }

    UserState with(Quota newQuota, Instant now) {
        return new UserState(concurrency, newQuota, rateWindows, pending, plan, lastFailure, now);
    }

    UserState with(Concurrency newConcurrency, Quota newQuota, @Nullable String newPlan, Instant now) {
        boolean same = newConcurrency.equals(concurrency) && newQuota.equals(quota) && Objects.equals(newPlan, plan);
        return same ? this : new UserState(newConcurrency, newQuota, rateWindows, pending, newPlan, lastFailure, now);
    }

    UserState with(LastFailure failure, Instant now) {
        return lastFailure != null && failure.at().isBefore(lastFailure.at())
                ? this
                : new UserState(concurrency, quota, rateWindows, pending, plan, failure, now);
    }

    /**
     * The state after a response told of a rate window; older news changes nothing.
     *
     * @param refused whether the window refused the attempt
     * @param counted whether the attempt had been counted as a call
     */
    UserState seen(
            String service, RateWindow told, boolean refused, boolean counted, Duration rateWindow, Instant now) {
        RateWindow known = rateWindows.get(service);
        if (known != null && told.observedAt().isBefore(known.observedAt())) {
            return this;
        }
        RateWindow window = told.after(known);
        Map<String, RateWindow> windows = new TreeMap<>(rateWindows);
        windows.put(service, refused ? window.refused(counted, rateWindow, now) : window.counted(rateWindow, now));
        if (windows.size() > MAX_RATE_WINDOWS) {
            windows.entrySet().stream()
                    .min(Comparator.comparing(entry -> entry.getValue().observedAt()))
                    .ifPresent(oldest -> windows.remove(oldest.getKey()));
        }
        return new UserState(concurrency, quota, windows, pending, plan, lastFailure, now);
    }

    /** Whether the state can be forgotten once it is old: nothing pending, nothing active. */
    public boolean idle() {
        return pending.isEmpty() && concurrency.active() == 0;
    }

    /**
     * The user's last failure, over all jobs.
     *
     * @param failureClass what kind it was
     * @param code its error code
     * @param httpStatus its status
     * @param service where it happened
     * @param operation what was asked for
     * @param at when
     */
    public record LastFailure(
            FailureClass failureClass,
            @Nullable String code,
            @Nullable Integer httpStatus,
            String service,
            String operation,
            Instant at) {}
}
