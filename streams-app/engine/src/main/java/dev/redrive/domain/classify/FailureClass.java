package dev.redrive.domain.classify;

import dev.redrive.domain.classify.Classification.Disposition;
import java.util.Arrays;
import java.util.function.IntPredicate;

/** The kind of a failure; the name is stable in topics, metrics, configuration and runbooks. */
public enum FailureClass {
    /** The user's concurrency limit was reached; the attempt was never executed. */
    CONCURRENCY_LIMITED(
            Guard.THROTTLE,
            Disposition.RETRY,
            Health.ANSWERS,
            anyOf(403, 429, 503),
            "wait until one of the user's jobs has ended, then redrive"),
    /** The user's rate window for the service was closed; the attempt was never executed. */
    RATE_LIMITED(
            Guard.THROTTLE,
            Disposition.RETRY,
            Health.ANSWERS,
            anyOf(403, 429, 503),
            "wait until the user's rate window opens, then redrive"),
    /** The user's allowance is spent. */
    QUOTA_EXHAUSTED(
            Guard.ALLOWANCE,
            Disposition.DEAD_LETTER,
            Health.ANSWERS,
            anyOf(402, 403, 429),
            "reset the allowance, upgrade the plan or reduce billable calls, then redrive"),
    /** The user's spend cap is reached. */
    SPEND_CAPPED(
            Guard.ALLOWANCE,
            Disposition.DEAD_LETTER,
            Health.ANSWERS,
            anyOf(402, 403, 429),
            "raise the spend cap, then redrive"),
    /** The input is invalid; a retry cannot fix it. */
    INVALID_REQUEST(
            Guard.NONE,
            Disposition.DEAD_LETTER,
            Health.ANSWERS,
            noneOf(401, 402, 429).and(status -> status < 500),
            "change the input"),
    /** The credential is missing or invalid. */
    UNAUTHENTICATED(
            Guard.NONE, Disposition.DEAD_LETTER, Health.ANSWERS, anyOf(401), "fix the credential, then redrive"),
    /** The credential lacks the permission. */
    FORBIDDEN(
            Guard.NONE,
            Disposition.DEAD_LETTER,
            Health.ANSWERS,
            anyOf(403),
            "grant the missing scope or use another credential, then redrive"),
    /** The resource does not exist, or is not the user's. */
    NOT_FOUND(
            Guard.NONE,
            Disposition.DEAD_LETTER,
            Health.ANSWERS,
            anyOf(404, 410),
            "check that the resource exists and belongs to the user"),
    /** A network error, a timeout or a transient server error. */
    TRANSIENT(
            Guard.NONE,
            Disposition.RETRY,
            Health.FAILS,
            anyOf(408, 409, 425, 460, 499).or(status -> status >= 500),
            "see whether the API works again, then redrive"),
    /** The job was accepted and failed later; that submission has ended. */
    PROVIDER_FAILED(
            Guard.NONE,
            Disposition.RETRY,
            Health.ANSWERS,
            status -> status >= 500,
            "read the provider's message; redrive when its cause is gone, or change the input"),
    /** The API does not support the request. */
    UNSUPPORTED(
            Guard.NONE,
            Disposition.DEAD_LETTER,
            Health.UNCLEAR,
            noneOf(401, 402, 429),
            "the API cannot do this; use another operation"),
    /** No rule matched. */
    UNKNOWN(
            Guard.NONE,
            Disposition.RETRY,
            Health.UNCLEAR,
            status -> true,
            "add a rule that matches this failure, then redrive");

    private final Guard guard;
    private final Disposition usualDisposition;
    private final Health health;
    private final IntPredicate statuses;
    private final String remedy;

    FailureClass(Guard guard, Disposition usualDisposition, Health health, IntPredicate statuses, String remedy) {
        this.guard = guard;
        this.usualDisposition = usualDisposition;
        this.health = health;
        this.statuses = statuses;
        this.remedy = remedy;
    }

    /** What a failure implies for the health of its service. */
    public enum Health {
        /** The service itself fails. */
        FAILS,
        /** The service answers; the failure does not count as a failure of it. */
        ANSWERS,
        /** It implies nothing. */
        UNCLEAR
    }

    /** The guard that rejected the attempt before it was executed. */
    private enum Guard {
        NONE,
        THROTTLE,
        ALLOWANCE
    }

    /** Returns whether the attempt was only throttled, so that it is not charged against the attempt limit. */
    public boolean throttled() {
        return guard == Guard.THROTTLE;
    }

    /** Returns whether the user's allowance or spend cap caused it; closes the quota gate. */
    public boolean quota() {
        return guard == Guard.ALLOWANCE;
    }

    /** Returns whether the attempt was rejected before it was executed. */
    boolean rejected() {
        return guard != Guard.NONE;
    }

    /** Returns the disposition of a rule of this class that names none. */
    public Disposition usualDisposition() {
        return usualDisposition;
    }

    /** Returns what a failure of this class implies for the health of its service. */
    public Health health() {
        return health;
    }

    /** Returns whether APIs send this status with this class; some send 403 for quotas and for rates. */
    boolean comesWith(int status) {
        return statuses.test(status);
    }

    /** Returns the remedy if the rule names none. */
    public String remedy() {
        return remedy;
    }

    private static IntPredicate anyOf(int... statuses) {
        return status -> Arrays.stream(statuses).anyMatch(one -> one == status);
    }

    private static IntPredicate noneOf(int... statuses) {
        return anyOf(statuses).negate();
    }
}
