package dev.redrive.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.runtime.StuckInputs.Stuck;
import java.time.Duration;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class StuckInputsTest {

    private static final TopicPartition FIRST = new TopicPartition("a", 0);
    private static final TopicPartition SECOND = new TopicPartition("a", 1);

    private long nanos = 1;
    private final StuckInputs stuck = new StuckInputs(() -> nanos);

    @Test
    void shouldNameARecordThatThreadsFailAtTwice() {
        stuck.failed(FIRST, 7);
        assertThat(stuck.list()).isEmpty();
        assertThat(stuck.backoff()).isZero();

        stuck.failed(SECOND, 1);
        stuck.failed(FIRST, 7);

        assertThat(stuck.list()).containsExactly(new Stuck("a", 0, 7));
        assertThat(stuck.backoff()).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void shouldBackOffLongerAtEachFailureUpToABound() {
        for (int i = 0; i < 4; i++) {
            stuck.failed(FIRST, 7);
        }
        assertThat(stuck.backoff()).isEqualTo(Duration.ofSeconds(4));

        for (int i = 0; i < 100; i++) {
            stuck.failed(FIRST, 7);
        }
        assertThat(stuck.backoff()).isEqualTo(Duration.ofSeconds(30));
    }

    @Test
    void shouldForgetARecordOnceAnotherFailsOrNoneDoesForLong() {
        stuck.failed(FIRST, 7);
        stuck.failed(FIRST, 7);
        stuck.failed(FIRST, 8);
        assertThat(stuck.list()).isEmpty();

        stuck.failed(FIRST, 8);
        nanos += Duration.ofMinutes(3).toNanos();
        assertThat(stuck.list()).isEmpty();
        assertThat(stuck.backoff()).isZero();
    }

    @Test
    void shouldNameARecordThatCannotBeFetchedAsLongAsItsPartitionIsHere() {
        stuck.unreadable(SECOND, 5);
        assertThat(stuck.list()).isEmpty();

        stuck.rests(SECOND);
        assertThat(stuck.list()).containsExactly(new Stuck("a", 1, 5));
        assertThat(stuck.unreadableAt(SECOND)).isEqualTo(5);

        stuck.given(SECOND);
        assertThat(stuck.list()).isEmpty();
        assertThat(stuck.unreadableAt(SECOND)).isEqualTo(5);
    }
}
