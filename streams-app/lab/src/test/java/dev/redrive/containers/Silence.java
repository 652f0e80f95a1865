package dev.redrive.containers;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** For how long readers of a topic saw nothing new, in any one of its partitions and in all together. */
final class Silence {

    private final Map<Integer, Long> lastNanos = new HashMap<>();
    private final Set<Integer> heard = new HashSet<>();
    private Instant since = Instant.EPOCH;
    private long lastOfAllNanos;
    private long longestNanos;
    private long longestOfAllNanos;

    /** A record of the partition was read, that tells of an instant. */
    void heard(int partition, Instant at, long nowNanos) {
        Long last = lastNanos.put(partition, nowNanos);
        if (last != null) {
            longestNanos = Math.max(longestNanos, nowNanos - last);
            longestOfAllNanos = Math.max(longestOfAllNanos, nowNanos - lastOfAllNanos);
        }
        lastOfAllNanos = nowNanos;
        if (at.isAfter(since)) {
            heard.add(partition);
        }
    }

    /** Begins anew, but for silences that last. */
    void restart(Instant now) {
        since = now;
        longestNanos = 0;
        longestOfAllNanos = 0;
        heard.clear();
    }

    /** Whether something that came after it was read of every partition. */
    boolean overEverywhere() {
        return heard.containsAll(lastNanos.keySet());
    }

    @Override
    public String toString() {
        return "%d ms at most in one partition, %d ms in all together"
                .formatted(
                        Duration.ofNanos(longestNanos).toMillis(),
                        Duration.ofNanos(longestOfAllNanos).toMillis());
    }
}
