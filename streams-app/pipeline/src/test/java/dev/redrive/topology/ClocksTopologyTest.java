package dev.redrive.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.avro.AccountChange;
import dev.redrive.avro.AccountChangeKind;
import dev.redrive.avro.JobFailure;
import dev.redrive.avro.ScheduledRetry;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clocks of publishers and instances that disagree with the brokers'. */
class ClocksTopologyTest {

    private static final Instant START = PipelineHarness.START;
    private static final Duration WRONG_BY = Duration.ofSeconds(90);

    private PipelineHarness pipeline;

    @BeforeEach
    void open(@TempDir Path stateDir) {
        pipeline = new PipelineHarness(stateDir, Map.of("REDRIVE_RETRY__RETRY_AFTER_JITTER", "0"));
    }

    @AfterEach
    void close() {
        pipeline.close();
    }

    private JobFailure.Builder limited(Instant failedAt, Map<String, String> headers) {
        return pipeline.failure("u", "j", 1)
                .setHttpStatus(429)
                .setResponseHeaders(headers)
                .setFailedAt(failedAt);
    }

    private void append(JobFailure failure, Instant appendedAt) {
        pipeline.append("jobs.failures", JobFailure.class, failure.getUserId(), failure, appendedAt);
    }

    private static String httpDate(Instant at) {
        return DateTimeFormatter.RFC_1123_DATE_TIME.format(at.atOffset(ZoneOffset.UTC));
    }

    private Instant due() {
        List<PipelineHarness.Out<ScheduledRetry>> scheduled = new ArrayList<>();
        for (String tier : List.of("10s", "1m", "10m", "1h")) {
            scheduled.addAll(pipeline.retries(tier));
        }
        assertThat(scheduled).hasSize(1);
        return scheduled.get(0).value().getRetry().getDueAt();
    }

    @Test
    void shouldCountRetryAfterFromTheAppendTimeWhenTheWorkersClockIsBehind() {
        append(limited(START.minusSeconds(30), Map.of("Retry-After", "20")).build(), START);

        assertThat(due()).isEqualTo(START.plusSeconds(20));
    }

    @Test
    void shouldCountRetryAfterFromTheProducersTimeWhereTheBrokerStampsNothing() {
        pipeline.publish(
                limited(START.minusSeconds(30), Map.of("Retry-After", "20")).build());

        assertThat(due()).isEqualTo(START.plusSeconds(20));
    }

    @Test
    void shouldBelieveTheApisDateBeforeAWorkersClockThatIsBehind() {
        Instant responded = START.minusSeconds(10);
        append(
                limited(responded.minusSeconds(30), Map.of("Retry-After", "60", "Date", httpDate(responded)))
                        .build(),
                START);

        assertThat(due()).isEqualTo(responded.plusSeconds(61));
    }

    @Test
    void shouldNotWaitAnewWhenAFailureIsPublishedLateWithItsDate() {
        Instant ended = START.minusSeconds(300);
        append(
                limited(ended, Map.of("Retry-After", "360", "Date", httpDate(ended)))
                        .build(),
                START);

        assertThat(due()).isEqualTo(ended.plusSeconds(360));
    }

    @Test
    void shouldTakeAFailureAheadOfItsAppendTimeAsEndedThen() {
        append(limited(START.plus(WRONG_BY), Map.of("Retry-After", "20")).build(), START);

        assertThat(due()).isEqualTo(START.plusSeconds(20));
    }

    @Test
    void shouldComputeADueByTheBrokersTimeWhileTheInstancesClockIsBack() {
        pipeline.setClock(START.minus(WRONG_BY));
        append(limited(START, Map.of("Retry-After", "60")).build(), START);
        pipeline.setClock(START);

        assertThat(due()).isEqualTo(START.plusSeconds(60));
        pipeline.leap(Duration.ofSeconds(59));
        assertThat(pipeline.ready()).isEmpty();
        pipeline.advance(Duration.ofMillis(1_100));
        assertThat(pipeline.ready()).extracting(PipelineHarness.Out::value).hasSize(1);
    }

    @Test
    void shouldTakeAResetThatIsReadWhileTheInstancesClockIsBack() {
        append(
                pipeline.failure("u", "j", 1)
                        .setHttpStatus(402)
                        .setErrorBody(PipelineHarness.body("{\"code\":\"INSUFFICIENT_CREDITS\"}"))
                        .build(),
                START);
        pipeline.outcomes();
        Instant topUp = START.plusSeconds(10);
        pipeline.setClock(topUp.minus(WRONG_BY));
        AccountChange reset = AccountChange.newBuilder()
                .setUserId("u")
                .setChange(AccountChangeKind.ALLOWANCE_RESET)
                .setAt(topUp)
                .build();

        pipeline.append("jobs.accounts", AccountChange.class, "u", reset, topUp);

        pipeline.setClock(topUp);
        assertThat(pipeline.outcomes())
                .extracting(outcome -> outcome.value().getOutcome())
                .containsExactly("APPLIED");
        pipeline.advance(Duration.ofSeconds(1));
        assertThat(pipeline.users())
                .last()
                .extracting(user -> user.value().getQuota().getStatus())
                .isEqualTo("AVAILABLE");
    }
}
