package dev.redrive.bench;

import dev.redrive.config.ConfigLoader;
import dev.redrive.config.DurationText;
import dev.redrive.contract.TopicNames;
import dev.redrive.dev.EmbeddedBroker.LoopbackPorts;
import dev.redrive.runtime.TopicAdmin;
import dev.redrive.runtime.Wiring;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A contender with its own topics: its processes can be started, stopped and killed; the topics remain. */
final class Rig implements AutoCloseable {

    /** JVM options of the measured processes: their heap. */
    static final List<String> JVM = List.of(
            "-Xms1g",
            "-Xmx1g",
            "-XX:+AlwaysPreTouch",
            "-XX:+UseParallelGC",
            "-XX:NewRatio=1",
            "-XX:+ExitOnOutOfMemoryError");

    private static final Duration ASKED_EVERY = Duration.ofMillis(500);
    private static final Duration START = Duration.ofMinutes(10);

    private final Lab lab;
    private final Contender contender;
    private final String id;
    private final String extra;
    private final Path directory;
    private final TopicNames topics;
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
    private final List<Instance> instances = new ArrayList<>();

    /** A running process, and its management port; 0 for none. */
    private record Instance(Child child, int port) {}

    /**
     * Creates the topics.
     *
     * @param id prefix of the names of topics and files; used by no other rig
     * @param extra additional lines of the pipeline's configuration
     */
    Rig(Lab lab, Contender contender, String id, String extra) {
        this.lab = lab;
        this.contender = contender;
        this.id = id;
        this.extra = extra;
        this.directory = lab.directory().resolve(id);
        this.topics = new TopicNames(id + ".");
        try {
            Files.createDirectories(directory);
            try (TopicAdmin admin =
                    new TopicAdmin(Map.of("bootstrap.servers", lab.bootstrapServers()), Duration.ofSeconds(60))) {
                admin.create(Wiring.topics(ConfigLoader.load(config(0, 0), Map.of())));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path config(int instance, int port) throws IOException {
        return Files.writeString(directory.resolve("redrive-" + instance + ".yaml"), """
                applicationId: %s
                kafka:
                  bootstrapServers: [%s]
                schemaRegistry:
                  url: [%s]
                topics:
                  prefix: %s
                  partitions: %d
                  replicationFactor: 1
                streams:
                  stateDir: %s
                management:
                  port: %d
                %s
                """.formatted(
                        id,
                        lab.bootstrapServers(),
                        lab.registryUrl(),
                        topics.prefix(),
                        Lab.PARTITIONS,
                        stateDirectory(instance),
                        port,
                        extra));
    }

    private Path stateDirectory(int instance) {
        return directory.resolve("state-" + instance);
    }

    TopicNames topics() {
        return topics;
    }

    /** Starts {@code count} additional instances, and waits until they have their tasks. */
    Rig start(int count, @Nullable Path recording) {
        int first = instances.size();
        for (int i = first; i < first + count; i++) {
            instances.add(launch(i, i == 0 ? recording : null));
        }
        for (Instance instance : instances) {
            if (instance.port() == 0) {
                instance.child().answer();
            } else {
                lab.await(START, "the pipeline to be ready", () -> ready(instance.port()));
            }
        }
        return this;
    }

    /** Starts the first instance without waiting for its tasks. */
    Child launch() {
        Instance instance = launch(0, null);
        instances.add(instance);
        return instance.child();
    }

    private Instance launch(int number, @Nullable Path recording) {
        List<String> options = new ArrayList<>(JVM);
        if (recording != null) {
            options.add("-XX:StartFlightRecording=settings=profile,filename=" + recording.toAbsolutePath());
        }
        String log = id + "-" + number;
        String name = "bench-" + number;
        Class<?> main = contender.main();
        try {
            if (main == null) {
                int port = LoopbackPorts.free();
                String config = config(number, port).toString();
                List<String> run = List.of("dev.redrive.Main", "run", "--instance-id", name, "--config", config);
                return new Instance(lab.child(log, options, run), port);
            }
            String config = config(number, 0).toString();
            return new Instance(lab.child(log, options, List.of(main.getName(), config, name)), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private boolean ready(int port) {
        return answer(port, "/health/ready")
                .filter(response -> response.statusCode() == 200)
                .isPresent();
    }

    private Optional<HttpResponse<String>> answer(int port, String path) {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(5))
                .build();
        try {
            return Optional.of(http.send(request, HttpResponse.BodyHandlers.ofString()));
        } catch (IOException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    /** Waits until the first instance reports this number of pending retries; after a start it counts them in steps. */
    void awaitPending(long retries, Duration within) {
        lab.await(within, ASKED_EVERY, "the pipeline to count " + retries + " pending", () -> pending() == retries);
    }

    private long pending() {
        return answer(instances.get(0).port(), "/metrics").stream()
                .flatMap(response -> response.body().lines())
                .filter(line -> line.startsWith("redrive_retries_pending{"))
                .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    /** Waits until all published records are processed, and every retry is in the due queue. */
    void awaitTaken(Duration within) {
        String[] retries = ConfigLoader.builtIn().retry().tiers().stream()
                .map(tier -> topics.retry(DurationText.format(tier)))
                .toArray(String[]::new);
        lab.await(within, ASKED_EVERY, "all failures to be taken", () -> lab.lag(id, topics.failures()) == 0);
        lab.await(within, ASKED_EVERY, "all retries to be queued", () -> lab.lag(id, retries) == 0);
    }

    Duration cpu() {
        return instances.stream().map(instance -> instance.child().cpu()).reduce(Duration.ZERO, Duration::plus);
    }

    long pid() {
        return instances.get(0).child().pid();
    }

    Path stateDirectory() {
        return stateDirectory(0);
    }

    void kill() {
        instances.forEach(instance -> lab.forget(instance.child()));
        instances.forEach(instance -> instance.child().kill());
        instances.clear();
    }

    void stop() {
        instances.forEach(instance -> lab.forget(instance.child()));
        instances.forEach(instance -> instance.child().close());
        instances.clear();
    }

    /** Deletes the local state; no instance may run. */
    void wipe() {
        Lab.deleteTree(stateDirectory());
    }

    /** Stops the processes, and deletes topics and state. */
    @Override
    public void close() {
        stop();
        lab.deleteTopics(topics.prefix(), id + "-");
        Lab.deleteTree(directory);
    }
}
