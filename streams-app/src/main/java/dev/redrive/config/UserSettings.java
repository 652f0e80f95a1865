package dev.redrive.config;

import java.time.Duration;

/**
 * {@code users}: what is kept of users.
 *
 * @param activeLease a job whose end is never reported stops counting as active after this; 1 s to 7 d
 * @param retention a user of whom nothing was heard for this long is forgotten; 1 h to 3650 d
 */
public record UserSettings(Duration activeLease, Duration retention) {

    public UserSettings {
        Require.between("activeLease", activeLease, Duration.ofSeconds(1), Duration.ofDays(7));
        Require.between("retention", retention, Duration.ofHours(1), Duration.ofDays(3650));
        Require.that(retention.compareTo(activeLease) > 0, "retention", "must be longer than users.activeLease");
    }
}
