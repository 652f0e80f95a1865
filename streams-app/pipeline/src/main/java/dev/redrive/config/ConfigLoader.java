package dev.redrive.config;

import dev.redrive.config.ClientProperties.ClientCheck;
import dev.redrive.config.RedriveConfig.QuotaSettings;
import dev.redrive.config.RedriveConfig.ReferredPaths;
import dev.redrive.config.RedriveConfig.RulesSettings;
import dev.redrive.config.YamlReader.YamlValue;
import dev.redrive.domain.classify.Classification.Disposition;
import dev.redrive.domain.classify.Profile.Profiles;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Loads the configuration: the built-in defaults, overridden by the file, overridden by the environment. Only reads
 * files; stateless.
 */
public final class ConfigLoader {

    /** Every key with its default. */
    private static final String DEFAULTS = "redrive/defaults.yaml";

    private ConfigLoader() {}

    /** Returns the built-in defaults. */
    public static RedriveConfig builtIn() {
        return load(null, Map.of());
    }

    /** Loads the configuration without checks of settings passed through to client libraries. */
    public static RedriveConfig load(@Nullable Path file, Map<String, String> env) {
        return load(file, env, ClientCheck.All.NONE);
    }

    /**
     * Loads the configuration.
     *
     * @param file a YAML file; {@code null} for the defaults alone
     * @param env the environment: {@code REDRIVE_} variables override the file, and values may refer to any other
     *     variable
     * @param checks checks of settings passed through to client libraries
     * @throws ConfigException with every mistake that was found
     */
    public static RedriveConfig load(@Nullable Path file, Map<String, String> env, ClientCheck.All checks) {
        Problems problems = new Problems();
        References references = new References(env, problems);
        YamlValue.Mapping values = references.resolved(values(file, env, problems));
        ReferredPaths referred = references.paths();
        Profiles profiles = profiles(values, file, problems);
        // The rest is checked even without profiles, so that all mistakes are reported at once.
        Map<Class<?>, Object> given =
                Map.of(Profiles.class, profiles == null ? builtInProfiles() : profiles, ReferredPaths.class, referred);
        RedriveConfig config = new Binder(problems, given, checks).bind(RedriveConfig.class, values);
        if (profiles == null || config == null || !problems.none()) {
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
        return YamlValue.Mapping.merged(values, EnvOverrides.read(RedriveConfig.class, env, problems));
    }

    private static @Nullable Profiles profiles(YamlValue.Mapping values, @Nullable Path config, Problems problems) {
        Disposition quotaDisposition = Disposition.DEAD_LETTER;
        Binder binder = new Binder(problems, Map.of(), ClientCheck.All.NONE);
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
