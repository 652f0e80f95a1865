package dev.redrive.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.publish.FailurePublisher;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What instances do with what must be theirs alone: a state directory, a fixed identity. */
class InstanceIdentityIT {

    private static final Duration PATIENCE = Duration.ofSeconds(120);
    private static final int JOBS = 200;

    @TempDir
    private Path directory;

    private Instance instance(Platform platform, String name, Path state) {
        return new Instance(platform, name, Map.of("REDRIVE_STREAMS__STATE_DIR", state.toString()));
    }

    @Test
    void shouldTellWhyItCannotHaveItsStateDirectory() throws Exception {
        Path taken = directory.resolve("taken");
        Path noDirectory = Files.writeString(directory.resolve("file"), "").resolve("state");
        try (Platform platform = new Platform(directory);
                Instance first = instance(platform, "first", taken);
                Instance second = instance(platform, "second", taken);
                Instance third = instance(platform, "third", noDirectory)) {
            // Given an instance that runs
            first.start();
            Platform.await(PATIENCE, "the first runs", first::running);

            // When another is given the same directory, or one that cannot be made
            second.start();
            assertThat(second.awaitExit()).isEqualTo(1);
            third.start();
            assertThat(third.awaitExit()).isEqualTo(1);

            // Then each says which directory and why, and the first goes on
            assertThat(second.log())
                    .contains("PIPELINE_FAILED", taken.toString(), "used by no other instance", "multiple instances");
            assertThat(third.log()).contains("PIPELINE_FAILED", noDirectory.toString());
            assertThat(first.stop()).isZero();
        }
    }

    @Test
    void shouldEndWhereAnotherHasTakenItsIdentity() throws Exception {
        try (Platform platform = new Platform(directory);
                Instance former = new Instance(platform, "former", Map.of("REDRIVE_STREAMS__INSTANCE_ID", "same"));
                Instance next = new Instance(platform, "next", Map.of("REDRIVE_STREAMS__INSTANCE_ID", "same"))) {
            // Given an instance with a fixed identity
            former.start();
            Platform.await(PATIENCE, "the former runs", former::running);

            // When another starts with the same
            next.start();

            // Then the former says so and ends, and the other works
            assertThat(former.awaitExit()).isEqualTo(1);
            assertThat(former.log()).contains("another instance has started with this one's instanceId");
            Platform.await(PATIENCE, "the next runs", next::running);
            assertThat(next.stop()).isZero();
        }
    }

    @Test
    void shouldKnowTheSameAfterItsStateDirectoryWasWiped() throws Exception {
        Path state = directory.resolve("state");
        try (Platform platform = new Platform(directory);
                FailurePublisher publisher = platform.publisher();
                Ledger ledger = new Ledger(platform);
                Instance instance = instance(platform, "it", state)) {
            // Given jobs of which some rest
            instance.start();
            publishAll(publisher);
            Platform.await(PATIENCE, "all taken", () -> ledger.read().failures() == JOBS);
            assertThat(instance.stop()).isZero();
            assertThat(ledger.read().settled(JOBS)).isFalse();

            // When the local state is lost, and all are told again
            wipe(state);
            instance.start();
            publishAll(publisher);

            // Then every job is known, and every retry that rested is released once
            Platform.await(
                    PATIENCE, "all taken and released", () -> ledger.read().settled(2 * JOBS));
            assertThat(instance.stop()).isZero();
            assertThat(instance.logSinceStart()).containsPattern("restored [1-9][0-9]* records");
            assertThat(ledger.read().faults(2 * JOBS)).isEmpty();
            assertThat(ledger.count("FAILURE DUPLICATE")).isEqualTo(JOBS);
        }
    }

    private static void publishAll(FailurePublisher publisher) throws Exception {
        for (int job = 0; job < JOBS; job++) {
            publisher.publish(MixedLoad.failure(job), null).get(30, TimeUnit.SECONDS);
        }
    }

    private static void wipe(Path state) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.walk(state)) {
            files = all.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path file : files) {
            Files.delete(file);
        }
    }
}
