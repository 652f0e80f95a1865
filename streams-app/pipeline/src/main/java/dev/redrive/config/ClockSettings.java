package dev.redrive.config;

import java.time.Duration;

/**
 * {@code clock}: how far clocks are believed, the instance's own and those of whoever publishes.
 *
 * @param probeInterval between two measurements of the instance's clock against the brokers'; 1 s to 5 m
 * @param maxOffset an instance whose clock differs by more than this from the brokers' is not ready; 100 ms to 5 m
 * @param maxPublishDelay a failure whose response carried no {@code Date} is taken to have ended at most so long before its
 *     record; 0 to 1 d
 */
public record ClockSettings(Duration probeInterval, Duration maxOffset, Duration maxPublishDelay) {

    public ClockSettings {
        Require.between("probeInterval", probeInterval, Duration.ofSeconds(1), Duration.ofMinutes(5));
        Require.between("maxOffset", maxOffset, Duration.ofMillis(100), Duration.ofMinutes(5));
        Require.between("maxPublishDelay", maxPublishDelay, Duration.ZERO, Duration.ofDays(1));
    }
}
