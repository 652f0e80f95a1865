package dev.redrive.runtime;

import java.time.Duration;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * One delayed retry topic.
 *
 * @param name what stands in the topic's name, e.g. {@code 10s}; 1 to 20 letters and digits, not {@code ready}
 * @param longest the longest time that a job rests in it; from 1 ms to 366 days
 */
public record TopicTier(String name, Duration longest) {

    private static final Pattern LEGAL = Pattern.compile("[A-Za-z0-9]{1,20}");
    private static final Duration LONGEST = Duration.ofDays(366);

    /** @throws IllegalArgumentException if the name or the duration is out of range */
    public TopicTier {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(longest, "longest");
        if (!LEGAL.matcher(name).matches() || name.equals("ready")) {
            throw new IllegalArgumentException(
                    "a tier's name takes 1 to 20 letters and digits, and is not 'ready': " + name);
        }
        if (longest.toMillis() < 1 || longest.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException("a tier lasts from 1 ms to 366 days: " + longest);
        }
    }
}
