package dev.redrive.cli;

import dev.redrive.cli.CommandFailure.Reason;
import dev.redrive.contract.TopicNames;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The pipeline's addresses. Options override the configuration file, which overrides the development instance. */
public final class ConnectionOptions {

    /** Default broker port of {@code redrive dev}; the registry's port is this one + 2. */
    public static final int DEFAULT_PORT_BASE = 19092;

    @Option(
            names = {"-b", "--bootstrap-server"},
            paramLabel = "HOST:PORT[,…]",
            order = 900,
            description = "Kafka brokers.")
    @Nullable
    String bootstrapServer;

    @Option(
            names = {"-s", "--schema-registry"},
            paramLabel = "URL",
            order = 901,
            description = "Schema registry with Confluent's REST API.")
    @Nullable
    String schemaRegistry;

    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            order = 902,
            defaultValue = "${env:REDRIVE_CONFIG}",
            description =
                    "Take brokers, registry, their security and the topic prefix from a pipeline's configuration.")
    @Nullable
    Path config;

    @Option(
            names = "--topic-prefix",
            paramLabel = "PREFIX",
            order = 903,
            description = "What the pipeline's topic names begin with. Default: jobs.")
    @Nullable
    String topicPrefix;

    @Option(
            names = "--port-base",
            paramLabel = "N",
            order = 904,
            defaultValue = "" + DEFAULT_PORT_BASE,
            description =
                    "Development instance on this machine, when none of the above is given: broker at N, registry at"
                            + " N+2. Default: ${DEFAULT-VALUE}.")
    int portBase;

    /** @throws CommandFailure if the options are incomplete or contradict each other */
    Connection resolve(Map<String, String> environment) {
        if (portBase < 1 || portBase > 65_532) {
            throw new CommandFailure(Reason.USAGE, "--port-base takes 1 to 65532, not " + portBase);
        }
        Connection connection = config == null ? development() : Connection.of(ConfigSource.load(config, environment));
        if (bootstrapServer != null) {
            connection = connection.withBootstrapServers(bootstrapServer, config != null);
        }
        if (schemaRegistry != null) {
            connection = connection.withRegistry(schemaRegistry);
        }
        return topicPrefix == null ? connection : connection.withTopics(topicNames(topicPrefix));
    }

    private Connection development() {
        return new Connection(
                "127.0.0.1:" + portBase,
                "http://127.0.0.1:" + (portBase + 2),
                TopicNames.standard(),
                Map.of(),
                Map.of(),
                true);
    }

    static TopicNames topicNames(String prefix) {
        try {
            return new TopicNames(prefix);
        } catch (IllegalArgumentException e) {
            throw new CommandFailure(Reason.USAGE, "--topic-prefix: " + e.getMessage(), e);
        }
    }
}
