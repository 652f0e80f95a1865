package dev.redrive.containers;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.github.dockerjava.api.DockerClient;
import dev.redrive.config.ConfigLoader;
import dev.redrive.config.RedriveConfig;
import dev.redrive.publish.FailurePublisher;
import dev.redrive.runtime.RedrivePipeline;
import dev.redrive.runtime.TopicAdmin;
import dev.redrive.runtime.Wiring;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.kafka.KafkaContainer;
import org.testcontainers.lifecycle.Startables;

/** Apache Kafka and a schema registry in containers, and what a pipeline and a batch system need to use them. */
final class Containers implements AutoCloseable {

    static final int PARTITIONS = 3;

    private static final String KAFKA = "apache/kafka:4.3.1";
    private static final String REGISTRY = "apicurio/apicurio-registry:3.3.3";
    private static final String CONFLUENT_API = "/apis/ccompat/v7";
    private static final int REGISTRY_PORT = 8080;
    private static final Duration PATIENCE = Duration.ofSeconds(180);

    private final KafkaContainer kafka = new KafkaContainer(KAFKA);
    private final GenericContainer<?> registry = new GenericContainer<>(REGISTRY)
            .withExposedPorts(REGISTRY_PORT)
            .waitingFor(Wait.forHttp(CONFLUENT_API + "/subjects").withStartupTimeout(PATIENCE));

    private Containers() {}

    /** Starts both; every new version of a schema must be compatible both ways. */
    static Containers start() {
        Containers containers = new Containers();
        try {
            Startables.deepStart(containers.kafka, containers.registry).join();
            containers.putCompatibility("FULL_TRANSITIVE");
        } catch (RuntimeException e) {
            containers.close();
            throw e;
        }
        return containers;
    }

    String bootstrapServers() {
        return kafka.getBootstrapServers();
    }

    String registryUrl() {
        return registryOrigin() + CONFLUENT_API;
    }

    private String registryOrigin() {
        return "http://" + registry.getHost() + ":" + registry.getMappedPort(REGISTRY_PORT);
    }

    /** A gate before the registry that demands an Authorization header, and can be shut; {@code null} demands none. */
    RegistryGate gate(String authorization) throws IOException {
        return RegistryGate.open(URI.create(registryOrigin()), CONFLUENT_API, authorization);
    }

    /** Freezes the registry: connections are taken and never answered. */
    void freezeRegistry() {
        docker().pauseContainerCmd(registry.getContainerId()).exec();
    }

    void thawRegistry() {
        docker().unpauseContainerCmd(registry.getContainerId()).exec();
    }

    private DockerClient docker() {
        return registry.getDockerClient();
    }

    /** The configuration of a pipeline of its own, whose topics are there. */
    RedriveConfig pipeline(Path directory, String name, String registryUrl) throws IOException {
        return pipeline(directory, name, registryUrl, Map.of());
    }

    /** The same with an environment. */
    RedriveConfig pipeline(Path directory, String name, String registryUrl, Map<String, String> environment)
            throws IOException {
        Path file = Files.writeString(directory.resolve(name + ".yaml"), """
                applicationId: %1$s
                kafka:
                  bootstrapServers: ["%2$s"]
                schemaRegistry:
                  url: ["%3$s"]
                topics:
                  prefix: %1$s.
                  partitions: %5$d
                  replicationFactor: 1
                streams:
                  stateDir: %4$s
                """.formatted(
                        name, bootstrapServers(), registryUrl, directory.resolve("state-" + name), PARTITIONS));
        RedriveConfig config = ConfigLoader.load(file, environment);
        try (TopicAdmin admin = new TopicAdmin(Map.of("bootstrap.servers", bootstrapServers()), PATIENCE)) {
            admin.create(Wiring.topics(config));
        }
        return config;
    }

    /** A pipeline in this JVM, running. */
    RedrivePipeline run(RedriveConfig config) throws InterruptedException {
        RedrivePipeline pipeline = Wiring.pipeline(config, "it");
        pipeline.start();
        if (!pipeline.awaitRunning(PATIENCE)) {
            pipeline.close();
            throw new IllegalStateException("the pipeline did not start within " + PATIENCE + ": " + pipeline.state());
        }
        return pipeline;
    }

    FailurePublisher publisher(RedriveConfig config, String registryUrl) {
        return FailurePublisher.create(
                Map.of("bootstrap.servers", bootstrapServers(), "schema.registry.url", registryUrl),
                config.topics().names());
    }

    private void putCompatibility(String level) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(registryUrl() + "/config"))
                .header("Content-Type", "application/json")
                .PUT(HttpRequest.BodyPublishers.ofString("{\"compatibility\":\"" + level + "\"}", UTF_8))
                .build();
        try {
            HttpResponse<String> response =
                    HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString(UTF_8));
            if (response.statusCode() != 200) {
                throw new IllegalStateException("PUT /config answers " + response.statusCode() + response.body());
            }
        } catch (IOException e) {
            throw new IllegalStateException("PUT /config", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("PUT /config", e);
        }
    }

    @Override
    public void close() {
        registry.stop();
        kafka.stop();
    }
}
