package dev.redrive.config;

import java.time.Duration;

/**
 * {@code streams}: how Kafka Streams runs. The guarantee is always {@code exactly_once_v2}.
 *
 * @param threads stream threads in this process; 1 to 64
 * @param stateDir directory of local state; must survive a restart for a quick one
 * @param commitInterval between two commits, and so the longest that a release waits to be seen; 10 ms to 10 s
 * @param standbyReplicas warm copies of local state; 0 to 5
 */
public record StreamsSettings(int threads, String stateDir, Duration commitInterval, int standbyReplicas) {

    public StreamsSettings {
        Require.between("threads", threads, 1, 64);
        Require.that(!stateDir.isBlank(), "stateDir", "is empty; write a directory, e.g. /var/lib/redrive");
        Require.between("commitInterval", commitInterval, Duration.ofMillis(10), Duration.ofSeconds(10));
        Require.between("standbyReplicas", standbyReplicas, 0, 5);
    }
}
