package dev.redrive.config;

import dev.redrive.config.ConfigException.Require;
import dev.redrive.domain.gate.GateName;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * {@code gates}: what a retry waits for besides its due.
 *
 * @param enabled the gates in force, besides OPERATOR; with none every retry that nobody holds is released when it
 *     is due
 * @param rateWindow length of the sliding windows of the API's rate limits; 1 s to 1 d
 * @param maxHold a retry that gates block for longer than this after its due is dead-lettered; 1 m to 366 d
 * @param wasteBudget the share of calls that may be retries refused for lack of a slot where the batch system does
 *     not report ends of jobs; 0.01 to 0.5. A lower one leaves slots idle for longer
 */
public record GateSettings(List<GateName> enabled, Duration rateWindow, Duration maxHold, double wasteBudget) {

    public GateSettings {
        Require.between("rateWindow", rateWindow, Duration.ofSeconds(1), Duration.ofDays(1));
        Require.between("maxHold", maxHold, Duration.ofMinutes(1), Duration.ofDays(366));
        Require.that(
                wasteBudget >= 0.01 && wasteBudget <= 0.5, "wasteBudget", "must be from 0.01 to 0.5: " + wasteBudget);
        enabled = List.copyOf(enabled);
        Require.that(
                !enabled.contains(GateName.OPERATOR),
                "enabled",
                "OPERATOR is what people order and always in force; leave it out");
    }

    /** Returns the gates in force. */
    public Set<GateName> names() {
        return enabled.isEmpty() ? Set.of() : EnumSet.copyOf(enabled);
    }
}
