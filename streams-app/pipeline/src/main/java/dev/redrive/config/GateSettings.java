package dev.redrive.config;

import dev.redrive.domain.gate.GateName;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * {@code gates}: what a retry waits for besides its due.
 *
 * @param enabled the gates in force; none lets every retry go when it is due
 * @param rateWindow length of the sliding windows of the API's rate limits; 1 s to 1 d
 * @param maxHold a retry that gates hold for longer than this after its due is dead-lettered; 1 m to 366 d
 */
public record GateSettings(List<GateName> enabled, Duration rateWindow, Duration maxHold) {

    public GateSettings {
        Require.between("rateWindow", rateWindow, Duration.ofSeconds(1), Duration.ofDays(1));
        Require.between("maxHold", maxHold, Duration.ofMinutes(1), Duration.ofDays(366));
        enabled = List.copyOf(enabled);
    }

    /** The gates in force. */
    public Set<GateName> names() {
        return enabled.isEmpty() ? Set.of() : EnumSet.copyOf(enabled);
    }
}
