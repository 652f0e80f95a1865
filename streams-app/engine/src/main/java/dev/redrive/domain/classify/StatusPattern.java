package dev.redrive.domain.classify;

import java.util.regex.Pattern;

/**
 * One HTTP status or a class of them.
 *
 * @param low the first status that matches, from 100
 * @param high the last status that matches, to 599
 */
public record StatusPattern(int low, int high) {

    private static final Pattern EXACT = Pattern.compile("[1-5][0-9][0-9]");
    private static final Pattern CLASS = Pattern.compile("[1-5][xX][xX]");

    /** @throws IllegalArgumentException if the bounds are not in order within 100 to 599 */
    public StatusPattern {
        if (low < 100 || high > 599 || low > high) {
            throw new IllegalArgumentException("a status is from 100 to 599: " + low + "-" + high);
        }
    }

    /**
     * Reads {@code 404} or {@code 4xx}.
     *
     * @throws IllegalArgumentException if it is neither
     */
    public static StatusPattern parse(String text) {
        if (EXACT.matcher(text).matches()) {
            int status = Integer.parseInt(text);
            return new StatusPattern(status, status);
        }
        if (CLASS.matcher(text).matches()) {
            int hundred = (text.charAt(0) - '0') * 100;
            return new StatusPattern(hundred, hundred + 99);
        }
        throw new IllegalArgumentException("'" + text + "' is no status; write 404 for one or 4xx for a class");
    }

    boolean matches(int status) {
        return low <= status && status <= high;
    }

    boolean covers(StatusPattern other) {
        return low <= other.low && other.high <= high;
    }

    /** As it is written in rules. */
    @Override
    public String toString() {
        return low == high ? Integer.toString(low) : low / 100 + "xx";
    }
}
