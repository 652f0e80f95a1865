package dev.redrive.domain.classify;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The profiles of all APIs, chosen by service. Immutable. */
public final class Profiles {

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
