package dev.redrive.domain.classify;

import dev.redrive.domain.classify.Envelope.EnvelopePointers;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Everything that belongs to one API: how to read its errors and what they mean.
 *
 * @param name stable name
 * @param services the services it is chosen for, in lower case; empty for one that is only the default
 * @param envelope where its error body holds what
 * @param headers where its headers say when to come back
 * @param afterServerError which key a retry carries after an answered 5xx
 * @param rules what its failures mean
 */
public record Profile(
        String name,
        Set<String> services,
        EnvelopePointers envelope,
        HintHeaders headers,
        KeyPolicy afterServerError,
        RuleSet rules) {

    /** Takes a copy of the services. */
    public Profile {
        services = Set.copyOf(services);
    }

    /**
     * The response headers in which an API says when to come back. Names are in lower case.
     *
     * @param retryAfter tried in order until one is there and can be read
     * @param service the service that the rate window belongs to
     * @param limit calls per window
     * @param remaining calls left in the window
     * @param reset when the window opens again
     * @param resetUnit how {@code reset} is written
     */
    public record HintHeaders(
            List<RetryHeader> retryAfter,
            @Nullable String service,
            @Nullable String limit,
            @Nullable String remaining,
            @Nullable String reset,
            ResetUnit resetUnit) {

        /** Brings names to lower case. */
        public HintHeaders {
            retryAfter = List.copyOf(retryAfter);
            service = lower(service);
            limit = lower(limit);
            remaining = lower(remaining);
            reset = lower(reset);
        }

        /**
         * A header that names a delay.
         *
         * @param name in lower case
         * @param unit how its value is written
         */
        public record RetryHeader(String name, Unit unit) {

            /** Brings the name to lower case. */
            public RetryHeader {
                name = name.toLowerCase(Locale.ROOT);
            }

            /** How a delay is written. */
            public enum Unit {
                /** Seconds or an HTTP-date, as {@code Retry-After} of RFC 9110 section 10.2.3. */
                HTTP,
                /** Seconds; what else can be understood is taken as with {@code HTTP}. */
                SECONDS,
                /** Milliseconds. */
                MILLISECONDS
            }
        }

        /** How the instant at which a rate window opens is written. */
        public enum ResetUnit {
            /** By its size: below 10^9 seconds from the failure on, below 10^11 seconds of the epoch, else milliseconds of it. */
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

    /** Which idempotency key a retry carries after a server error that was answered. */
    public enum KeyPolicy {
        /** The same: the API runs a request again whose first run failed. */
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
         * Takes the profiles.
         *
         * @param all every profile, the default included
         * @param defaultName the profile for services that none names
         * @throws IllegalArgumentException if two profiles have the same name or service, or none has the default's name
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

        /** The profile of a service, in any case; the default where none names it. */
        public Profile forService(String service) {
            return byService.getOrDefault(service.toLowerCase(Locale.ROOT), fallback);
        }

        /** Every profile in the order given. */
        public List<Profile> all() {
            return all;
        }
    }
}
