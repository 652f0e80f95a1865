package dev.redrive.domain.decide;

import java.time.Duration;

/** When an API asked to come back. */
public sealed interface RetryHint {

    /** What of the wait is certain. */
    default Duration atLeast() {
        return Duration.ZERO;
    }

    /** It did not say. */
    record None() implements RetryHint {}

    /**
     * Not before this long after the failure.
     *
     * @param delay zero or more, at most {@link RetryAfter#LONGEST}
     */
    record Wait(Duration delay) implements RetryHint {

        @Override
        public Duration atLeast() {
            return delay;
        }
    }

    /**
     * It said something that cannot be read, or not all of it. Never taken as "now": the policy's floor stands in for it,
     * and it is counted.
     *
     * @param reason why it cannot be read
     * @param atLeast the part of it that can be read, e.g. of a list; zero or more, at most {@link RetryAfter#LONGEST}
     */
    record Unreadable(Reason reason, Duration atLeast) implements RetryHint {

        /** The same with a longer part that can be read. */
        Unreadable orLonger(Duration other) {
            return other.compareTo(atLeast) > 0 ? new Unreadable(reason, other) : this;
        }
    }

    /** Why a hint cannot be read; the name is the stable word in metrics. */
    enum Reason {
        /** Neither a number, a duration nor a date in a form that is known. */
        NOT_DIGITS_OR_DATE,
        /** The form of a date, but no such day or time exists. */
        NO_SUCH_DATE,
        /** A date and time that does not name its zone. */
        NO_ZONE,
        /** A number that cannot be in the unit of the profile. */
        OTHER_UNIT,
        /** Longer than any list of waits need be. */
        TOO_LONG
    }
}
