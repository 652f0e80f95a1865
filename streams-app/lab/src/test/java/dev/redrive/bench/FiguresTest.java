package dev.redrive.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.redrive.avro.JobFailure;
import dev.redrive.bench.Benchmark.Figure;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

class FiguresTest {

    @Test
    void shouldReportTheMedianOfTheRoundsAndTheirEnds() {
        Figures figures = new Figures();

        for (double rate : new double[] {30, 10, 20}) {
            figures.add("pipeline", "rate", rate, "events/s");
        }

        assertThat(figures.all()).containsExactly(new Figure("pipeline", "rate", 20, "events/s", 10, 30));
    }

    @Test
    void shouldKeepTheNamesOfARangeInJson() throws JsonProcessingException {
        String json = JsonMapper.builder().build().writeValueAsString(new Figure("pipeline", "rate", 20, "", 10, 30));

        assertThat(json)
                .isEqualTo("{\"bench\":\"pipeline\",\"name\":\"rate\",\"value\":20.0,\"unit\":\"\","
                        + "\"least\":10.0,\"most\":30.0}");
    }

    @Test
    void shouldTakeTheMeanOfTheMiddleTwoOfAnEvenNumber() {
        assertThat(Figures.median(List.of(4.0, 1.0, 2.0, 100.0))).isEqualTo(3.0);
    }

    @Test
    void shouldReportTheSmallestValueThatSoManyDoNotExceed() {
        Histogram samples = Figures.histogram();
        IntStream.rangeClosed(1, 2_000).map(i -> 2_001 - i).forEach(ms -> Figures.record(samples, ms));
        Figures figures = new Figures();

        figures.addSpread("lateness", "due to append", samples);

        assertThat(figures.all())
                .extracting(Figure::name, Figure::value)
                .containsExactly(
                        tuple("due to append p50", 1_000.0),
                        tuple("due to append p99", 1_980.0),
                        tuple("due to append p99.9", 1_998.0),
                        tuple("due to append max", 2_000.0));
    }

    @Test
    void shouldCountOnlyWhatWasAppendedBetweenTwoReadings() {
        Map<String, Long> before = Map.of("a", 10L, "b", 5L);
        Map<String, Long> after = Map.of("a", 25L, "b", 5L, "c", 7L);

        assertThat(Lab.between(before, after)).containsOnly(Map.entry("a", 15L), Map.entry("c", 7L));
    }

    @Test
    void shouldMakeTheSameJobsOfTheSameSeed() {
        Workload one = new Workload("job", 1, 60);

        assertThat(one.failure(5, 1_000, 2)).isEqualTo(new Workload("job", 1, 60).failure(5, 1_000, 2));
        assertThat(one.failure(5, 1_000, 2)).isNotEqualTo(new Workload("job", 2, 60).failure(5, 1_000, 2));
    }

    @Test
    void shouldMixRetryableAndTerminalJobsAsAskedOverManyUsers() {
        Workload workload = new Workload("job", 1, 60);

        assertThat(IntStream.range(0, 10_000).filter(workload::retryable).count())
                .isBetween(5_800L, 6_200L);
        assertThat(IntStream.range(0, 50_000)
                        .mapToObj(workload::userId)
                        .distinct()
                        .count())
                .isBetween(9_000L, (long) Workload.USERS);
    }

    @Test
    void shouldKnowItsJobsByTheirIds() {
        Workload workload = new Workload("job", 1, 60);

        assertThat(workload.job(workload.jobId(42))).isEqualTo(42);
        assertThat(workload.job("warm-42")).isEqualTo(-1);
        assertThat(workload.job("foreign")).isEqualTo(-1);
    }

    @Test
    void shouldAskForTheDueThatIsWantedAndNeverFailInTheFuture() {
        Workload workload = new Workload("job", 1, 100);

        JobFailure failure = workload.failureDueAt(1, 70_250, 1_000);

        long delayMs = Long.parseLong(failure.getResponseHeaders().get("Retry-After")) * 1_000;
        assertThat(failure.getFailedAt().plusMillis(delayMs)).isEqualTo(Instant.ofEpochMilli(70_250));
        assertThat(failure.getFailedAt()).isBeforeOrEqualTo(Instant.ofEpochMilli(1_000));
    }
}
