package dev.redrive.domain.classify;

import java.time.Duration;

/**
 * How the longest wait grows from failure to failure: {@code base * factor^(n-1)}, never above {@code cap}.
 *
 * @param base the ceiling after the first failure; 50 ms to {@code cap}
 * @param factor by which the ceiling grows; 1 to 10
 * @param cap the highest ceiling; at most 366 days
 */
public record Backoff(Duration base, double factor, Duration cap) {

    private static final Duration LEAST_BASE = Duration.ofMillis(50);
    private static final Duration MOST_CAP = Duration.ofDays(366);

    /** @throws IllegalArgumentException if a value is out of its range; the message begins with its name */
    public Backoff {
        if (base.compareTo(LEAST_BASE) < 0) {
            throw new IllegalArgumentException("base must be at least 50ms");
        }
        if (!(factor >= 1 && factor <= 10)) {
            throw new IllegalArgumentException("factor must be from 1 to 10");
        }
        if (cap.compareTo(base) < 0) {
            throw new IllegalArgumentException("cap must not be shorter than base");
        }
        if (cap.compareTo(MOST_CAP) > 0) {
            throw new IllegalArgumentException("cap must be at most 366d");
        }
    }

    /**
     * The longest wait after the nth failure.
     *
     * @param n number of the failure, from 1; lower numbers are taken as 1
     */
    public Duration ceiling(int n) {
        double ceilingMs = base.toMillis() * Math.pow(factor, Math.max(0, n - 1));
        return ceilingMs >= cap.toMillis() ? cap : Duration.ofMillis((long) ceilingMs);
    }
}
