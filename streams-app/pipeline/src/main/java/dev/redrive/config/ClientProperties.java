package dev.redrive.config;

import java.util.Collections;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Settings that are passed through to a client library, by that library's names. Secrets are masked in {@link
 * #toString}.
 *
 * @param values every setting as written, secrets in clear text
 * @param secretKeys the settings whose values came from a file or from the environment
 */
public record ClientProperties(Map<String, String> values, Set<String> secretKeys) {

    /** Replacement of a secret. */
    public static final String MASK = "********";

    private static final Pattern SECRET_NAME = Pattern.compile(
            "password|passwd|passphrase|secret|token|jaas|credential|user\\.info|private|keystore\\.key|api\\.key");

    /** Prefix of a plug-in's settings, whose names no client defines; it is removed before they are passed. */
    public static final String PLUGIN_PREFIX = "plugin.";

    /** No settings. */
    public static final ClientProperties NONE = new ClientProperties(Map.of(), Set.of());

    /** Copies both, ordered by name. */
    public ClientProperties {
        values = Collections.unmodifiableMap(new TreeMap<>(values));
        secretKeys = Set.copyOf(secretKeys);
    }

    /**
     * Returns the settings with every secret replaced by {@link #MASK}: those set by reference, and those whose names
     * suggest a secret.
     */
    public Map<String, String> masked() {
        Map<String, String> masked = new TreeMap<>(values);
        masked.replaceAll((key, value) -> secret(key) ? MASK : Secret.masked(value));
        return masked;
    }

    /** Returns the settings for the client: those of plug-ins without their prefix. */
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

    /** A client library's validation of its own settings; this package depends on no library. */
    @FunctionalInterface
    public interface ClientCheck {

        /**
         * Checks settings.
         *
         * @param settings by name, as passed to the client
         * @return for each invalid setting, what is wrong and what to write instead
         */
        Map<String, String> mistakes(Map<String, String> settings);

        /**
         * The checks of all settings passed through to libraries.
         *
         * @param kafka checks {@code kafka.properties}
         * @param registry checks {@code schemaRegistry.properties}
         */
        record All(ClientCheck kafka, ClientCheck registry) {

            /** Accepts all settings. */
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

        /** Returns the text itself. */
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
         * Masks the passwords in a text: in the user part of an address, in a query, and in an assignment such as JAAS'
         * {@code password="…"}.
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
