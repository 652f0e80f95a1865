package dev.redrive.domain.classify;

import java.util.Set;

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
}
