package dev.redrive.config;

import java.time.Duration;

/**
 * {@code release}: how due retries are looked for.
 *
 * @param interval between two looks; 1 ms to 10 s
 * @param sliceMaxRecords most releases per look and task; 1 to 100000
 * @param sliceMax longest time that one look takes; the rest waits for the next; 10 ms to 500 ms, for a longer one endangers the transaction
 */
public record ReleaseSettings(Duration interval, int sliceMaxRecords, Duration sliceMax) {

    public ReleaseSettings {
        Require.between("interval", interval, Duration.ofMillis(1), Duration.ofSeconds(10));
        Require.between("sliceMaxRecords", sliceMaxRecords, 1, 100_000);
        Require.between("sliceMax", sliceMax, Duration.ofMillis(10), Duration.ofMillis(500));
    }
}
