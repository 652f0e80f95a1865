package dev.redrive.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.avro.AccountChangeKind;
import dev.redrive.avro.CommandKind;
import dev.redrive.avro.GateState;
import dev.redrive.avro.LifecycleStage;
import dev.redrive.avro.Outcome;
import dev.redrive.avro.RetryRequest;
import dev.redrive.avro.UserState;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Slots and rate windows of users hold retries that are due, and let them go when they can succeed. */
class GatesTopologyTest {

    private static final Duration LOOK = Duration.ofMillis(20);
    private static final Duration SECOND = Duration.ofSeconds(1);

    private PipelineHarness pipeline;
    private GateInputs api;

    @BeforeEach
    void open(@TempDir Path stateDir) {
        pipeline = new PipelineHarness(stateDir, Map.of("REDRIVE_RELEASE__SLICE_MAX", "500ms"));
        api = new GateInputs(pipeline);
    }

    @AfterEach
    void close() {
        pipeline.close();
    }

    @Test
    void shouldLetTheNextGoAsSoonAsTheOnlySlotIsFree() {
        oneRunsAndOthersAreRefused(5);

        Deque<String> running = new ArrayDeque<>(List.of("j1"));
        List<String> done = new ArrayList<>();
        while (done.size() < 5) {
            assertThat(api.releasedIn(Duration.ofSeconds(3))).isEmpty();
            String job = running.remove();
            api.event("u", job, job.equals("j1") ? 1 : 2, LifecycleStage.SUCCEEDED);
            done.add(job);
            running.addAll(api.releasedIn(LOOK));
            assertThat(running).hasSize(done.size() < 5 ? 1 : 0);
            running.forEach(next -> api.event("u", next, 2, LifecycleStage.STARTED));
        }

        assertThat(done).containsExactlyInAnyOrder("j1", "j2", "j3", "j4", "j5");
        assertThat(pipeline.deadLetters()).isEmpty();
        pipeline.advance(Duration.ofMillis(200));
        UserState user = user(usersById(), "u");
        assertThat(user.getActiveJobs()).isZero();
        assertThat(user.getPendingRetries()).isZero();
    }

    private void oneRunsAndOthersAreRefused(int jobs) {
        for (int i = 1; i <= jobs; i++) {
            api.event("u", "j" + i, 1, LifecycleStage.SUBMITTED);
        }
        for (int i = 2; i <= jobs; i++) {
            api.busy("u", "j" + i, 1, 1, 1);
        }
    }

    @Test
    void shouldTakeASlotToBeFreeAfterAWhileWhereEndsAreNotReported() {
        Deque<String> waiting = new ArrayDeque<>(List.of("j1", "j2", "j3", "j4"));
        waiting.forEach(job -> api.busy("u", job, 1, 1, 1));
        Instant freeAt = pipeline.now().plusSeconds(3);
        Instant letIn = pipeline.now();
        List<String> done = new ArrayList<>();

        for (int looks = 0; looks < 15_000 && done.size() < 4; looks++) {
            pipeline.advance(LOOK);
            List<PipelineHarness.Out<RetryRequest>> released = pipeline.ready();
            assertThat(released).hasSizeLessThanOrEqualTo(1);
            for (PipelineHarness.Out<RetryRequest> out : released) {
                assertThat(Duration.between(letIn, pipeline.now())).isGreaterThan(Duration.ofMillis(200));
                if (pipeline.now().isBefore(freeAt)) {
                    api.busy("u", out.value().getJobId(), out.value().getAttempt(), 1, 1);
                } else {
                    done.add(out.value().getJobId());
                    letIn = pipeline.now();
                    freeAt = letIn.plusSeconds(3);
                }
            }
        }

        assertThat(done).containsExactlyInAnyOrder("j1", "j2", "j3", "j4");
        assertThat(pipeline.deadLetters()).isEmpty();
    }

    @Test
    void shouldCloseOneServiceOfAUserUntilRetryAfterAndThenSpreadWhatWaited() {
        for (int i = 1; i <= 4; i++) {
            api.unavailable("u", "music", "j" + i, 1);
        }
        api.throttled("u", "music", "j0", 1, Map.of("Retry-After", "3", "x-ratelimit-limit", "60"));
        api.unavailable("u", "video", "v", 1);
        api.unavailable("other", "music", "o", 1);

        assertThat(api.releasedIn(Duration.ofMillis(2_980))).containsExactlyInAnyOrder("v", "o");
        List<Instant> releases = new ArrayList<>();
        for (int looks = 0; looks < 1_000; looks++) {
            pipeline.advance(LOOK);
            pipeline.ready().forEach(out -> releases.add(out.timestamp()));
        }
        assertThat(releases).hasSize(5);
        assertThat(releases.get(0)).isBetween(after(3_000), after(3_040));
        for (int i = 1; i < 5; i++) {
            assertThat(Duration.between(releases.get(i - 1), releases.get(i)))
                    .isGreaterThanOrEqualTo(Duration.ofMillis(250));
        }
    }

    private static Instant after(long ms) {
        return PipelineHarness.START.plusMillis(ms);
    }

    @Test
    void shouldStayHeldThroughARestartAndGoWhenTheSlotIsFree() {
        oneRunsAndOthersAreRefused(3);
        assertThat(api.releasedIn(SECOND)).isEmpty();

        pipeline.restart();

        assertThat(api.releasedIn(Duration.ofSeconds(90))).isEmpty();
        api.event("u", "j1", 1, LifecycleStage.SUCCEEDED);
        assertThat(api.releasedIn(LOOK)).hasSize(1);
        pipeline.restart();
        assertThat(api.releasedIn(Duration.ofSeconds(90))).isEmpty();
    }

    @Test
    void shouldStayClosedThroughARestartUntilRetryAfter() {
        api.throttled("u", "music", "j0", 1, Map.of("Retry-After", "5"));
        api.unavailable("u", "music", "j1", 1);
        assertThat(api.releasedIn(Duration.ofSeconds(2))).isEmpty();

        pipeline.restart();

        assertThat(api.releasedIn(Duration.ofMillis(2_980))).isEmpty();
        assertThat(api.releasedIn(SECOND.multipliedBy(2)))
                .as("one after the other while the limit is unknown")
                .containsExactlyInAnyOrder("j0", "j1");
    }

    @Test
    void shouldLetThePriorOfAUserGoFirstAndAmongEqualsTheEarlierDue() {
        api.event("u", "running", 1, LifecycleStage.SUBMITTED);
        int[] priorities = {0, 5, 0, 9, 5};
        for (int i = 0; i < priorities.length; i++) {
            pipeline.publish(api.busyFailure("u", "j" + i, 1, 1, 1)
                    .setPriority(priorities[i])
                    .build());
            assertThat(api.releasedIn(Duration.ofMillis(200))).isEmpty();
        }

        List<String> order = new ArrayList<>();
        String running = "running";
        while (order.size() < priorities.length) {
            api.event("u", running, order.isEmpty() ? 1 : 2, LifecycleStage.SUCCEEDED);
            List<String> next = api.releasedIn(LOOK);
            assertThat(next).as("with a test of the limit at the end").hasSize(order.size() < 3 ? 1 : 2);
            running = next.get(0);
            order.addAll(next);
        }

        assertThat(order).containsExactly("j3", "j1", "j4", "j0", "j2");
    }

    @Test
    void shouldShowTheGatesThatHoldAndThatTheyHoldNoMore() {
        oneRunsAndOthersAreRefused(3);
        api.throttled("w", "music", "j0", 1, Map.of("Retry-After", "30"));
        api.unavailable("w", "music", "j1", 1);
        pipeline.advance(SECOND.multipliedBy(2));

        Map<String, UserState> users = usersById();
        GateState slot = only(user(users, "u").getGates());
        assertThat(slot.getGate()).isEqualTo("CONCURRENCY");
        assertThat(slot.getService()).isNull();
        assertThat(slot.getHeld()).isEqualTo(2);
        assertThat(slot.getSince()).isBetween(after(50), after(100));
        assertThat(slot.getUntil()).isAfter(pipeline.now());
        GateState window = only(user(users, "w").getGates());
        assertThat(window.getGate()).isEqualTo("RATE_WINDOW");
        assertThat(window.getService()).isEqualTo("music");
        assertThat(window.getHeld()).isEqualTo(2);
        assertThat(window.getUntil()).isEqualTo(after(30_000));
        api.event("u", "j1", 1, LifecycleStage.SUCCEEDED);
        pipeline.advance(SECOND);
        api.event("u", only(pipeline.ready()).value().getJobId(), 2, LifecycleStage.SUCCEEDED);
        pipeline.advance(Duration.ofSeconds(40));
        users = usersById();
        assertThat(user(users, "u").getGates()).isEmpty();
        assertThat(user(users, "w").getGates())
                .as("those that time has opened are not written again")
                .allSatisfy(gate -> assertThat(gate.getUntil()).isBefore(pipeline.now()));
    }

    private static UserState user(Map<String, UserState> users, String id) {
        return Objects.requireNonNull(users.get(id));
    }

    private Map<String, UserState> usersById() {
        Map<String, UserState> users = new HashMap<>();
        pipeline.users().forEach(out -> users.put(out.key(), out.value()));
        return users;
    }

    @Test
    void shouldLetOthersGoInTheSameLookAlthoughAHotUserHasThousandsHeld() {
        api.event("hot", "running", 1, LifecycleStage.SUBMITTED);
        for (int i = 0; i < 3_000; i++) {
            api.busy("hot", "h" + i, 1, 1, 1);
        }
        for (int i = 0; i < 5; i++) {
            api.throttled("other" + i, "music", "o" + i, 1, Map.of("Retry-After", "1"));
        }
        List<PipelineHarness.Out<RetryRequest>> released = new ArrayList<>();
        for (int looks = 0; looks < 60; looks++) {
            pipeline.advance(LOOK);
            released.addAll(pipeline.ready());
        }

        assertThat(released)
                .hasSize(5)
                .allSatisfy(out -> assertThat(Duration.between(out.value().getDueAt(), out.timestamp()))
                        .isLessThanOrEqualTo(LOOK));
        api.account("hot", AccountChangeKind.PLAN_CHANGED);
        assertThat(api.releasedIn(LOOK)).isEmpty();
        api.event("hot", "running", 1, LifecycleStage.SUCCEEDED);
        assertThat(api.releasedIn(LOOK)).hasSize(1);
    }

    @Test
    void shouldNotExpediteThroughAGateButCancelBehindIt() {
        oneRunsAndOthersAreRefused(4);
        api.throttled("u", "music", "later", 1, Map.of("Retry-After", "3600"));
        assertThat(api.releasedIn(SECOND)).isEmpty();
        pipeline.outcomes();

        api.issue("u", "j2", CommandKind.EXPEDITE);
        api.issue("u", "j3", CommandKind.CANCEL);

        assertThat(api.releasedIn(SECOND)).isEmpty();
        assertThat(pipeline.outcomes().stream().map(PipelineHarness.Out::value).map(Outcome::getOutcome))
                .containsExactly("APPLIED", "CANCELLED", "APPLIED");
        api.event("u", "j1", 1, LifecycleStage.SUCCEEDED);
        api.issue("u", "later", CommandKind.EXPEDITE);
        assertThat(api.releasedIn(Duration.ofSeconds(3_590))).isEmpty();
        List<String> released = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            List<String> next = api.releasedIn(Duration.ofSeconds(20));
            next.forEach(job -> api.event("u", job, 2, LifecycleStage.SUCCEEDED));
            released.addAll(next);
        }
        assertThat(released).containsExactlyInAnyOrder("j2", "j4", "later");
    }

    private static <T> T only(List<T> all) {
        assertThat(all).hasSize(1);
        return all.get(0);
    }
}
