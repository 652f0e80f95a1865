package dev.redrive.config;

import java.util.Objects;
import java.util.regex.Pattern;

/** A text that is never printed. */
public final class Secret {

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
