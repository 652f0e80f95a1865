package dev.redrive.cli;

import dev.redrive.config.ConfigException;
import dev.redrive.config.ConfigLoader;
import dev.redrive.domain.classify.Profile.Profiles;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The rules that were found without a mistake. */
record CheckedRules(Profiles profiles) {

    /**
     * Loads a rules file alone, or the whole configuration.
     *
     * @throws CommandFailure with every mistake
     */
    static CheckedRules of(@Nullable Path rules, @Nullable Path config, Map<String, String> environment) {
        if (rules == null) {
            return new CheckedRules(ConfigSource.load(config, environment).profiles());
        }
        try {
            return new CheckedRules(ConfigLoader.loadRules(rules));
        } catch (ConfigException e) {
            throw ConfigSource.invalid(e);
        }
    }

    /** One line for each profile: its name, its number of rules and their version. */
    List<String> lines() {
        return profiles.all().stream()
                .map(profile -> "profile " + profile.name() + ": "
                        + profile.rules().rules().size() + " rules, version "
                        + profile.rules().version())
                .toList();
    }
}
