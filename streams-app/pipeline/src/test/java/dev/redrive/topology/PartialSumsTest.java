package dev.redrive.topology;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.contract.HeaderNames;
import dev.redrive.domain.stats.Windows.Count;
import dev.redrive.domain.stats.Windows.Part;
import dev.redrive.topology.ErrorRateProcessor.PartialSum;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What other hands write to the topic between tasks. */
class PartialSumsTest {

    private static final String PARTS = "jobs.error-rates.parts";
    private static final Part PART = part(PipelineHarness.START.toEpochMilli());
    private static final byte[] KEY = PartialSum.key(PART);
    private static final byte[] VALUE = new PartialSum(PART, 3).bytes();

    private PipelineHarness pipeline;

    @BeforeEach
    void open(@TempDir Path stateDir) {
        pipeline = new PipelineHarness(stateDir);
    }

    @AfterEach
    void close() {
        pipeline.close();
    }

    private static Part part(long windowStartMs) {
        return new Part(windowStartMs, Count.Kind.FAILURE, false, "music", "song", "TRANSIENT", "");
    }

    private static byte[] with(int at, byte value) {
        byte[] changed = VALUE.clone();
        changed[at] = value;
        return changed;
    }

    static Stream<Arguments> foreign() {
        int kindAt = 8 + 8 + "music".length() + 1 + "song".length() + 1;
        Instant tomorrow = PipelineHarness.START.plus(Duration.ofHours(25));
        return Stream.of(
                Arguments.of("a tombstone", KEY, null),
                Arguments.of("no bytes", KEY, new byte[0]),
                Arguments.of("a short sum", KEY, new byte[7]),
                Arguments.of("a sum alone", KEY, Arrays.copyOf(VALUE, 8)),
                Arguments.of("a cut name", KEY, Arrays.copyOf(VALUE, 20)),
                Arguments.of("an unknown kind", KEY, with(kindAt, (byte) 9)),
                Arguments.of("an unknown lateness", KEY, with(kindAt + 1, (byte) 2)),
                Arguments.of("a name that is not UTF-8", KEY, with(17, (byte) 0xff)),
                Arguments.of("bytes behind it", KEY, Arrays.copyOf(VALUE, VALUE.length + 1)),
                Arguments.of("a negative sum", KEY, new PartialSum(PART, -1).bytes()),
                Arguments.of("a sum of nothing", KEY, new PartialSum(PART, 0).bytes()),
                Arguments.of("another series' key", "music/film".getBytes(UTF_8), VALUE),
                Arguments.of("no key", null, VALUE),
                Arguments.of("a window far ahead", KEY, new PartialSum(part(tomorrow.toEpochMilli()), 1).bytes()),
                Arguments.of("a window at the end of time", KEY, new PartialSum(part(Long.MAX_VALUE), 1).bytes()),
                Arguments.of("a window before 1970", KEY, new PartialSum(part(-1), 1).bytes()),
                Arguments.of(
                        "noise",
                        KEY,
                        ByteBuffer.allocate(64).putLong(1).putLong(2).array()));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("foreign")
    void shouldQuarantineWhatNoTaskWroteAndGoOn(String name, byte[] key, byte[] value) {
        pipeline.sendRaw(PARTS, key, value);
        pipeline.sendRaw(PARTS, KEY, VALUE);

        assertThat(pipeline.quarantine()).hasSize(1).first().satisfies(kept -> {
            assertThat(kept.key()).isEqualTo(key);
            assertThat(kept.value()).isEqualTo(value);
            assertThat(new String(
                            kept.headers().lastHeader(HeaderNames.SOURCE_TOPIC).value(), UTF_8))
                    .isEqualTo(PARTS);
        });
        assertThat(pipeline.outcomes().stream().map(PipelineHarness.Out::value))
                .hasSize(1)
                .first()
                .satisfies(outcome -> {
                    assertThat(outcome.getInput()).isEqualTo("ERROR_RATE");
                    assertThat(outcome.getOutcome()).isEqualTo("QUARANTINED");
                    assertThat(outcome.getReason()).isEqualTo("INVALID_FIELD");
                });
        assertThat(pipeline.errorRates())
                .hasSize(1)
                .first()
                .satisfies(rate -> assertThat(rate.value().getFailures()).isEqualTo(3));
    }

    @Test
    void shouldNotOverflow() {
        pipeline.sendRaw(PARTS, KEY, new PartialSum(PART, Long.MAX_VALUE).bytes());
        pipeline.sendRaw(PARTS, KEY, VALUE);

        assertThat(pipeline.errorRates())
                .extracting(rate -> rate.value().getFailures())
                .containsOnly(Long.MAX_VALUE);
    }
}
