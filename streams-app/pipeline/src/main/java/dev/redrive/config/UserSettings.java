package dev.redrive.config;

import java.time.Duration;

/**
 * {@code users}: what is kept of users.
 *
 * @param activeLease a job whose end is never reported stops counting as active after this; 1 s to 7 d
 * @param retention a user of whom nothing was heard for this long is forgotten; 1 h to 3650 d
 * @param publishInterval how often changed users are published; 100 ms to 1 m
 */
public record UserSettings(Duration activeLease, Duration retention, Duration publishInterval) {

    public UserSettings {
        Require.between("activeLease", activeLease, Duration.ofSeconds(1), Duration.ofDays(7));
        Require.between("retention", retention, Duration.ofHours(1), Duration.ofDays(3650));
        Require.between("publishInterval", publishInterval, Duration.ofMillis(100), Duration.ofMinutes(1));
        Require.that(retention.compareTo(activeLease) > 0, "retention", "must be longer than users.activeLease");
    }
}
