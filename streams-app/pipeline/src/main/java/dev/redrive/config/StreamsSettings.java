package dev.redrive.config;

import dev.redrive.config.ConfigException.Require;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * {@code streams}: the settings of Kafka Streams. The guarantee is always {@code exactly_once_v2}.
 *
 * @param threads stream threads in this process; 1 to 64
 * @param stateDir directory of local state; must survive a restart for a fast start
 * @param commitInterval between two commits, and so the maximum time until a release is visible; 10 ms to 10 s
 * @param backlogCommitInterval between two commits while input has waited for longer than that; {@code commitInterval}
 *     to 10 s
 * @param heldMaxBytes heap for the latest state, which is written to local disk when it is full; for all stores of this
 *     process together; 1 MB to 2 GB; {@code null} for a quarter of the heap, {@value #MAX_DEFAULT_HEAP_BYTES} at most
 * @param standbyReplicas warm copies of local state; 0 to 5
 * @param sessionTimeout time without a heartbeat after which an instance is dead and others take over its tasks; 6 s to
 *     5 min
 * @param groupProtocol how instances share the work
 * @param instanceId fixed identity of this instance, different in each; a restart regains its tasks at once; {@code
 *     null} for none
 */
public record StreamsSettings(
        int threads,
        String stateDir,
        Duration commitInterval,
        Duration backlogCommitInterval,
        @Nullable Integer heldMaxBytes,
        int standbyReplicas,
        Duration sessionTimeout,
        GroupProtocol groupProtocol,
        @Nullable String instanceId) {

    /** Limits the default for a large heap. */
    private static final int MAX_DEFAULT_HEAP_BYTES = 512_000_000;

    private static final int DEFAULT_HEAP_DIVISOR = 4;

    public StreamsSettings {
        Require.between("threads", threads, 1, 64);
        Require.that(!stateDir.isBlank(), "stateDir", "is empty; write a directory, e.g. /var/lib/redrive");
        Require.between("commitInterval", commitInterval, Duration.ofMillis(10), Duration.ofSeconds(10));
        Require.between("backlogCommitInterval", backlogCommitInterval, commitInterval, Duration.ofSeconds(10));
        if (heldMaxBytes != null) {
            Require.between("heldMaxBytes", heldMaxBytes, 1_000_000, 2_000_000_000);
        }
        Require.between("standbyReplicas", standbyReplicas, 0, 5);
        Require.between("sessionTimeout", sessionTimeout, Duration.ofSeconds(6), Duration.ofMinutes(5));
        Require.that(
                instanceId == null || instanceId.matches("[A-Za-z0-9._-]{1,100}"),
                "instanceId",
                "must be 1 to 100 letters, digits, '.', '_' and '-'; write e.g. redrive-0, or leave it out");
        Require.that(
                instanceId == null || groupProtocol == GroupProtocol.CLASSIC,
                "instanceId",
                "brokers up to 4.3 refuse fixed identities with groupProtocol: STREAMS; leave it out, or write"
                        + " CLASSIC");
    }

    /**
     * Returns the heap for the latest state in bytes.
     *
     * @param heapMaxBytes maximum size of the heap
     */
    public int heapBytes(long heapMaxBytes) {
        return heldMaxBytes == null
                ? (int) Math.min(MAX_DEFAULT_HEAP_BYTES, heapMaxBytes / DEFAULT_HEAP_DIVISOR)
                : heldMaxBytes;
    }

    /** How instances share the work; the names are Kafka's {@code group.protocol}. */
    public enum GroupProtocol {
        /** One of the instances assigns the tasks. */
        CLASSIC,
        /** The broker assigns them, by its own settings: standby replicas and session timeout are the group's. */
        STREAMS
    }
}
