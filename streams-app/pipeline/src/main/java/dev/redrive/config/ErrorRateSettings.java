package dev.redrive.config;

import java.time.Duration;

/**
 * {@code errorRates}: how failures are counted.
 *
 * @param window length of a window; 1 s to 1 d
 * @param grace how long after its end a window still takes failures; at most 1 d
 * @param flush how often partial sums are sent; 100 ms to {@code window}
 * @param maxSeriesPerWindow most combinations of service, operation, class and code in a window and task; further codes count as OTHER
 */
public record ErrorRateSettings(Duration window, Duration grace, Duration flush, int maxSeriesPerWindow) {

    public ErrorRateSettings {
        Require.between("window", window, Duration.ofSeconds(1), Duration.ofDays(1));
        Require.between("grace", grace, Duration.ZERO, Duration.ofDays(1));
        Require.between("flush", flush, Duration.ofMillis(100), window);
        Require.between("maxSeriesPerWindow", maxSeriesPerWindow, 10, 1_000_000);
    }
}
