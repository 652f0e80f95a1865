package dev.redrive.runtime;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How the pipeline runs, as far as it is not about what it decides.
 *
 * @param applicationId the group of all instances; also in the names of internal topics
 * @param bootstrapServers brokers to begin with
 * @param clientProperties settings for every Kafka client: security and the like
 * @param stateDir where the stores lie; kept between runs, for it also holds the identity of the process
 * @param threads stream threads; at least 1
 * @param standbyReplicas copies of each store on other instances
 * @param sessionTimeout after which an instance that is not heard of is held for dead
 * @param groupProtocol how instances share the work, by Kafka's name
 * @param longestCommitInterval between two transactions, where the pipeline does not ask for an earlier one
 * @param instanceId fixed identity of this instance, which lets a restart take its tasks back at once; {@code null} for
 *     none
 * @param clockProbeInterval between two measurements of the brokers' time
 * @param maxClockOffset an instance whose clock differs by more is not ready
 * @param internalReplication replication factor of internal topics; -1 for the broker's default
 */
public record RuntimeSettings(
        String applicationId,
        String bootstrapServers,
        Map<String, String> clientProperties,
        Path stateDir,
        int threads,
        int standbyReplicas,
        Duration sessionTimeout,
        String groupProtocol,
        Duration longestCommitInterval,
        @Nullable String instanceId,
        Duration clockProbeInterval,
        Duration maxClockOffset,
        int internalReplication) {

    /** Copies the map. */
    public RuntimeSettings {
        clientProperties = Map.copyOf(clientProperties);
    }

    RuntimeSettings withClientProperties(Map<String, String> others) {
        return new RuntimeSettings(
                applicationId,
                bootstrapServers,
                others,
                stateDir,
                threads,
                standbyReplicas,
                sessionTimeout,
                groupProtocol,
                longestCommitInterval,
                instanceId,
                clockProbeInterval,
                maxClockOffset,
                internalReplication);
    }
}
