package dev.redrive.it;

import dev.redrive.config.ConfigLoader;
import dev.redrive.config.RedriveConfig;
import dev.redrive.dev.DevRegistry;
import dev.redrive.dev.EmbeddedBroker;
import dev.redrive.publish.FailurePublisher;
import dev.redrive.runtime.RedrivePipeline;
import dev.redrive.runtime.TopicAdmin;
import dev.redrive.runtime.Wiring;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.config.ConfigResource;

/** A real broker and a registry in this JVM, with the topics of a pipeline; the pipeline runs here or as a process. */
final class Platform implements AutoCloseable {

    private final Path directory;
    private final EmbeddedBroker broker;
    private final RedriveConfig config;
    private final Path configFile;
    private DevRegistry registry;

    Platform(Path directory) throws IOException {
        this(directory, 2);
    }

    Platform(Path directory, int partitions) throws IOException {
        this.directory = directory;
        this.broker = EmbeddedBroker.start(directory.resolve("broker"));
        this.registry = DevRegistry.start(directory.resolve("registry"), 0);
        this.configFile = Files.writeString(directory.resolve("redrive.yaml"), """
                kafka:
                  bootstrapServers: [%s]
                schemaRegistry:
                  url: [%s]
                topics:
                  partitions: %d
                  replicationFactor: 1
                streams:
                  stateDir: %s
                management:
                  port: 0
                """.formatted(
                        broker.bootstrapServers(), registry.url(), partitions, directory.resolve("state")));
        this.config = ConfigLoader.load(configFile, Map.of());
        try (TopicAdmin admin =
                new TopicAdmin(Map.of("bootstrap.servers", broker.bootstrapServers()), Duration.ofSeconds(20))) {
            admin.create(Wiring.topics(config));
        }
    }

    RedriveConfig config() {
        return config;
    }

    String bootstrapServers() {
        return broker.bootstrapServers();
    }

    String registryUrl() {
        return registry.url();
    }

    /** A pipeline in this JVM, running. */
    RedrivePipeline startPipeline() throws InterruptedException {
        return startPipeline(Map.of());
    }

    /** The same with an environment. */
    RedrivePipeline startPipeline(Map<String, String> environment) throws InterruptedException {
        RedrivePipeline pipeline = beginPipeline(environment);
        if (!pipeline.awaitRunning(Duration.ofSeconds(60))) {
            throw new IllegalStateException("the pipeline did not start within 60 s: " + pipeline.state());
        }
        return pipeline;
    }

    /** The same, without waiting until its tasks run: where the registry is down they may begin to and fail for ever. */
    RedrivePipeline beginPipeline(Map<String, String> environment) {
        RedrivePipeline pipeline = Wiring.pipeline(ConfigLoader.load(configFile, environment), "it");
        pipeline.start();
        return pipeline;
    }

    /** The pipeline as a process of its own, as users run it. */
    Process startProcess() throws IOException {
        return startProcess("it", Map.of("REDRIVE_STREAMS__INSTANCE_ID", "it"));
    }

    /**
     * An instance of the pipeline as a process of its own.
     *
     * @param name of its log
     * @param environment what it has beside this process's environment
     */
    Process startProcess(String name, Map<String, String> environment) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "-Xmx512m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.redrive.Main",
                "run",
                "--config",
                configFile.toString()));
        ProcessBuilder process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log(name).toFile()));
        process.environment().putAll(environment);
        return process.start();
    }

    /** What the processes have printed so far. */
    String processLog() throws IOException {
        return processLog("it");
    }

    /** What the processes with this name have printed so far. */
    String processLog(String name) throws IOException {
        return Files.exists(log(name)) ? Files.readString(log(name)) : "";
    }

    private Path log(String name) {
        return directory.resolve(name + ".log");
    }

    Path directory() {
        return directory;
    }

    FailurePublisher publisher() {
        return FailurePublisher.create(
                Map.of("bootstrap.servers", broker.bootstrapServers(), "schema.registry.url", registry.url()),
                config.topics().names());
    }

    KafkaConsumer<byte[], byte[]> consumer() {
        return Ledger.consumer(broker.bootstrapServers());
    }

    /** Sets what the broker keeps of the pipeline's group, by Kafka's names. */
    void configureGroup(Map<String, String> settings) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", (Object) broker.bootstrapServers()))) {
            ConfigResource group = new ConfigResource(ConfigResource.Type.GROUP, config.applicationId());
            List<AlterConfigOp> changes = settings.entrySet().stream()
                    .map(setting -> new AlterConfigOp(
                            new ConfigEntry(setting.getKey(), setting.getValue()), AlterConfigOp.OpType.SET))
                    .toList();
            admin.incrementalAlterConfigs(Map.of(group, changes)).all().get();
        }
    }

    void stopRegistry() {
        registry.close();
    }

    void restartRegistry() {
        registry = DevRegistry.start(directory.resolve("registry"), registry.port());
    }

    /** Looks again and again until it is so. */
    static void await(Duration timeout, String what, BooleanSupplier look) {
        long deadline = System.nanoTime() + timeout.toNanos();
        while (!look.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("not within " + timeout.toSeconds() + " s: " + what);
            }
        }
    }

    @Override
    public void close() {
        registry.close();
        broker.close();
    }
}
