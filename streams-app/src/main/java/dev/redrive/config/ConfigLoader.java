package dev.redrive.config;

import dev.redrive.domain.classify.Disposition;
import dev.redrive.domain.classify.Profiles;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Puts the configuration together: the built-in defaults, over them the file, over that the environment. Reads files,
 * and nothing else; keeps nothing.
 */
public final class ConfigLoader {

    /** Every key with its default. */
    private static final String DEFAULTS = "redrive/defaults.yaml";

    private ConfigLoader() {}

    /** The built-in defaults alone. */
    public static RedriveConfig builtIn() {
        return load(null, Map.of());
    }

    /**
     * Loads the configuration.
     *
     * @param file a YAML file; {@code null} for the defaults alone
     * @param env the environment: {@code REDRIVE_} variables override the file, and values may refer to any other
     * @throws ConfigException with every mistake that was found
     */
    public static RedriveConfig load(@Nullable Path file, Map<String, String> env) {
        Problems problems = new Problems();
        YamlValue.Mapping values = values(file, env, problems);
        Profiles profiles = profiles(values, file, problems);
        if (profiles == null) {
            // The rest is still checked, so that all mistakes are told at once.
            new Binder(problems, Map.of(Profiles.class, builtInProfiles())).bind(RedriveConfig.class, values);
            throw problems.exception();
        }
        RedriveConfig config = new Binder(problems, Map.of(Profiles.class, profiles)).bind(RedriveConfig.class, values);
        if (config == null || !problems.none()) {
            throw problems.exception();
        }
        return config;
    }

    /**
     * Loads a rules file alone, to check it.
     *
     * @param file the rules file
     * @throws ConfigException with every mistake that was found
     */
    public static Profiles loadRules(Path file) {
        Problems problems = new Problems();
        YamlValue.Mapping values = YamlReader.file(file, problems);
        Profiles profiles = problems.none() ? new ProfilesReader(problems, Disposition.DEAD_LETTER).read(values) : null;
        if (profiles == null) {
            throw problems.exception();
        }
        return profiles;
    }

    static YamlValue.Mapping defaults(Problems problems) {
        return YamlReader.resource(DEFAULTS, problems);
    }

    private static YamlValue.Mapping values(@Nullable Path file, Map<String, String> env, Problems problems) {
        YamlValue.Mapping values = defaults(problems);
        if (file != null) {
            values = YamlValue.Mapping.merged(values, YamlReader.file(file, problems));
        }
        values = YamlValue.Mapping.merged(values, EnvOverrides.read(RedriveConfig.class, env, problems));
        return new References(env, problems).resolved(values);
    }

    private static @Nullable Profiles profiles(YamlValue.Mapping values, @Nullable Path config, Problems problems) {
        Disposition quotaDisposition = Disposition.DEAD_LETTER;
        Binder binder = new Binder(problems, Map.of());
        if (values.entries().get("quota") instanceof YamlValue.Mapping quota) {
            QuotaSettings settings = binder.bind(QuotaSettings.class, quota, "quota");
            quotaDisposition = settings == null ? quotaDisposition : settings.disposition();
        }
        RulesSettings rules = values.entries().get("rules") instanceof YamlValue.Mapping mapping
                ? binder.bind(RulesSettings.class, mapping, "rules")
                : null;
        String name = rules == null ? null : rules.file();
        Problems own = new Problems();
        YamlValue.Mapping file = name == null
                ? YamlReader.resource(ProfilesReader.BUILT_IN, own)
                : YamlReader.file(resolved(config, name), own);
        Profiles profiles = own.none() ? new ProfilesReader(own, quotaDisposition).read(file) : null;
        own.into(problems);
        return profiles;
    }

    private static Path resolved(@Nullable Path config, String name) {
        return config == null ? Path.of(name) : config.toAbsolutePath().resolveSibling(name);
    }

    private static Profiles builtInProfiles() {
        Problems none = new Problems();
        Profiles profiles = new ProfilesReader(none, Disposition.DEAD_LETTER)
                .read(YamlReader.resource(ProfilesReader.BUILT_IN, none));
        if (profiles == null) {
            throw none.exception();
        }
        return profiles;
    }
}
