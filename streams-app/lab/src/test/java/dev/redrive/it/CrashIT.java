package dev.redrive.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.publish.FailurePublisher;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The pipeline as a process that is killed again and again, on a real broker. */
class CrashIT {

    private static final int JOBS = 90_000;

    @Test
    void shouldLoseNothingReleaseNothingTwiceAndNothingEarlyWhenKilled(@TempDir Path directory) throws Exception {
        try (Platform platform = new Platform(directory);
                FailurePublisher publisher = platform.publisher();
                Ledger ledger = new Ledger(platform)) {
            // Given a pipeline under a load of mixed failures, some of them published twice
            Process pipeline = platform.startProcess();
            List<CompletableFuture<?>> sent = new ArrayList<>();
            for (int job = 0; job < JOBS; job++) {
                sent.addAll(MixedLoad.publish(publisher, job));
            }
            CompletableFuture.allOf(sent.toArray(CompletableFuture[]::new)).join();
            int published = sent.size();

            // When its process is killed three times on the way
            int[] killAfter = {published / 10, published / 3, published * 2 / 3};
            for (int outcomes : killAfter) {
                Platform.await(
                        Duration.ofMinutes(3),
                        outcomes + " outcomes\n" + platform.processLog(),
                        () -> ledger.read().failures() >= outcomes);
                assertThat(ledger.failures()).isLessThan(published);
                pipeline.destroyForcibly().waitFor();
                pipeline = platform.startProcess();
            }

            // Then, when all is done, the ledger balances
            Platform.await(
                    Duration.ofMinutes(4), "all released", () -> ledger.read().settled(published));
            pipeline.destroy();
            assertThat(pipeline.waitFor(20, TimeUnit.SECONDS)).isTrue();
            ledger.readToEnd();
            System.out.println("crash ledger: " + published + " failures, " + ledger.counts());
            assertThat(ledger.faults(published)).isEmpty();
            assertThat(ledger.count("FAILURE DUPLICATE")).isEqualTo(published - JOBS);
        }
    }
}
