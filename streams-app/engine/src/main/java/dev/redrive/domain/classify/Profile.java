package dev.redrive.domain.classify;

import dev.redrive.domain.classify.Envelope.EnvelopePointers;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The settings of one API: how to read its errors and what they mean.
 *
 * @param name stable name
 * @param services its services, in lower case; empty for a profile that is only the default
 * @param envelope locations of the values in its error body
 * @param headers its headers with retry hints
 * @param afterServerError which key a retry carries after an answered 5xx
 * @param rules rules that classify its failures
 */
public record Profile(
        String name,
        Set<String> services,
        EnvelopePointers envelope,
        HintHeaders headers,
        KeyPolicy afterServerError,
        RuleSet rules) {

    /** Copies the services. */
    public Profile {
        services = Set.copyOf(services);
    }

    /**
     * The response headers with an API's retry hints. Names are in lower case.
     *
     * @param retryAfter tried in order until one is present and readable
     * @param service the service that the rate window belongs to
     * @param limit calls per window
     * @param remaining calls left in the window
     * @param reset when the window resets
     * @param resetUnit format of {@code reset}
     */
    public record HintHeaders(
            List<RetryHeader> retryAfter,
            @Nullable String service,
            @Nullable String limit,
            @Nullable String remaining,
            @Nullable String reset,
            ResetUnit resetUnit) {

        /** Converts names to lower case. */
        public HintHeaders {
            retryAfter = List.copyOf(retryAfter);
            service = lower(service);
            limit = lower(limit);
            remaining = lower(remaining);
            reset = lower(reset);
        }

        /**
         * A header with a delay.
         *
         * @param name in lower case
         * @param unit format of its value
         */
        public record RetryHeader(String name, Unit unit) {

            /** Converts the name to lower case. */
            public RetryHeader {
                name = name.toLowerCase(Locale.ROOT);
            }

            /** Format of a delay. */
            public enum Unit {
                /** Seconds or an HTTP-date, as {@code Retry-After} of RFC 9110 section 10.2.3. */
                HTTP,
                /** Seconds; other readable values are treated as with {@code HTTP}. */
                SECONDS,
                /** Milliseconds. */
                MILLISECONDS
            }
        }

        /** Format of the instant at which a rate window opens. */
        public enum ResetUnit {
            /** By size: below 10^9 seconds after the failure, below 10^11 epoch seconds, else epoch milliseconds. */
            AUTO,
            /** Seconds from the failure on. */
            DELTA_SECONDS,
            /** Seconds since 1970-01-01T00:00Z. */
            EPOCH_SECONDS,
            /** Milliseconds since 1970-01-01T00:00Z. */
            EPOCH_MILLIS
        }

        private static @Nullable String lower(@Nullable String name) {
            return name == null ? null : name.toLowerCase(Locale.ROOT);
        }
    }

    /** Which idempotency key a retry carries after an answered server error. */
    public enum KeyPolicy {
        /** The same: the API executes a request again if its first execution failed. */
        SAME,
        /** A new one: the API stores even a 5xx under the key and would only replay it. */
        NEW
    }

    /** The profiles of all APIs, chosen by service. Immutable. */
    public static final class Profiles {

        private final List<Profile> all;
        private final Profile fallback;
        private final Map<String, Profile> byService = new HashMap<>();

        /**
         * Creates the set of profiles.
         *
         * @param all every profile, the default included
         * @param defaultName name of the profile for all other services
         * @throws IllegalArgumentException if two profiles share a name or service, or none has the default's name
         */
        public Profiles(List<Profile> all, String defaultName) {
            this.all = List.copyOf(all);
            if (all.stream().map(Profile::name).distinct().count() < all.size()) {
                throw new IllegalArgumentException("two profiles have the same name");
            }
            this.fallback = all.stream()
                    .filter(profile -> profile.name().equals(defaultName))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("no profile has the name " + defaultName));
            for (Profile profile : all) {
                for (String service : profile.services()) {
                    if (byService.putIfAbsent(service.toLowerCase(Locale.ROOT), profile) != null) {
                        throw new IllegalArgumentException("two profiles name the service " + service);
                    }
                }
            }
        }

        /** Returns the profile of a service, case-insensitive; the default if no profile has it. */
        public Profile forService(String service) {
            return byService.getOrDefault(service.toLowerCase(Locale.ROOT), fallback);
        }

        /** Returns every profile in the given order. */
        public List<Profile> all() {
            return all;
        }
    }
}
