package dev.redrive.domain.decide;

import dev.redrive.domain.classify.Profile.HintHeaders;
import dev.redrive.domain.classify.Profile.HintHeaders.RetryHeader;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;

/** When an API asked to come back. */
public sealed interface RetryHint {

    /** Longer requests count as this long, which is longer than any policy allows: ten years. */
    Duration LONGEST = Duration.ofDays(3650);

    /**
     * Reads {@code Retry-After} (RFC 9110 section 10.2.3) or the like: the first header of the profile's that is there and can be read.
     *
     * @param names the profile's headers
     * @param headers the response's headers, names in lower case
     * @param failedAt when the attempt ended; stands in for the response's {@code Date}
     */
    static RetryHint from(HintHeaders names, Map<String, String> headers, Instant failedAt) {
        RetryHint hint = new None();
        for (RetryHeader header : names.retryAfter()) {
            String value = headers.get(header.name());
            if (value == null) {
                continue;
            }
            DelayText.Number number = header.unit() == RetryHeader.Unit.MILLISECONDS
                    ? DelayText.Number.MILLISECONDS
                    : DelayText.Number.ANY;
            RetryHint read = DelayText.read(value, number, HttpDate.ofResponse(headers, failedAt));
            if (read instanceof Wait) {
                return read;
            }
            hint = hint instanceof None ? read : hint;
        }
        return hint;
    }

    /** What of the wait is certain. */
    default Duration atLeast() {
        return Duration.ZERO;
    }

    /** It did not say. */
    record None() implements RetryHint {}

    /**
     * Not before this long after the failure.
     *
     * @param delay zero or more, at most {@link #LONGEST}
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
     * @param atLeast the part of it that can be read, e.g. of a list; zero or more, at most {@link #LONGEST}
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
