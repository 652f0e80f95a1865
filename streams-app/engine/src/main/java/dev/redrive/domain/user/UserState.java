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
 * The state of one user. It expires when nothing is pending or active and no event came during the retention of users.
 *
 * @param concurrency active jobs and their limit
 * @param quota allowance and spend cap
 * @param rateWindows by service, at most {@link #MAX_RATE_WINDOWS}; the least recently seen is evicted
 * @param pending retries scheduled and not yet released, by service, without zeros; at most {@link #MAX_SERVICES},
 *     further services count under {@link #OTHER_SERVICES}
 * @param plan name of the plan, if reported
 * @param lastFailure the last failure, if any
 * @param updatedAt time of the last change
 */
public record UserState(
        Concurrency concurrency,
        Quota quota,
        Map<String, RateWindow> rateWindows,
        Map<String, Integer> pending,
        @Nullable String plan,
        @Nullable LastFailure lastFailure,
        Instant updatedAt) {

    /** Max number of rate windows per user. */
    public static final int MAX_RATE_WINDOWS = 16;

    /** Max number of services whose pending retries are counted separately. */
    public static final int MAX_SERVICES = 32;

    /** Key for all services beyond the first {@link #MAX_SERVICES}; no service has this name. */
    public static final String OTHER_SERVICES = "";

    /** The state of an unknown user. */
    public static final UserState NEW =
            new UserState(Concurrency.UNKNOWN, Quota.UNKNOWN, Map.of(), Map.of(), null, null, Instant.EPOCH);

    /** Copies the maps. */
    public UserState {
        rateWindows = Map.copyOf(rateWindows);
        pending = Map.copyOf(pending);
    }

    /** Returns the number of retries scheduled and not yet released. */
    public int pendingRetries() {
        int sum = 0;
        for (int retries : pending.values()) {
            sum += retries;
        }
        return sum;
    }

    /**
     * Returns the state after a job became active or inactive.
     *
     * @param change change of the number of active jobs; may be negative
     * @param now the time of the change
     */
    public UserState active(int change, Instant now) {
        return change == 0 ? this : with(concurrency.plusActive(change), now);
    }

    /**
     * Returns the state after a retry was scheduled or left.
     *
     * @param service its service
     * @param change change of the number of pending retries; may be negative
     * @param now the time of the change
     * @throws IllegalArgumentException if the number would be negative
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

    /**
     * Returns the state after a release, which uses a slot, a call and a step of the ramp.
     *
     * @param prior how long jobs of the service take, for a user of whom nothing was learned
     * @param rateWindow length of the sliding window of the API's rate limits
     */
    public UserState released(String service, String jobId, JobLengths prior, Duration rateWindow, Instant now) {
        UserState next = with(quota.released(jobId, now), now).with(concurrency.released(jobId, prior, now), now);
        RateWindow window = rateWindows.get(service);
        next = window == null ? next : next.put(service, window.released(jobId, now, rateWindow), now);
        return next.active(1, now).pending(service, -1, now);
    }

    /**
     * Returns the state after the start of an attempt that Redrive did not release.
     *
     * @param at when it started
     * @param rateWindow length of the sliding window of the API's rate limits
     */
    public UserState began(String service, Instant at, Duration rateWindow, Instant now) {
        UserState next = with(concurrency.explained(now), now);
        return next.called(service, at, rateWindow, now).active(1, now);
    }

    /** Returns the state after a call, which its service's rate window counts. */
    UserState called(String service, Instant at, Duration rateWindow, Instant now) {
        RateWindow window = rateWindows.get(service);
        return window == null ? this : put(service, window.called(at, rateWindow, now), now);
    }

    /** Returns the state after a lifecycle event; {@code end} if it is the end of a job. */
    public UserState reported(boolean end, Instant now) {
        Concurrency next = concurrency.reported(end);
        return next == concurrency ? this : with(next, now);
    }

    /**
     * Returns the state after the API accepted an attempt that Redrive released.
     *
     * @param publishedAt when, by the batch system's clock
     * @param at the same, by this clock
     */
    public UserState accepted(String jobId, Instant publishedAt, Instant at, Instant now) {
        return with(concurrency.accepted(jobId, publishedAt), quota.accepted(jobId, at, now), plan, now);
    }

    /**
     * Returns the state after an active job ended, while it still counts as active.
     *
     * @param publishedAt when, by the batch system's clock
     */
    public UserState ended(Instant publishedAt, Instant now) {
        return with(concurrency.ended(publishedAt, now), quota, plan, now);
    }

    /** Returns the state after the lease of a job expired. */
    public UserState leaseEnded(JobLengths prior, Instant now) {
        return with(concurrency.leaseEnded(prior, now).plusActive(-1), now);
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
     * Returns the state after a response reported a rate window; older information changes nothing.
     *
     * @param refused whether the window refused the attempt
     * @param counted whether the attempt had been counted as a call
     */
    UserState seen(
            String service, RateWindow reported, boolean refused, boolean counted, Duration rateWindow, Instant now) {
        RateWindow known = rateWindows.get(service);
        if (known != null && reported.observedAt().isBefore(known.observedAt())) {
            return this;
        }
        RateWindow window = reported.after(known);
        RateWindow next = refused ? window.refused(counted, rateWindow, now) : window.counted(rateWindow, now);
        return bounded(service, next, now);
    }

    private UserState bounded(String service, RateWindow window, Instant now) {
        Map<String, RateWindow> windows = new TreeMap<>(rateWindows);
        windows.put(service, window);
        if (windows.size() > MAX_RATE_WINDOWS) {
            windows.entrySet().stream()
                    .min(Comparator.comparing(entry -> entry.getValue().observedAt()))
                    .ifPresent(oldest -> windows.remove(oldest.getKey()));
        }
        return new UserState(concurrency, quota, windows, pending, plan, lastFailure, now);
    }

    /** Returns the state after a service refused an attempt for the rate of calls, without a limit in the response. */
    UserState refusedSilently(String service, RateWindow.Refusal refusal, Duration rateWindow, Instant now) {
        RateWindow known = rateWindows.getOrDefault(service, RateWindow.unknown(refusal.at()));
        return bounded(service, known.refusedSilently(refusal, rateWindow, now), now);
    }

    /** Returns whether the state may expire: nothing pending, nothing active. */
    public boolean idle() {
        return pending.isEmpty() && concurrency.active() == 0;
    }

    /**
     * The user's last failure, over all jobs.
     *
     * @param failureClass what kind it was
     * @param code its error code
     * @param httpStatus its status
     * @param service its service
     * @param operation its operation
     * @param at when it happened
     */
    public record LastFailure(
            FailureClass failureClass,
            @Nullable String code,
            @Nullable Integer httpStatus,
            String service,
            String operation,
            Instant at) {}
}
