package dev.redrive.runtime;

import static org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse.REPLACE_THREAD;
import static org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.config.ConfigLoader;
import dev.redrive.runtime.InputConsumer.UnreadableInputException;
import java.nio.file.Path;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.errors.StreamsException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RedrivePipelineFailuresTest {

    private static final TopicPartition PARTITION = new TopicPartition("jobs.failures", 3);

    private RedrivePipeline pipeline;

    @BeforeEach
    void make(@TempDir Path directory) {
        pipeline = Wiring.pipeline(
                ConfigLoader.load(
                        null,
                        Map.of(
                                "REDRIVE_KAFKA__BOOTSTRAP_SERVERS",
                                "127.0.0.1:1",
                                "REDRIVE_STREAMS__STATE_DIR",
                                directory.toString())),
                null);
    }

    @AfterEach
    void close() {
        pipeline.close();
    }

    @Test
    void shouldEndAfterTooManyFailuresAtNoRecord() {
        for (int i = 0; i < 10; i++) {
            assertThat(pipeline.respond(new StreamsException("broken"))).isEqualTo(REPLACE_THREAD);
        }

        assertThat(pipeline.respond(new StreamsException("broken"))).isEqualTo(SHUTDOWN_CLIENT);
    }

    @Test
    void shouldGoOnReportingARecordThatThreadsFailAtAgainAndAgain() {
        for (int i = 0; i < 30; i++) {
            pipeline.stuckInputs().failed(PARTITION, 1042);
            assertThat(pipeline.respond(new StreamsException(new IllegalStateException(new OutOfMemoryError()))))
                    .isEqualTo(REPLACE_THREAD);
        }

        assertThat(pipeline.stuck()).containsExactly(new StuckInputs.Stuck("jobs.failures", 3, 1042));
    }

    @Test
    void shouldGoOnWithoutARecordThatCannotBeFetched() {
        for (int i = 0; i < 30; i++) {
            assertThat(pipeline.respond(
                            new StreamsException(new UnreadableInputException(PARTITION, i, new OutOfMemoryError()))))
                    .isEqualTo(REPLACE_THREAD);
        }
    }

    @Test
    void shouldEndAtOnceWhereTheHeapIsTooSmallForMoreThanARecord() {
        assertThat(pipeline.respond(new OutOfMemoryError())).isEqualTo(SHUTDOWN_CLIENT);
    }
}
