package dev.redrive.config;

import dev.redrive.config.ConfigException.Problem;
import dev.redrive.config.ServerSettings.Role;
import dev.redrive.config.YamlReader.YamlValue;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One entry of the tokens file: a caller of the HTTP API.
 *
 * @param name who it is, for the audit; unique; 1 to 100 letters, digits and {@code . _ @ -}
 * @param sha256 SHA-256 of the token in hexadecimal
 * @param roles what it may do
 * @param user the only user whose data it sees; {@code null} for all
 * @param service the only service whose data it sees; {@code null} for all
 */
public record AccessToken(
        String name,
        String sha256,
        Set<Role> roles,
        @Nullable String user,
        @Nullable String service) {

    private static final int MAX_TOKENS = 1_000;
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._@-]{1,100}");
    private static final Pattern SHA_256 = Pattern.compile("[0-9a-f]{64}");

    public AccessToken {
        roles = Set.copyOf(roles);
    }

    /**
     * Reads a tokens file: a list {@code tokens} of entries.
     *
     * @throws ConfigException with every mistake that was found
     */
    public static List<AccessToken> read(Path file) {
        Problems problems = new Problems();
        YamlValue.Mapping values = YamlReader.file(file, problems);
        List<AccessToken> tokens = new ArrayList<>();
        if (problems.none()) {
            Section section = new Section(values, "", problems, "tokens");
            List<YamlValue> items = section.items("tokens");
            if (items.size() > MAX_TOKENS) {
                section.refuse("tokens", "has more than " + MAX_TOKENS + " entries");
            }
            for (int i = 0; i < Math.min(items.size(), MAX_TOKENS); i++) {
                AccessToken token = entry(items.get(i), "tokens[" + i + "]", problems);
                if (token != null) {
                    tokens.add(token);
                }
            }
            unique(tokens, values, problems);
        }
        if (!problems.none()) {
            throw problems.exception();
        }
        return List.copyOf(tokens);
    }

    private static @Nullable AccessToken entry(YamlValue value, String path, Problems problems) {
        Section section = new Section(value, path, problems, "name", "sha256", "roles", "user", "service");
        String name = section.required("name", String.class, "write who the caller is");
        String sha256 = section.required("sha256", String.class, "write the SHA-256 of the token");
        Set<Role> roles = section.constants("roles", Role.class);
        String user = section.value("user", String.class);
        String service = section.value("service", String.class);
        if (name != null && !NAME.matcher(name).matches()) {
            section.refuse("name", "must be 1 to 100 letters, digits and '._@-'");
            return null;
        }
        String lower = sha256 == null ? null : sha256.toLowerCase(Locale.ROOT);
        if (lower != null && !SHA_256.matcher(lower).matches()) {
            section.refuse("sha256", "must be 64 hexadecimal digits; make it with printf %s TOKEN | sha256sum");
            return null;
        }
        boolean bound = user != null || service != null;
        if (bound && !roles.equals(Set.of(Role.VIEW))) {
            section.refuse("roles", "a token of one user or service can only read; write roles: [VIEW]");
            return null;
        }
        if (user != null && service != null) {
            section.refuse("service", "a token is bound to a user or a service, not to both");
            return null;
        }
        if (roles.isEmpty()) {
            section.refuse("roles", "is missing; write e.g. roles: [VIEW]");
        }
        return name == null || lower == null || roles.isEmpty()
                ? null
                : new AccessToken(name, lower, roles, user, service);
    }

    private static void unique(List<AccessToken> tokens, YamlValue at, Problems problems) {
        Set<String> seen = new HashSet<>();
        for (AccessToken token : tokens) {
            if (!seen.add(token.name()) || !seen.add("sha256 " + token.sha256())) {
                Problem problem = at.origin().problem("tokens", "has the name or token of " + token.name() + " twice");
                problems.add(problem);
            }
        }
    }

    /** Names it without the hash. */
    @Override
    public String toString() {
        return name + " " + roles;
    }
}
