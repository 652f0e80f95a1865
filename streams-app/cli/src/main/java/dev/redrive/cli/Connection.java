package dev.redrive.cli;

import dev.redrive.cli.CommandFailure.Reason;
import dev.redrive.config.RedriveConfig;
import dev.redrive.contract.TopicNames;
import dev.redrive.runtime.TopicAdmin;
import dev.redrive.runtime.TopicAdmin.TopicAdminException;
import dev.redrive.serde.RegistryUnavailableException;
import dev.redrive.serde.SchemaRefusedException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The addresses, topics and client settings of one pipeline.
 *
 * @param bootstrapServers brokers, {@code host:port}, separated by commas
 * @param registryUrl schema registry; {@code null} when it is not configured
 * @param topics the pipeline's topic names
 * @param kafka further client settings, such as security, under Kafka's names
 * @param registry further registry settings under Confluent's names
 * @param development whether it is the development instance, used by default
 */
record Connection(
        String bootstrapServers,
        @Nullable String registryUrl,
        TopicNames topics,
        Map<String, String> kafka,
        Map<String, String> registry,
        boolean development) {

    private static final Map<String, String> REGISTRY_PATIENCE =
            Map.of("redrive.registry.request.timeout.ms", "10000", "redrive.registry.deadline.ms", "20000");

    private static final Duration ADMIN_TIMEOUT = Duration.ofSeconds(10);

    Connection {
        kafka = Map.copyOf(kafka);
        registry = Map.copyOf(registry);
    }

    static Connection of(RedriveConfig config) {
        return new Connection(
                String.join(",", config.kafka().bootstrapServers()),
                String.join(",", config.schemaRegistry().url()),
                config.topics().names(),
                config.kafka().properties().passed(),
                config.schemaRegistry().properties().passed(),
                false);
    }

    /** Returns a copy with other brokers; the registry is dropped unless {@code keepRegistry}. */
    Connection withBootstrapServers(String other, boolean keepRegistry) {
        return new Connection(other, keepRegistry ? registryUrl : null, topics, kafka, registry, false);
    }

    Connection withRegistry(String other) {
        return new Connection(bootstrapServers, other, topics, kafka, registry, development);
    }

    Connection withTopics(TopicNames other) {
        return new Connection(bootstrapServers, registryUrl, other, kafka, registry, development);
    }

    /** Returns the settings common to all Kafka clients. */
    Map<String, Object> clientConfig() {
        Map<String, Object> config = new HashMap<>(kafka);
        config.put("bootstrap.servers", bootstrapServers);
        return config;
    }

    /** Returns the serde's settings; no transaction waits, so a slow registry gets more time than in a task. */
    Map<String, Object> serdeConfig() {
        Map<String, Object> config = new HashMap<>(REGISTRY_PATIENCE);
        config.putAll(registry);
        config.put("schema.registry.url", requireRegistry());
        return config;
    }

    /** @throws CommandFailure if no registry is configured */
    String requireRegistry() {
        if (registryUrl == null) {
            throw new CommandFailure(
                    Reason.USAGE, "name the schema registry of these brokers too, by --schema-registry or --config");
        }
        return registryUrl;
    }

    /** Translates a client's exception into the failure of the command. */
    CommandFailure failure(KafkaException e) {
        if (e instanceof RegistryUnavailableException unavailable) {
            return registryFailure(unavailable);
        }
        if (e instanceof SchemaRefusedException) {
            return new CommandFailure(Reason.BROKER_FAILED, String.valueOf(e.getMessage()), e);
        }
        if (e instanceof AuthorizationException) {
            return new CommandFailure(
                    Reason.NOT_AUTHORIZED, "the brokers at " + bootstrapServers + " refused: " + e.getMessage(), e);
        }
        if (e instanceof AuthenticationException) {
            return new CommandFailure(
                    Reason.NOT_AUTHENTICATED, "the brokers at " + bootstrapServers + " refused: " + e.getMessage(), e);
        }
        if (e instanceof TimeoutException) {
            return new CommandFailure(
                    Reason.BROKER_UNREACHABLE,
                    "the brokers at " + bootstrapServers
                            + " did not answer in time (they are slow, or the addresses that"
                            + " they advertise cannot be reached from here): " + e.getMessage(),
                    e);
        }
        return new CommandFailure(
                Reason.BROKER_FAILED, "the broker at " + bootstrapServers + " refused: " + e.getMessage(), e);
    }

    static CommandFailure registryFailure(RegistryUnavailableException e) {
        return new CommandFailure(Reason.REGISTRY_UNREACHABLE, "the schema registry: " + e.getMessage(), e);
    }

    /** Returns the failure for a missing topic. */
    CommandFailure missing(String topic, @Nullable KafkaException cause) {
        return new CommandFailure(
                Reason.TOPIC_UNFIT,
                "the topic " + topic + " does not exist at " + bootstrapServers
                        + " (create it with 'redrive topics create')",
                cause);
    }

    /**
     * Queries the brokers about topics.
     *
     * @throws CommandFailure if no broker answers, or a broker rejects the request
     */
    <T> T ask(Function<TopicAdmin, T> question) {
        Reachability.requireBroker(this);
        try (TopicAdmin admin = new TopicAdmin(clientConfig(), ADMIN_TIMEOUT)) {
            return question.apply(admin);
        } catch (TopicAdminException e) {
            throw failure(e);
        }
    }

    /** Translates a failed cluster query into the failure of the command. */
    static CommandFailure failure(TopicAdminException e) {
        Reason reason = switch (e.reason()) {
            case UNREACHABLE -> Reason.BROKER_UNREACHABLE;
            case NOT_AUTHENTICATED -> Reason.NOT_AUTHENTICATED;
            case NOT_AUTHORIZED -> Reason.NOT_AUTHORIZED;
            case FAILED -> Reason.BROKER_FAILED;
        };
        return new CommandFailure(reason, String.valueOf(e.getMessage()), e);
    }
}
