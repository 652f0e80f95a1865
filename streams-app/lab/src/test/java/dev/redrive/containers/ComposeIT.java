package dev.redrive.containers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.contract.TopicNames;
import dev.redrive.it.Ledger;
import dev.redrive.it.PacedLoad;
import dev.redrive.publish.FailurePublisher;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** {@code deploy/compose.yaml} from its start to its end, with what fails in between. */
@NeedsDocker
@ExtendWith(ComposeCondition.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ComposeIT {

    private static final TopicNames TOPICS = TopicNames.standard();
    private static final int JOBS = 12_000;
    private static final int JOBS_PER_SECOND = 400;
    private static final int MORE_JOBS = 2_000;
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final String BASE = "eclipse-temurin:17-jre";
    private static final long MOST_BEYOND_BASE_BYTES = 250_000_000;
    private static final String STOP_WITHIN_S = "15";

    private Compose compose;
    private Ledger ledger;
    private FailurePublisher publisher;
    private int published;

    @BeforeAll
    void up(@TempDir Path output) throws Exception {
        compose = new Compose(output);
        long started = System.nanoTime();
        compose.run("up", "-d", "--build");
        await("healthy", compose::healthy);
        tell("healthy %.1f s after 'up -d --build'", (System.nanoTime() - started) / 1e9);
        ledger = new Ledger(compose.bootstrapServers(), compose.registryUrl(), TOPICS);
        publisher = FailurePublisher.create(
                Map.of("bootstrap.servers", compose.bootstrapServers(), "schema.registry.url", compose.registryUrl()),
                TOPICS);
    }

    @Test
    @Order(1)
    void shouldEndAsOnTheEmbeddedPlatform() throws Exception {
        SevenCases.check(compose.bootstrapServers(), compose.registryUrl(), TOPICS);
        published += SevenCases.COUNT;
    }

    @Test
    @Order(2)
    void shouldRunWithoutRightsFromASmallImage() {
        long image = bytes(compose.image());
        tell("image: %d MB, %d MB beyond its base", image / 1_000_000, (image - bytes(BASE)) / 1_000_000);
        assertThat(image - bytes(BASE)).isLessThan(MOST_BEYOND_BASE_BYTES);
        for (String instance : Compose.INSTANCES) {
            assertThat(compose.inspect(instance, "{{.Config.User}}")).matches("[1-9][0-9]*:[1-9][0-9]*");
            assertThat(compose.inspect(instance, "{{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}}"))
                    .isEqualTo("true [ALL]");
            String tried = compose.docker(
                    "exec",
                    compose.container(instance),
                    "bash",
                    "-c",
                    "echo $EUID; (echo > /opt/redrive/lib/x) 2>/dev/null || echo refused");
            assertThat(tried.lines()).containsExactly("10001", "refused");
        }
    }

    @Test
    @Order(3)
    void shouldLoseNothingWhenABrokerAndAnInstanceAreKilledUnderLoad() {
        // Given a load on all partitions
        Silence silence = new Silence();
        ledger.onOutcome((at, partition) -> silence.heard(partition, at, System.nanoTime()));
        try (PacedLoad load = PacedLoad.start(publisher, published, JOBS, JOBS_PER_SECOND)) {
            await("under way", () -> ledger.read().failures() > JOBS / 10);
            silence.restart(Instant.now());
            await("under way", () -> ledger.read().failures() > JOBS / 5);
            tell("silence of outcomes before: %s", silence);

            // When a broker is killed, and an instance as soon as all is well again, and neither comes back
            compose.docker("kill", "-s", "KILL", compose.container("kafka-1"));
            silence.restart(Instant.now());
            await(
                    "well without the broker",
                    () -> ledger.read().failures() > JOBS / 2
                            && (silence.overEverywhere()
                                    || load.done() && ledger.settled(published + load.published())));
            tell("silence of outcomes when a broker was lost: %s", silence);
            compose.docker("kill", "-s", "KILL", compose.container("redrive-1"));
            silence.restart(Instant.now());
            await("well without the instance", () -> {
                ledger.read();
                return load.done() && (silence.overEverywhere() || ledger.settled(published + load.published()));
            });
            tell("silence of outcomes when an instance was lost: %s", silence);
            published += load.published();
        }

        // Then the others do all that is left, and the ledger balances
        await("all released", () -> ledger.read().settled(published));
        ledger.readToEnd();
        tell("ledger: %d failures, %s", published, ledger.counts());
        assertThat(ledger.faults(published)).isEmpty();
        assertThat(ledger.count("FAILURE DUPLICATE")).isEqualTo(published - SevenCases.COUNT - JOBS);
    }

    @Test
    @Order(4)
    void shouldCommitAndStopInTimeWhenToldTo() throws Exception {
        // Given an instance in the midst of work, the other and a broker still gone
        try (PacedLoad load = PacedLoad.start(publisher, JOBS, MORE_JOBS, JOBS_PER_SECOND)) {
            await("under way", () -> ledger.read().failures() > published + MORE_JOBS / 5);

            // When it is told to stop
            long asked = System.nanoTime();
            compose.docker("stop", "-t", STOP_WITHIN_S, compose.container("redrive-2"));
            tell("stopped %.1f s after SIGTERM", (System.nanoTime() - asked) / 1e9);

            // Then it ended by itself, and left nothing uncommitted
            assertThat(compose.inspect("redrive-2", "{{.State.ExitCode}}")).isIn("0", "143");
            assertThat(Uncommitted.of(compose.bootstrapServers(), TOPICS)).isEmpty();
            await("published", load::done);
            published += load.published();
        }

        // And the other goes on where it stopped
        compose.docker("start", compose.container("redrive-1"));
        await("all released", () -> ledger.read().settled(published));
        assertThat(ledger.readToEnd().faults(published)).isEmpty();
    }

    @Test
    @Order(5)
    void shouldLeaveNothingBehind() {
        ledger.close();
        publisher.close();
        compose.run("down", "-v");

        String filter = "label=com.docker.compose.project=" + compose.project();
        assertThat(compose.docker("ps", "-aq", "--filter", filter)).isBlank();
        assertThat(compose.docker("volume", "ls", "-q", "--filter", filter)).isBlank();
        assertThat(compose.docker("network", "ls", "-q", "--filter", filter)).isBlank();
    }

    @AfterAll
    void down() {
        if (compose != null) {
            compose.close();
        }
    }

    private long bytes(String image) {
        return Long.parseLong(
                compose.docker("image", "inspect", "-f", "{{.Size}}", image).strip());
    }

    private void await(String what, BooleanSupplier look) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!look.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not within " + PATIENCE + ": " + what + "\n" + compose.run("ps")
                        + compose.run("logs", "--no-color", "--tail", "30", "redrive-1", "redrive-2"));
            }
        }
    }

    private static void tell(String format, Object... values) {
        System.out.println("compose: " + format.formatted(values));
    }
}
