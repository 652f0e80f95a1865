package dev.redrive.config;

import java.util.Collections;
import java.util.Locale;
import java.util.Map;
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
}
