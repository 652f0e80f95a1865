package dev.redrive.domain.decide;

import java.time.Duration;

/** When an API asked to come back. */
public sealed interface RetryHint {

    /** It did not say. */
    record None() implements RetryHint {}

    /**
     * Not before this long after the failure.
     *
     * @param delay zero or more, at most {@link RetryAfter#LONGEST}
     */
    record Wait(Duration delay) implements RetryHint {}

    /**
     * It said something that cannot be read, which is taken as nothing and counted.
     *
     * @param reason why it cannot be read
     */
    record Ignored(Reason reason) implements RetryHint {}

    /** Why a hint cannot be read; the name is the stable word in metrics. */
    enum Reason {
        /** Neither digits nor one of the three forms of an HTTP-date. */
        NOT_DIGITS_OR_DATE,
        /** The unit takes digits only. */
        NOT_DIGITS,
        /** The form of a date, but no such day or time exists. */
        NO_SUCH_DATE,
        /** Longer than any digits or date need be. */
        TOO_LONG
    }
}
