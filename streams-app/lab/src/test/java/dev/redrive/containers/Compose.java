package dev.redrive.containers;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * {@code deploy/compose.yaml}, run as an operator runs it, but as a project of its own on free ports and under an image
 * name of its own, so that it disturbs no other.
 */
final class Compose implements AutoCloseable {

    static final List<String> BROKERS = List.of("kafka-1", "kafka-2", "kafka-3");
    static final List<String> INSTANCES = List.of("redrive-1", "redrive-2");

    private static final Path FILE = Path.of("../../deploy/compose.yaml");
    private static final long PATIENCE_S = 300;

    private final String project = "redrive-it-" + ProcessHandle.current().pid();
    /** A stack that lives for minutes gains nothing by the second compiler, and on few cores loses much. */
    private static final String JVM_OPTIONS = "-XX:TieredStopAtLevel=1";

    private final Path output;
    private final Path overrides;
    private final Map<String, String> environment;

    /** @param output where the output of commands is kept meanwhile */
    Compose(Path output) throws IOException {
        this.output = output;
        this.overrides = Files.writeString(output.resolve("overrides.yaml"), overrides());
        List<String> ports = freePorts(4);
        this.environment = Map.of(
                "KAFKA_1_PORT", ports.get(0),
                "KAFKA_2_PORT", ports.get(1),
                "KAFKA_3_PORT", ports.get(2),
                "REGISTRY_PORT", ports.get(3),
                "REDRIVE_IMAGE", image());
    }

    private static String overrides() {
        StringBuilder yaml = new StringBuilder("services:\n");
        List<String> services = new ArrayList<>(BROKERS);
        services.addAll(INSTANCES);
        services.addAll(List.of("registry", "topics"));
        for (String service : services) {
            yaml.append("  %s: {environment: {JAVA_TOOL_OPTIONS: \"%s\"}}\n".formatted(service, JVM_OPTIONS));
        }
        return yaml.toString();
    }

    /** The command that drives compose files; {@code null} where there is none. */
    static List<String> command() {
        if (Requirement.answers("docker-compose", "--version")) {
            return List.of("docker-compose");
        }
        return Requirement.answers("docker", "compose", "version") ? List.of("docker", "compose") : null;
    }

    String project() {
        return project;
    }

    String image() {
        return project + ":it";
    }

    String bootstrapServers() {
        return "localhost:%s,localhost:%s,localhost:%s"
                .formatted(
                        environment.get("KAFKA_1_PORT"),
                        environment.get("KAFKA_2_PORT"),
                        environment.get("KAFKA_3_PORT"));
    }

    String registryUrl() {
        return "http://localhost:" + environment.get("REGISTRY_PORT") + "/apis/ccompat/v7";
    }

    /** Runs a command of compose, and returns what it printed. */
    String run(String... arguments) {
        List<String> all = new ArrayList<>(command());
        all.addAll(List.of("-f", FILE.toString(), "-f", overrides.toString(), "-p", project));
        all.addAll(List.of(arguments));
        return execute(all);
    }

    /** Runs a command of docker, and returns what it printed. */
    String docker(String... arguments) {
        List<String> all = new ArrayList<>(List.of("docker"));
        all.addAll(List.of(arguments));
        return execute(all);
    }

    /** The container of a service, stopped or not. */
    String container(String service) {
        return docker(
                        "ps",
                        "-aq",
                        "--filter",
                        "label=com.docker.compose.project=" + project,
                        "--filter",
                        "label=com.docker.compose.service=" + service)
                .strip();
    }

    /** One fact about the container of a service, by a template of docker's. */
    String inspect(String service, String template) {
        return docker("inspect", "-f", template, container(service)).strip();
    }

    /** Whether all that has a health check is healthy. */
    boolean healthy() {
        String states = docker(
                "ps",
                "--filter",
                "label=com.docker.compose.project=" + project,
                "--filter",
                "health=healthy",
                "--format",
                "{{.Names}}");
        return states.lines().count() == BROKERS.size() + INSTANCES.size() + 1;
    }

    private String execute(List<String> command) {
        try {
            Path printed = Files.createTempFile(output, "command", ".log");
            ProcessBuilder builder =
                    new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(printed.toFile());
            builder.environment().putAll(environment);
            Process process = builder.start();
            boolean ended = process.waitFor(PATIENCE_S, TimeUnit.SECONDS);
            if (!ended) {
                process.destroyForcibly();
            }
            String text = Files.readString(printed, UTF_8);
            Files.delete(printed);
            if (!ended || process.exitValue() != 0) {
                throw new IllegalStateException(
                        command + (ended ? " ends with " + process.exitValue() : " does not end") + ": " + text);
            }
            return text;
        } catch (IOException e) {
            throw new IllegalStateException(command + ": " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(command + " was interrupted", e);
        }
    }

    /** Ports that are free now, all different. */
    private static List<String> freePorts(int count) throws IOException {
        List<ServerSocket> sockets = new ArrayList<>();
        try {
            List<String> ports = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                sockets.add(socket);
                ports.add(Integer.toString(socket.getLocalPort()));
            }
            return ports;
        } finally {
            for (ServerSocket socket : sockets) {
                socket.close();
            }
        }
    }

    /** Removes all that it made, the image included. */
    @Override
    public void close() {
        run("down", "-v", "--remove-orphans", "-t", "1");
        if (!docker("images", "-q", image()).isBlank()) {
            docker("rmi", "-f", image());
        }
    }
}
