package dev.redrive.domain.classify;

import java.util.regex.Pattern;

/**
 * A pattern for operation names: {@code *} stands for any characters, also none, and across dots; {@code ?} for one.
 *
 * @param pattern letters, digits, {@code . _ - / : * ?}; 1 to 200 characters
 */
public record OperationGlob(String pattern) {

    private static final Pattern LEGAL = Pattern.compile("[A-Za-z0-9._/:*?-]{1,200}");

    /** @throws IllegalArgumentException if the pattern is empty, too long, or holds another character */
    public OperationGlob {
        if (!LEGAL.matcher(pattern).matches() || pattern.contains("**")) {
            throw new IllegalArgumentException("'" + pattern
                    + "' is no operation glob; write names with single '*' or '?', e.g. music.*.generate");
        }
    }

    /** Whether the whole name matches; letters must match in case. Linear in time but for the last star. */
    boolean matches(String name) {
        int p = 0;
        int n = 0;
        int star = -1;
        int resume = 0;
        while (n < name.length()) {
            if (p < pattern.length() && pattern.charAt(p) == '*') {
                star = p++;
                resume = n;
            } else if (p < pattern.length() && (pattern.charAt(p) == '?' || pattern.charAt(p) == name.charAt(n))) {
                p++;
                n++;
            } else if (star >= 0) {
                p = star + 1;
                n = ++resume;
            } else {
                return false;
            }
        }
        while (p < pattern.length() && pattern.charAt(p) == '*') {
            p++;
        }
        return p == pattern.length();
    }

    /** Whether everything that the other matches is known to be matched by this one; may miss some. */
    boolean covers(OperationGlob other) {
        return pattern.equals("*")
                || pattern.equals(other.pattern)
                || (!other.pattern.contains("*") && !other.pattern.contains("?") && matches(other.pattern));
    }

    /** As it is written in rules. */
    @Override
    public String toString() {
        return pattern;
    }
}
