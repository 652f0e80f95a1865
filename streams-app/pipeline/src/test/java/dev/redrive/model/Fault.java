package dev.redrive.model;

import dev.redrive.avro.FailureCause;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** How an attempt fails, and what the rules promise for it. */
enum Fault {
    SERVER_ERROR(FailureCause.RESPONSE, 503, null, Fate.AMBIGUOUS, "TRANSIENT", 5, 300),
    STRANGE_ERROR(FailureCause.RESPONSE, 600, null, Fate.AMBIGUOUS, "UNKNOWN", 3, 300),
    TIMEOUT(FailureCause.TIMEOUT, null, null, Fate.AMBIGUOUS, "TRANSIENT", 5, 300),
    NETWORK(FailureCause.NETWORK, null, null, Fate.AMBIGUOUS, "TRANSIENT", 5, 300),
    PROVIDER(FailureCause.ASYNC, null, null, Fate.ENDED, "PROVIDER_FAILED", 3, 300),
    RATE(FailureCause.RESPONSE, 429, null, Fate.THROTTLED, "RATE_LIMITED", 0, 60),
    RATE_3_S(FailureCause.RESPONSE, 429, null, Fate.THROTTLED, "RATE_LIMITED", 3, 60),
    /** Asks to come back later in words that nobody can read: counts as the longest backoff. */
    RATE_UNREADABLE(FailureCause.RESPONSE, 429, null, Fate.THROTTLED, "RATE_LIMITED", 60, 60),
    RATE_30_H(FailureCause.RESPONSE, 429, null, Fate.THROTTLED, "RATE_LIMITED", 108_000, 60),
    RATE_8_D(FailureCause.RESPONSE, 429, null, Fate.THROTTLED, "RATE_LIMITED", 691_200, 60),
    CONCURRENCY(
            FailureCause.RESPONSE, 429, "CONCURRENT_GENERATION_LIMIT", Fate.THROTTLED, "CONCURRENCY_LIMITED", 0, 30),
    CREDITS(FailureCause.RESPONSE, 402, "INSUFFICIENT_CREDITS", Fate.REFUSED, "QUOTA_EXHAUSTED", 0, 0),
    SPEND_CAP(FailureCause.RESPONSE, 402, "SPENDING_LIMIT_EXCEEDED", Fate.REFUSED, "SPEND_CAPPED", 0, 0),
    INVALID(FailureCause.RESPONSE, 400, "invalid_request", Fate.REFUSED, "INVALID_REQUEST", 0, 0),
    FORBIDDEN(FailureCause.RESPONSE, 403, "FORBIDDEN", Fate.REFUSED, "FORBIDDEN", 0, 0),
    UNSUPPORTED(FailureCause.RESPONSE, 501, null, Fate.REFUSED_UNSURE, "UNSUPPORTED", 0, 0);

    /** What is known of the attempt that failed, and whether it may come back. */
    private enum Fate {
        AMBIGUOUS,
        ENDED,
        THROTTLED,
        REFUSED,
        REFUSED_UNSURE
    }

    final FailureCause cause;
    final @Nullable Integer status;
    final @Nullable String code;
    final String failureClass;
    private final Fate fate;
    private final int number;
    private final int capSeconds;

    /** {@code number}: of a throttled one the seconds of its Retry-After, 0 for none; else the charged attempts allowed. */
    Fault(
            FailureCause cause,
            @Nullable Integer status,
            @Nullable String code,
            Fate fate,
            String failureClass,
            int number,
            int capSeconds) {
        this.cause = cause;
        this.status = status;
        this.code = code;
        this.fate = fate;
        this.failureClass = failureClass;
        this.number = number;
        this.capSeconds = capSeconds;
    }

    boolean throttled() {
        return fate == Fate.THROTTLED;
    }

    boolean comesBack() {
        return fate != Fate.REFUSED && fate != Fate.REFUSED_UNSURE;
    }

    /** Whether the work may have been done without anyone knowing. */
    boolean mayHaveRun() {
        return fate == Fate.AMBIGUOUS || fate == Fate.REFUSED_UNSURE;
    }

    /** Whether a retry is a new submission. */
    boolean ended() {
        return fate == Fate.ENDED;
    }

    int maxAttempts() {
        return number;
    }

    @Nullable
    String retryAfter() {
        if (this == RATE_UNREADABLE) {
            return "soon";
        }
        return throttled() && number > 0 ? Integer.toString(number) : null;
    }

    boolean waitTooLong() {
        return throttled() && Duration.ofSeconds(number).compareTo(Duration.ofDays(7)) > 0;
    }

    /**
     * The earliest due of a retry.
     *
     * @param start what its wait counts from
     */
    Instant earliest(Instant start) {
        return start.plusMillis(throttled() && number > 0 ? number * 1_000L : 50);
    }

    /**
     * The latest due of a retry.
     *
     * @param start what its wait counts from
     * @param count how many failures of its kind there were, this one included
     */
    Instant latest(Instant start, int count) {
        long askedMs = throttled() ? number * 1_000L : 0;
        long backoffMs = Math.min(capSeconds * 1_000L, 1_000L << Math.min(20, count - 1));
        return start.plusMillis(Math.max(backoffMs, askedMs + Math.min(askedMs / 20, 3_000)));
    }
}
