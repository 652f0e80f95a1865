package dev.redrive.domain.decide;

import dev.redrive.domain.classify.Profile.HintHeaders;
import dev.redrive.domain.classify.Profile.HintHeaders.RetryHeader;
import dev.redrive.domain.decide.DelayText.HttpDate;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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

    /**
     * A user's rate window for a service, read from a response. Unreadable values are {@code null}.
     *
     * @param service the service that the window belongs to: the header's, else the failure's
     * @param limit calls per window, not negative
     * @param remaining calls left, not negative
     * @param resetAt when the window opens again
     * @param closedUntil no call succeeds before this instant: the wait of a rate-limited response, else {@code resetAt} if
     *     none remain
     */
    public record RateLimitHint(
            String service,
            @Nullable Integer limit,
            @Nullable Integer remaining,
            @Nullable Instant resetAt,
            @Nullable Instant closedUntil) {

        private static final Pattern COUNT = Pattern.compile("([0-9]{1,15})(?:[.][0-9]*)?(?:;.*)?");
        private static final Pattern SERVICE = Pattern.compile("[A-Za-z0-9._-]{1,64}");
        private static final int MAX_LENGTH = 1024;

        /** Returns whether the response has any value of the window. */
        public boolean known() {
            return limit != null || remaining != null || resetAt != null || closedUntil != null;
        }

        /**
         * Parses the window of a response; {@link #reset} parses when it resets.
         *
         * @param names the profile's headers
         * @param headers the response's headers, names in lower case
         * @param service the failure's service
         * @param failedAt when the attempt ended
         * @param maxWait later instants after the failure are ignored, else one response could block the user for years
         * @param reset when the window resets
         */
        static RateLimitHint from(
                HintHeaders names,
                Map<String, String> headers,
                String service,
                Instant failedAt,
                Duration maxWait,
                RetryHint reset) {
            Integer remaining = count(headers, names.remaining());
            Instant resetAt = reset instanceof RetryHint.Wait wait ? plausible(wait.delay(), failedAt, maxWait) : null;
            return new RateLimitHint(
                    service(headers, names.service(), service),
                    count(headers, names.limit()),
                    remaining,
                    resetAt,
                    remaining != null && remaining == 0 ? resetAt : null);
        }

        /**
         * Returns the window of a rate-limited response.
         *
         * @param refusedFor how long the response closes the window; {@code null} if unknown
         */
        RateLimitHint refused(@Nullable Duration refusedFor, Instant failedAt, Duration maxWait) {
            Instant refusedUntil = refusedFor == null ? null : plausible(refusedFor, failedAt, maxWait);
            return refusedUntil == null ? this : new RateLimitHint(service, limit, remaining, resetAt, refusedUntil);
        }

        /** Returns whether a rate-limited response may be one of this window, because it does not report calls left. */
        boolean mayRefuse() {
            return remaining == null || remaining == 0;
        }

        /** Returns when the window resets, whether it is closed or not. */
        static RetryHint reset(HintHeaders names, Map<String, String> headers, Instant failedAt) {
            String value = names.reset() == null ? null : headers.get(names.reset());
            if (value == null) {
                return new RetryHint.None();
            }
            DelayText.Number number = switch (names.resetUnit()) {
                case AUTO -> DelayText.Number.ANY;
                case DELTA_SECONDS -> DelayText.Number.DELTA_SECONDS;
                case EPOCH_SECONDS -> DelayText.Number.EPOCH_SECONDS;
                case EPOCH_MILLIS -> DelayText.Number.EPOCH_MILLIS;
            };
            return DelayText.read(value, number, HttpDate.ofResponse(headers, failedAt));
        }

        private static @Nullable Instant plausible(Duration delay, Instant failedAt, Duration maxWait) {
            return delay.compareTo(maxWait) > 0 ? null : failedAt.plus(delay);
        }

        private static String service(Map<String, String> headers, @Nullable String name, String fallback) {
            String value = name == null ? null : headers.get(name);
            return value != null && SERVICE.matcher(value.strip()).matches() ? value.strip() : fallback;
        }

        /** Returns the smallest number of a list, without parameters and decimals; {@code null} if there is none. */
        private static @Nullable Integer count(Map<String, String> headers, @Nullable String name) {
            String value = name == null ? null : headers.get(name);
            if (value == null || value.length() > MAX_LENGTH) {
                return null;
            }
            Integer smallest = null;
            for (String element : value.split(",", -1)) {
                Matcher matcher = COUNT.matcher(element.strip());
                long number = matcher.matches() ? Long.parseLong(matcher.group(1)) : Long.MAX_VALUE;
                if (number <= Integer.MAX_VALUE && (smallest == null || number < smallest)) {
                    smallest = (int) number;
                }
            }
            return smallest;
        }
    }
}
