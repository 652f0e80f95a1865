package dev.redrive.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.avro.Command;
import dev.redrive.avro.CommandKind;
import dev.redrive.avro.DueParts;
import dev.redrive.avro.Explanation;
import dev.redrive.avro.GateAnswer;
import dev.redrive.avro.GateState;
import dev.redrive.avro.LifecycleStage;
import dev.redrive.avro.Outcome;
import dev.redrive.avro.UserState;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** EXPLAIN answers why a job waits, by the code that decides. */
class WhyTopologyTest {

    private PipelineHarness pipeline;
    private GateInputs api;

    @BeforeEach
    void open(@TempDir Path stateDir) {
        pipeline = new PipelineHarness(stateDir, Map.of("REDRIVE_QUOTA__DISPOSITION", "PARK"));
        api = new GateInputs(pipeline);
    }

    @AfterEach
    void close() {
        pipeline.close();
    }

    @Test
    void shouldNameForManyJobsTheGateThatIsInTheStateAndPartsThatAddUp() {
        Instant resetAt = pipeline.now().plus(Duration.ofHours(3));
        for (int i = 0; i < 60; i++) {
            api.spent("spent" + i, "spender", 1, resetAt);
            api.event("busy" + i, "active", 1, LifecycleStage.SUBMITTED);
            api.event("busy" + i, "active", 1, LifecycleStage.STARTED);
            api.busy("busy" + i, "refused", 1, 1, 1);
            api.throttled("limited" + i, "speech", "refused", 1, Map.of("Retry-After", "600"));
            fail("spent" + i, "music", "");
            fail("busy" + i, "music", "");
            fail("limited" + i, "speech", "low");
            fail("held" + i, "video", "");
        }
        hold("video");
        for (int i = 0; i < 60; i++) {
            api.event("down" + i, "j0", 1, LifecycleStage.SUBMITTED);
            api.unavailable("down" + i, "image", "j0", 1);
        }
        pipeline.advance(Duration.ofMillis(2_500));

        Map<String, Outcome> scheduled = new HashMap<>();
        Map<String, UserState> users = new HashMap<>();
        pipeline.outcomes().stream()
                .map(PipelineHarness.Out::value)
                .filter(outcome -> outcome.getOutcome().equals("SCHEDULED"))
                .forEach(outcome -> scheduled.put(outcome.getUserId() + "/" + outcome.getJobId(), outcome));
        pipeline.users().forEach(out -> users.put(out.key(), out.value()));
        pipeline.ready()
                .forEach(out -> scheduled.remove(
                        out.value().getUserId() + "/" + out.value().getJobId()));
        scheduled.values().forEach(outcome -> explain(outcome.getUserId(), outcome.getJobId()));
        Map<String, Integer> named = new HashMap<>();
        for (Outcome answer : answers()) {
            Outcome waiting = Objects.requireNonNull(scheduled.get(answer.getUserId() + "/" + answer.getJobId()));
            DueParts due = waiting.getDue();
            assertThat(due.getFrom()
                            .plusMillis(due.getHintMs() + due.getBackoffMs() + due.getJitterMs() + due.getClampMs()))
                    .isEqualTo(answer.getDueAt());
            GateAnswer blocking = blocking(answer);
            String inState = inState(users.get(answer.getUserId()), answer.getService());
            if (inState != null) {
                assertThat(blocking == null ? null : blocking.getGate())
                        .as("%s", answer)
                        .isEqualTo(inState);
                named.merge(inState, 1, Integer::sum);
            }
        }
        assertThat(named.keySet())
                .containsExactlyInAnyOrder("OPERATOR", "QUOTA", "CONCURRENCY", "RATE_WINDOW", "SERVICE_HEALTH");
        assertThat(named.values()).allMatch(count -> count >= 50);
    }

    @Test
    void shouldGiveTheFiguresOfEveryGateAndAForecast() {
        Instant resetAt = pipeline.now().plus(Duration.ofHours(3));
        api.event("u", "active", 1, LifecycleStage.SUBMITTED);
        api.event("u", "active", 1, LifecycleStage.STARTED);
        api.busy("u", "refused", 1, 1, 1);
        api.throttled(
                "u",
                "music",
                "limited",
                1,
                Map.of("Retry-After", "20", "X-RateLimit-Limit", "60", "X-RateLimit-Remaining", "0"));
        api.spent("u", "spender", 1, resetAt);
        Instant until = hold("music");
        pipeline.outcomes();

        explain("u", "limited");

        Outcome answer = only(answers());
        Explanation why = answer.getExplanation();
        assertThat(answer.getAttempt()).isEqualTo(2);
        assertThat(answer.getReason()).isEqualTo("EXPLAIN");
        assertThat(why.getState()).isEqualTo("SCHEDULED");
        assertThat(why.getGates())
                .extracting(GateAnswer::getGate)
                .containsExactly("OPERATOR", "QUOTA", "CONCURRENCY", "RATE_WINDOW", "SERVICE_HEALTH");
        GateAnswer operator = why.getGates().get(0);
        assertThat(operator.getOpen()).isFalse();
        assertThat(operator.getUntil()).isEqualTo(until);
        assertThat(operator.getStatus()).isEqualTo("HELD");
        assertThat(operator.getReason()).isEqualTo("the provider repairs something");
        GateAnswer quota = why.getGates().get(1);
        assertThat(quota.getStatus()).isEqualTo("EXHAUSTED");
        assertThat(quota.getResetAt()).isEqualTo(resetAt);
        assertThat(quota.getRemaining()).isZero();
        GateAnswer concurrency = why.getGates().get(2);
        assertThat(concurrency.getOpen()).isFalse();
        assertThat(concurrency.getOpening()).isEqualTo("SLOT");
        assertThat(concurrency.getLimit()).isEqualTo(1);
        assertThat(concurrency.getUsed()).isEqualTo(1);
        GateAnswer window = why.getGates().get(3);
        assertThat(window.getService()).isEqualTo("music");
        assertThat(window.getLimit()).isEqualTo(60);
        assertThat(window.getRemaining()).isZero();
        assertThat(why.getGates().get(4).getOpen()).isTrue();
        assertThat(why.getGates().get(4).getStatus()).isEqualTo("SOUND");
        assertThat(why.getForecastAt()).isEqualTo(until);
        assertThat(why.getForecastBasis()).isEqualTo("OPERATOR");
    }

    @Test
    void shouldForecastTheDueWhereNoGateIsClosed() {
        fail("u", "music", "");
        Outcome waiting = only(pipeline.outcomes()).value();
        explain("u", "j0");

        Outcome answer = only(answers());
        assertThat(answer.getDueAt()).isEqualTo(waiting.getDueAt());
        assertThat(answer.getExplanation().getForecastAt()).isEqualTo(waiting.getDueAt());
        assertThat(answer.getExplanation().getForecastBasis()).isEqualTo("DUE");
    }

    @Test
    void shouldCountTheRetriesThatGoBeforeIt() {
        for (int i = 0; i < 300; i++) {
            wait("u", "job" + i, i < 200 ? "music" : "speech", 10 + i, 0);
        }
        for (int i = 0; i < 10; i++) {
            wait("u", "urgent" + i, "music", 30 + i, 9);
            wait("u", "late" + i, "music", 3_000 + i, 9);
            wait("other", "job" + i, "music", 10, 9);
        }
        hold("music");
        pipeline.outcomes();
        explain("u", "job250");
        explain("u", "urgent3");
        assertThat(answers())
                .extracting(answer -> answer.getExplanation().getAhead())
                .containsExactly(260, 3);
        for (int i = 0; i < 1_000; i++) {
            wait("many", "job" + i, "music", 10, 0);
        }
        wait("many", "last", "music", 60, 0);
        wait("many", "very last", "music", 70, 0);
        pipeline.outcomes();
        explain("many", "very last");
        assertThat(only(answers()).getExplanation().getAhead()).isEqualTo(1_000);
    }

    @Test
    void shouldAnswerTheStateOfJobsThatDoNotWait() {
        api.event("u", "running", 1, LifecycleStage.SUBMITTED);
        pipeline.publish(pipeline.failure("u", "dead", 1).setHttpStatus(400).build());
        api.event("u", "done", 1, LifecycleStage.SUCCEEDED);
        pipeline.outcomes();
        for (String job : List.of("running", "dead", "done", "never seen")) {
            explain("u", job);
        }

        List<Outcome> answers = answers();
        assertThat(answers.subList(0, 3))
                .extracting(answer -> answer.getExplanation().getState())
                .containsExactly("RUNNING", "DEAD_LETTERED", "FINISHED");
        assertThat(answers.get(3).getOutcome()).isEqualTo("REJECTED");
        assertThat(answers.get(3).getReason()).isEqualTo("NOT_PENDING");
    }

    private void fail(String user, String service, String prefix) {
        for (int job = 0; job < 2; job++) {
            api.unavailable(user, service, prefix + "j" + job, 1);
            if (service.equals("music") && user.equals("u")) {
                return;
            }
        }
    }

    /** A retry that is due after this many seconds, without jitter that changes the order. */
    private void wait(String user, String job, String service, int seconds, int priority) {
        pipeline.publish(pipeline.failure(user, job, 1)
                .setService(service)
                .setPriority(priority)
                .setResponseHeaders(Map.of("Retry-After", Integer.toString(seconds * 100)))
                .build());
    }

    private Instant hold(String service) {
        Instant until = pipeline.now().plus(Duration.ofDays(1));
        pipeline.publish(Command.newBuilder()
                .setCommandId("hold")
                .setKind(CommandKind.HOLD)
                .setUserId("")
                .setService(service)
                .setReason("the provider repairs something")
                .setUntil(until)
                .setIssuedAt(pipeline.now())
                .build());
        return until;
    }

    private void explain(String user, String job) {
        pipeline.publish(Command.newBuilder()
                .setCommandId("why " + user + job)
                .setKind(CommandKind.EXPLAIN)
                .setUserId(user)
                .setJobId(job)
                .setIssuedAt(pipeline.now())
                .build());
    }

    private List<Outcome> answers() {
        return pipeline.outcomes().stream().map(PipelineHarness.Out::value).toList();
    }

    private static @Nullable GateAnswer blocking(Outcome answer) {
        return new ArrayList<>(answer.getExplanation().getGates())
                .stream().filter(gate -> !gate.getOpen()).findFirst().orElse(null);
    }

    /** Returns the gate that blocks the service of a user by the published state. */
    private static @Nullable String inState(@Nullable UserState user, String service) {
        if (user == null) {
            return null;
        }
        return user.getGates().stream()
                .filter(gate -> gate.getService() == null || gate.getService().equals(service))
                .map(GateState::getGate)
                .findFirst()
                .orElse(null);
    }

    private static <T> T only(List<T> all) {
        assertThat(all).hasSize(1);
        return all.get(0);
    }
}
