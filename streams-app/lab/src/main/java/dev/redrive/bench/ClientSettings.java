package dev.redrive.bench;

import java.util.Map;

/**
 * Settings of the clients that stand beside the pipeline: those of its own clients, so that nothing is faster or slower for
 * its batches.
 */
final class ClientSettings {

    /** What the producers do; printed with the figures. */
    static final String TOLD =
            "batches of 128 KiB, zstd, acks=all; pipeline and ceiling commit every second while a backlog waits, linger 5 ms of all others";

    private ClientSettings() {}

    static Map<String, Object> producer(String bootstrapServers) {
        return Map.of(
                "bootstrap.servers",
                bootstrapServers,
                "linger.ms",
                5,
                "batch.size",
                128 * 1024,
                "compression.type",
                "zstd",
                "compression.zstd.level",
                1,
                "max.request.size",
                2 * 1024 * 1024,
                "buffer.memory",
                64L << 20,
                "acks",
                "all");
    }

    static Map<String, Object> consumer(String bootstrapServers) {
        return Map.of(
                "bootstrap.servers",
                bootstrapServers,
                "isolation.level",
                "read_committed",
                "auto.offset.reset",
                "earliest",
                "max.poll.records",
                5_000);
    }
}
