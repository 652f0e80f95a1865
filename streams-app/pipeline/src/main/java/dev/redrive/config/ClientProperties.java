package dev.redrive.config;

import java.util.Collections;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Settings that are passed through to a client library, by that library's names. Secrets are masked in {@link #toString}.
 *
 * @param values every setting as it was written, secrets in clear text
 * @param secretKeys the settings whose values came from a file or from the environment
 */
public record ClientProperties(Map<String, String> values, Set<String> secretKeys) {

    /** What stands in place of a secret. */
    public static final String MASK = "********";

    private static final Pattern SECRET_NAME = Pattern.compile(
            "password|passwd|passphrase|secret|token|jaas|credential|user\\.info|private|keystore\\.key|api\\.key");

    /** Marks the settings of a plug-in, whose names no client knows; it is taken away before they are passed. */
    public static final String PLUGIN_PREFIX = "plugin.";

    /** No settings. */
    public static final ClientProperties NONE = new ClientProperties(Map.of(), Set.of());

    /** Takes copies, in order of name. */
    public ClientProperties {
        values = Collections.unmodifiableMap(new TreeMap<>(values));
        secretKeys = Set.copyOf(secretKeys);
    }

    /** The settings with every secret replaced by {@link #MASK}: those from elsewhere, and those with a telling name. */
    public Map<String, String> masked() {
        Map<String, String> masked = new TreeMap<>(values);
        masked.replaceAll((key, value) -> secret(key) ? MASK : Secret.masked(value));
        return masked;
    }

    /** The settings as the client gets them: those of plug-ins without their mark. */
    public Map<String, String> passed() {
        Map<String, String> passed = new TreeMap<>();
        values.forEach((key, value) -> passed.put(unmarked(key), value));
        return passed;
    }

    static String unmarked(String key) {
        return key.startsWith(PLUGIN_PREFIX) ? key.substring(PLUGIN_PREFIX.length()) : key;
    }

    private boolean secret(String key) {
        return secretKeys.contains(key)
                || SECRET_NAME.matcher(key.toLowerCase(Locale.ROOT)).find();
    }

    @Override
    public String toString() {
        return masked().toString();
    }

    /** What a client library knows of its own settings; this package knows no library. */
    @FunctionalInterface
    public interface ClientCheck {

        /**
         * Checks settings.
         *
         * @param settings by name, as the client gets them
         * @return for each that is a mistake, what is wrong and what to write instead
         */
        Map<String, String> mistakes(Map<String, String> settings);

        /**
         * The checks of everything that is passed through to a library.
         *
         * @param kafka of {@code kafka.properties}
         * @param registry of {@code schemaRegistry.properties}
         */
        record All(ClientCheck kafka, ClientCheck registry) {

            /** Takes whatever is written. */
            public static final All NONE = new All(settings -> Map.of(), settings -> Map.of());
        }
    }

    /** A text that is never printed. */
    public static final class Secret {

        private static final Pattern USER_INFO =
                Pattern.compile("([a-zA-Z][a-zA-Z0-9+.-]*://)[^/?#\\s@]*(?:@[^/?#\\s@]*)*@");
        private static final Pattern ASSIGNED = Pattern.compile(
                "((?:password|passwd|passphrase|pwd|secret|token|credentials?|api[_.-]?key|access[_.-]?key|signature|sig)"
                        + "\\s?=\\s?)(?:\"[^\"]*\"|'[^']*'|[^\\s&;,\"']+)",
                Pattern.CASE_INSENSITIVE);

        private final String value;

        Secret(String value) {
            this.value = value;
        }

        /** The text itself. */
        public String reveal() {
            return value;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Secret secret && secret.value.equals(value);
        }

        @Override
        public int hashCode() {
            return Objects.hashCode(value);
        }

        /**
         * A text without the passwords that stand in it: in the user part of an address, in a query, and in an assignment such
         * as JAAS' {@code password="…"}.
         */
        public static String masked(String text) {
            String plain = USER_INFO.matcher(text).replaceAll("$1" + ClientProperties.MASK + "@");
            return ASSIGNED.matcher(plain).replaceAll("$1" + ClientProperties.MASK);
        }

        @Override
        public String toString() {
            return ClientProperties.MASK;
        }
    }
}
