package dev.redrive.containers;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.redrive.avro.JobFailure;
import dev.redrive.config.RedriveConfig;
import dev.redrive.runtime.RedrivePipeline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A batch system in JavaScript: Confluent's registry client and kafkajs, as they come from npm. */
@NeedsDocker
@ExtendWith(NodeCondition.class)
class JavaScriptClientsIT {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path SOURCE = Path.of("src/test/js");
    private static final Path TARGET = Path.of("target/js");
    private static final List<String> USERS = List.of("user-1", "user-2", "Üser-3", "用户-4", "user/5 six");

    @Test
    void shouldPublishFailuresAndReadDeadLetters(Containers containers, @TempDir Path directory) throws Exception {
        // Given a pipeline, and the clients as npm has them
        install();
        RedriveConfig config = containers.pipeline(directory, "javascript", containers.registryUrl());
        try (RedrivePipeline pipeline = containers.run(config);
                var failures =
                        new Committed<>(containers, config.topics().names().failures(), JobFailure.class)) {
            // When a script publishes a failure of each user and reads dead letters until it has all
            String printed = run(
                    directory,
                    Map.of(
                            "BOOTSTRAP_SERVERS", containers.bootstrapServers(),
                            "REGISTRY_URL", containers.registryUrl(),
                            "TOPIC_PREFIX", "javascript.",
                            "JOB_FAILURE_SCHEMA",
                                    Path.of("../../schemas/src/main/resources/released/v1/JobFailure.avsc")
                                            .toAbsolutePath()
                                            .toString(),
                            "USERS", JSON.writeValueAsString(USERS)),
                    List.of("node", "batch-system.mjs"));

            // Then it has read every field as it was published
            assertThat(letters(printed))
                    .extracting(
                            letter -> letter.get("key").asText(),
                            letter -> letter.get("jobId").asText(),
                            letter -> letter.get("idempotencyKey").asText(),
                            letter -> letter.get("reason").asText(),
                            letter -> letter.get("code").asText(),
                            letter -> letter.get("request").asText())
                    .containsExactlyInAnyOrderElementsOf(USERS.stream()
                            .map(user -> tuple(
                                    user,
                                    "job-of-" + user,
                                    "key-of-" + user,
                                    "NOT_FOUND",
                                    "voice_not_found",
                                    "{\"prompt\":\"a song\"}"))
                            .toList());

            // And each failure stands in the partition where a Java producer would have put it
            assertThat(failures.await(USERS.size())).allSatisfy(JavaScriptClientsIT::standsWhereJavaPutsIt);
            assertThat(pipeline.failed()).isFalse();
        }
    }

    private static void standsWhereJavaPutsIt(ConsumerRecord<String, JobFailure> record) {
        assertThat(record.key()).isEqualTo(record.value().getUserId());
        assertThat(record.partition())
                .isEqualTo(Utils.toPositive(Utils.murmur2(record.key().getBytes(UTF_8))) % Containers.PARTITIONS);
    }

    private static List<JsonNode> letters(String printed) throws IOException {
        List<JsonNode> letters = new ArrayList<>();
        for (String line : printed.lines().toList()) {
            letters.add(JSON.readTree(line));
        }
        return letters;
    }

    /** Installs what the lock file names; what is installed already stays. */
    private static void install() throws IOException, InterruptedException {
        Files.createDirectories(TARGET);
        Path lock = TARGET.resolve("package-lock.json");
        boolean installed = Files.exists(TARGET.resolve("node_modules/.package-lock.json"))
                && Files.mismatch(lock, SOURCE.resolve("package-lock.json")) < 0;
        for (String file : List.of("batch-system.mjs", "package.json", "package-lock.json")) {
            Files.copy(SOURCE.resolve(file), TARGET.resolve(file), StandardCopyOption.REPLACE_EXISTING);
        }
        if (!installed) {
            run(TARGET, Map.of(), List.of("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"));
        }
    }

    /** What a command, run among the installed clients, printed to its standard output; its errors go to a file. */
    private static String run(Path logs, Map<String, String> environment, List<String> command)
            throws IOException, InterruptedException {
        Path out = logs.resolve("out.log");
        Path err = logs.resolve("err.log");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(TARGET.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        try {
            boolean ended = process.waitFor(3, TimeUnit.MINUTES);
            assertThat(ended && process.exitValue() == 0)
                    .as(() -> command + " failed:\n" + text(out) + text(err))
                    .isTrue();
        } finally {
            process.destroyForcibly();
        }
        return text(out);
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }
}
