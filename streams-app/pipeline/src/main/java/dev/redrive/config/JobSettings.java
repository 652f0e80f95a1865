package dev.redrive.config;

import java.time.Duration;

/**
 * {@code jobs}: what is kept of jobs.
 *
 * @param retention a job of which nothing was heard for this long is forgotten, and with it what makes duplicates known; 1 h to 366 d
 */
public record JobSettings(Duration retention) {

    public JobSettings {
        Require.between("retention", retention, Duration.ofHours(1), Duration.ofDays(366));
    }
}
