package dev.redrive.state;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

class WaitingInputsTest {

    private static final int MAX_INPUT_BYTES = 10_000;
    private static final byte[] SCHEMA_7 = {0, 0, 0, 0, 7, 1, 2};
    private static final byte[] SCHEMA_8 = {0, 0, 0, 0, 8, 1, 2};

    private final MemoryStore marks = new MemoryStore();
    private WaitingInputs waiting = new WaitingInputs(marks, MAX_INPUT_BYTES);

    private static WaitingInputs.Waiting input(long offset, String key, byte[] value, boolean unread) {
        Headers headers =
                new RecordHeaders().add("name", "value".getBytes(UTF_8)).add("empty", null);
        return new WaitingInputs.Waiting(
                "jobs.failures", 3, offset, 1_000 + offset, bytes(key), value, headers, unread);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    private List<Long> takeAll() {
        List<Long> offsets = new ArrayList<>();
        while (waiting.size() > 0) {
            offsets.add(waiting.first().offset());
            waiting.removeFirst();
        }
        return offsets;
    }

    @Test
    void shouldGiveThemBackInOrderAndWholeAfterARestart() {
        // Given
        assertThat(waiting.add(input(1, "u1", SCHEMA_7, true))).isTrue();
        assertThat(waiting.add(input(2, "u1", SCHEMA_8, false))).isTrue();
        assertThat(waiting.add(input(3, "u2", SCHEMA_7, true))).isTrue();

        // When
        waiting = new WaitingInputs(marks, MAX_INPUT_BYTES);

        // Then
        WaitingInputs.Waiting first = waiting.first();
        assertThat(first.topic()).isEqualTo("jobs.failures");
        assertThat(first.partition()).isEqualTo(3);
        assertThat(first.timestampMs()).isEqualTo(1_001);
        assertThat(first.key()).isEqualTo(bytes("u1"));
        assertThat(first.value()).isEqualTo(SCHEMA_7);
        assertThat(first.headers()).isEqualTo(input(1, "u1", SCHEMA_7, true).headers());
        assertThat(takeAll()).containsExactly(1L, 2L, 3L);
        assertThat(new WaitingInputs(marks, MAX_INPUT_BYTES).size()).isZero();
    }

    @Test
    void shouldHoldTheKeyOfEachAndTheSchemaOnlyOfThoseThatCouldNotBeRead() {
        waiting.add(input(1, "u1", SCHEMA_7, true));
        waiting.add(input(2, "u1", SCHEMA_8, false));

        assertThat(waiting.containsKey(bytes("u1"))).isTrue();
        assertThat(waiting.containsKey(bytes("u2"))).isFalse();
        assertThat(waiting.containsSchema(SCHEMA_7)).isTrue();
        assertThat(waiting.containsSchema(SCHEMA_8)).isFalse();

        waiting.removeFirst();

        assertThat(waiting.containsKey(bytes("u1"))).isTrue();
        assertThat(waiting.containsSchema(SCHEMA_7)).isFalse();

        waiting.removeFirst();

        assertThat(waiting.containsKey(bytes("u1"))).isFalse();
    }

    @Test
    void shouldHoldNothingThatHasNoKeyOrValue() {
        waiting.add(input(1, "u1", SCHEMA_7, true));

        assertThat(waiting.containsKey(null)).isFalse();
        assertThat(waiting.containsSchema(null)).isFalse();
    }

    @Test
    void shouldRefuseMoreThanItsBounds() {
        for (int i = 0; i < WaitingInputs.MAX_INPUTS; i++) {
            assertThat(waiting.add(input(i, "u" + i, SCHEMA_7, true))).isTrue();
        }

        assertThat(waiting.add(input(-1, "u", SCHEMA_7, true))).isFalse();
        assertThat(waiting.size()).isEqualTo(WaitingInputs.MAX_INPUTS);
    }

    @Test
    void shouldRefuseMoreBytesThanItsBound() {
        WaitingInputs large = new WaitingInputs(marks, WaitingInputs.MAX_BYTES);

        assertThat(large.add(input(1, "u1", new byte[WaitingInputs.MAX_BYTES - 1_000], true)))
                .isTrue();
        assertThat(large.add(input(2, "u2", new byte[1_000], true))).isFalse();
        assertThat(large.size()).isEqualTo(1);
    }

    @Test
    void shouldLeaveOutTheHeadersThatDoNotFitAndRefuseWhatDoesNotFitAtAll() {
        Headers headers = new RecordHeaders().add("large", new byte[MAX_INPUT_BYTES]);
        WaitingInputs.Waiting input =
                new WaitingInputs.Waiting("jobs.failures", 3, 1, 1_001, bytes("u1"), SCHEMA_7, headers, true);

        assertThat(waiting.add(input)).isTrue();
        assertThat(waiting.first().headers().toArray()).isEmpty();
        assertThat(waiting.add(input(2, "u2", new byte[MAX_INPUT_BYTES], true))).isFalse();
    }
}
