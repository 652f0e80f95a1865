package dev.redrive.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.config.ConfigLoader;
import dev.redrive.config.RedriveConfig;
import dev.redrive.dev.DevRegistry;
import dev.redrive.dev.EmbeddedBroker;
import dev.redrive.runtime.RedrivePipeline;
import dev.redrive.runtime.TopicAdmin;
import dev.redrive.runtime.Wiring;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What operators see of retries that gates hold, and do with them, on a pipeline that runs. */
class HeldRetriesIT {

    private static final Duration TIMEOUT = Duration.ofSeconds(60);

    private static final String SPENT = """
            {"userId":"u1","jobId":"spent","attempt":1,"service":"music","operation":"compose","httpStatus":402,\
            "idempotencyKey":"k0","errorBody":{"success":false,"data":null,"error":{"code":"INSUFFICIENT_CREDITS",\
            "message":"no calls left","reset_at":"%s"}}}
            """;
    private static final String UNAVAILABLE = """
            {"userId":"u1","jobId":"held","attempt":1,"service":"speech","operation":"speak","httpStatus":503,\
            "idempotencyKey":"k1"}
            """;
    private static final String LATER = """
            {"userId":"u2","jobId":"later","attempt":1,"service":"music","operation":"compose","httpStatus":503,\
            "idempotencyKey":"k2","responseHeaders":{"Retry-After":"3600"}}
            """;

    @TempDir
    private Path directory;

    private EmbeddedBroker broker;
    private DevRegistry registry;
    private RedrivePipeline pipeline;
    private String configFile = "";
    private TestTerminal last = TestTerminal.inRealTime("");

    @BeforeEach
    void start() throws Exception {
        broker = EmbeddedBroker.start(directory.resolve("broker"));
        registry = DevRegistry.start(directory.resolve("registry"), 0);
        Path file = Files.writeString(directory.resolve("redrive.yaml"), """
                applicationId: held-it
                kafka:
                  bootstrapServers: [%s]
                schemaRegistry:
                  url: [%s]
                topics:
                  partitions: 3
                  replicationFactor: 1
                streams:
                  stateDir: %s
                """.formatted(
                        broker.bootstrapServers(), registry.url(), directory.resolve("state")));
        configFile = file.toString();
        RedriveConfig config = ConfigLoader.load(file, Map.of());
        try (TopicAdmin admin = new TopicAdmin(Map.of("bootstrap.servers", broker.bootstrapServers()), TIMEOUT)) {
            admin.create(Wiring.topics(config));
        }
        pipeline = Wiring.pipeline(config, "it");
        pipeline.start();
        assertThat(pipeline.awaitRunning(TIMEOUT)).isTrue();
    }

    @AfterEach
    void stop() {
        pipeline.close();
        registry.close();
        broker.close();
    }

    @Test
    void shouldShowWhatAGateHoldsAndWithdrawIt() {
        // Given a user whose allowance is spent, and a retry that is due meanwhile
        Instant reset = Instant.now().plusSeconds(3_600);
        assertThat(publish(SPENT.formatted(reset) + UNAVAILABLE)).isZero();

        // Then it is seen behind the gate, by user, by gate and in the user's own state
        await(
                line -> line.contains("\"state\":\"HELD\"")
                        && line.contains("\"jobId\":\"held\"")
                        && line.contains("\"gate\":\"QUOTA\""),
                "retries",
                "--blocked-by",
                "QUOTA",
                "--output",
                "json");
        await(line -> line.contains("\"jobId\":\"held\""), "retries", "--user", "u1", "--output", "json");
        await(line -> line.matches("u1 .*EXHAUSTED INSUFFICIENT_CREDITS, reset .*blocks 1 since .*"), "users");
        await(line -> line.matches("QUOTA +- +closed .* 1 +RESET"), "users", "u1", "--blocked-by", "QUOTA");
        assertThat(run("users", "nobody")).isEqualTo(1);

        // When it is withdrawn
        int code = run("cancel", "--user", "u1", "--job", "held", "--issued-by", "it", "--timeout", "60s");

        // Then the outcome is told, nothing is pending, and it cannot be withdrawn again
        assertThat(last.err()).isEmpty();
        assertThat(code).isZero();
        assertThat(last.out()).startsWith("CANCEL APPLIED: the pending retry of job held of user u1; command ");
        assertThat(run("retries", "--user", "u1", "--output", "json")).isZero();
        assertThat(last.out()).isEmpty();
        assertThat(run("cancel", "--user", "u1", "--job", "held", "--timeout", "60s"))
                .isEqualTo(1);
        assertThat(last.err()).startsWith("redrive: REJECTED: REJECTED ALREADY_CANCELLED; command ");
    }

    @Test
    void shouldMakeARetryDueThatWouldHaveWaitedForAnHour() {
        assertThat(publish(LATER)).isZero();
        await(
                line -> line.contains("\"state\":\"WAITING\"") && line.contains("\"jobId\":\"later\""),
                "retries",
                "--operation",
                "compose",
                "--output",
                "json");

        int code = run("expedite", "--user", "u2", "--job", "later", "--timeout", "60s");

        assertThat(last.err()).isEmpty();
        assertThat(code).isZero();
        await(
                line -> line.contains("\"jobId\":\"later\""),
                "tail",
                "ready",
                "--user",
                "u2",
                "--from-beginning",
                "--timeout",
                "0s");
        assertThat(run("retries", "--output", "json")).isZero();
        assertThat(last.out()).isEmpty();
    }

    private int publish(String lines) {
        return TestTerminal.inRealTime(lines).run("publish", "-", "--config", configFile);
    }

    private int run(String... args) {
        List<String> words = new ArrayList<>(List.of(args));
        words.addAll(List.of("--config", configFile));
        last = TestTerminal.inRealTime("");
        return last.run(words.toArray(String[]::new));
    }

    /** Asks again and again until a line is printed that is wanted. */
    private void await(Predicate<String> wanted, String... args) {
        long deadline = System.nanoTime() + TIMEOUT.toNanos();
        while (run(args) != 0 || last.outLines().stream().noneMatch(wanted)) {
            assertThat(System.nanoTime() - deadline)
                    .as("%s printed %s %s", String.join(" ", args), last.out(), last.err())
                    .isNegative();
        }
    }
}
