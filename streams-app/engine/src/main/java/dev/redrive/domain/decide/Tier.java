package dev.redrive.domain.decide;

import java.time.Duration;
import java.util.List;

/**
 * A delayed retry topic.
 *
 * @param name as it ends the topic's name, e.g. {@code 10s}
 * @param length the longest delay that it covers
 */
public record Tier(String name, Duration length) {

    /**
     * The smallest tier that covers a delay; the last where none does.
     *
     * @param ascending at least one tier, in order of length
     */
    public static Tier covering(Duration delay, List<Tier> ascending) {
        for (Tier tier : ascending) {
            if (delay.compareTo(tier.length()) <= 0) {
                return tier;
            }
        }
        return ascending.get(ascending.size() - 1);
    }
}
