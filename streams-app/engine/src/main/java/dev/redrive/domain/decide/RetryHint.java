package dev.redrive.domain.decide;

import dev.redrive.domain.classify.Profile.HintHeaders;
import dev.redrive.domain.classify.Profile.HintHeaders.RetryHeader;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** When an API allows a retry, by its response. */
public sealed interface RetryHint {

    /** Longer delays are cut to this, which is longer than any policy allows: ten years. */
    Duration LONGEST = Duration.ofDays(3650);

    /**
     * Reads {@code Retry-After} (RFC 9110 section 10.2.3) or the like: the profile's first header that is readable.
     *
     * @param names the profile's headers
     * @param headers the response's headers, names in lower case
     * @param failedAt when the attempt ended; used if the response has no {@code Date}
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

    /** Returns the certain part of the wait. */
    default Duration atLeast() {
        return Duration.ZERO;
    }

    /** Returns why the hint is unreadable, {@code null} if it is not. */
    default @Nullable Reason unreadable() {
        return null;
    }

    /** The response has no hint. */
    record None() implements RetryHint {}

    /**
     * Retry no earlier than this delay after the failure.
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
     * The hint is wholly or partly unreadable. Never means "now": the policy's floor replaces it, and it is counted.
     *
     * @param reason why it is unreadable
     * @param atLeast the readable part, e.g. of a list; zero or more, at most {@link #LONGEST}
     */
    record Unreadable(Reason reason, Duration atLeast) implements RetryHint {

        @Override
        public Reason unreadable() {
            return reason;
        }

        /** Returns the same hint with the longer of the two readable parts. */
        Unreadable orLonger(Duration other) {
            return other.compareTo(atLeast) > 0 ? new Unreadable(reason, other) : this;
        }
    }

    /** Why a hint is unreadable; the name is stable in metrics. */
    enum Reason {
        /** Not a number, a duration or a date in a known form. */
        NOT_DIGITS_OR_DATE,
        /** The form of a date, but the day or time does not exist. */
        NO_SUCH_DATE,
        /** A date and time without a zone. */
        NO_ZONE,
        /** A number out of range for the unit of the profile. */
        OTHER_UNIT,
        /** Longer than any plausible list of delays. */
        TOO_LONG
    }
}
