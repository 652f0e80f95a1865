package dev.redrive.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.avro.AccountChangeKind;
import dev.redrive.avro.Command;
import dev.redrive.avro.CommandKind;
import dev.redrive.avro.DeadLetter;
import dev.redrive.avro.LifecycleStage;
import dev.redrive.avro.Outcome;
import dev.redrive.avro.RetryRequest;
import dev.redrive.avro.UserState;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Allowances hold the retries of a user, and an outage those of a service, until retries can succeed. */
class QuotaAndHealthTopologyTest {

    private static final Duration LOOK = Duration.ofMillis(20);
    private static final Map<String, String> PARK = Map.of("REDRIVE_QUOTA__DISPOSITION", "PARK");
    private static final Map<String, String> SHORT_HOLD = Map.of(
            "REDRIVE_GATES__MAX_HOLD", "1m",
            "REDRIVE_RETRY__MAX_PARK", "1m",
            "REDRIVE_RETRY__BEYOND_MAX_DELAY", "DEAD_LETTER");

    @TempDir
    private Path stateDir;

    private @Nullable PipelineHarness opened;

    private GateInputs open(Map<String, String> env) {
        opened = new PipelineHarness(stateDir, env);
        return new GateInputs(opened);
    }

    @AfterEach
    void close() {
        if (opened != null) {
            opened.close();
        }
    }

    @Test
    void shouldHoldAllRetriesOfAUserWithoutAllowanceAndThenRampThemUp() {
        GateInputs api = open(Map.of());
        for (int i = 0; i < 20; i++) {
            api.unavailable("u", i % 2 == 0 ? "music" : "video", "j" + i, 1);
        }
        api.unavailable("other", "music", "o", 1);
        api.spent("u", "spender", 1, null);

        assertThat(api.pipeline().deadLetters())
                .extracting(letter -> letter.value().getJobId())
                .containsExactly("spender");
        assertThat(api.releasedIn(Duration.ofSeconds(40))).containsExactly("o");
        api.pipeline().restart();
        assertThat(api.releasedIn(Duration.ofSeconds(10))).isEmpty();
        api.pipeline().outcomes();
        api.account("u", AccountChangeKind.ALLOWANCE_RESET);
        Set<String> released = new HashSet<>();
        api.pipeline().advance(Duration.ofMillis(980));
        for (int second = 0; second < 10; second++) {
            api.pipeline().ready().forEach(out -> released.add(out.value().getJobId()));
            api.pipeline().advance(Duration.ofSeconds(1));
            assertThat(released).hasSizeBetween(Math.min(20, 1 + second), Math.min(20, 1 << second + 1));
        }
        assertThat(released).hasSize(20);
        assertThat(outcomes(api, "RETRY")).hasSize(20).allSatisfy(outcome -> {
            assertThat(outcome.getOutcome()).isEqualTo("RELEASED");
            assertThat(outcome.getChargedAttempts()).isEqualTo(1);
        });
    }

    private static List<Outcome> outcomes(GateInputs api, String input) {
        return api.pipeline().outcomes().stream()
                .map(PipelineHarness.Out::value)
                .filter(outcome -> outcome.getInput().equals(input))
                .toList();
    }

    @Test
    void shouldParkASpenderUntilAnEventWhereThatIsAsked() {
        GateInputs api = open(PARK);
        api.spent("u", "j1", 1, null);
        api.spent("u", "j2", 1, null);

        assertThat(api.releasedIn(Duration.ofSeconds(30))).isEmpty();
        assertThat(api.pipeline().deadLetters()).isEmpty();
        Set<Integer> before = charged(api);
        api.account("u", AccountChangeKind.SPEND_CAP_CHANGED);
        assertThat(api.releasedIn(Duration.ofSeconds(20))).isEmpty();
        api.account("u", AccountChangeKind.ALLOWANCE_RESET);
        assertThat(api.releasedIn(LOOK)).containsExactlyInAnyOrder("j1", "j2");
        assertThat(charged(api)).isEqualTo(before);
    }

    private static Set<Integer> charged(GateInputs api) {
        Set<Integer> charged = new HashSet<>();
        api.pipeline().outcomes().stream()
                .map(out -> out.value().getChargedAttempts())
                .filter(count -> count != null)
                .forEach(charged::add);
        return charged;
    }

    @Test
    void shouldOpenAtAKnownResetWithoutAnEvent() {
        GateInputs api = open(PARK);
        Instant resetAt = api.pipeline().now().plus(Duration.ofMinutes(10));
        api.unavailable("u", "music", "bystander", 1);
        api.spent("u", "spender", 1, resetAt);

        assertThat(api.releasedIn(Duration.ofMinutes(4))).isEmpty();
        api.pipeline().restart();
        assertThat(api.releasedIn(Duration.ofMinutes(6).minus(LOOK))).isEmpty();
        assertThat(api.releasedIn(LOOK)).containsExactlyInAnyOrder("bystander", "spender");
    }

    @Test
    void shouldDeadLetterWhatIsHeldForTooLong() {
        GateInputs api = open(SHORT_HOLD);
        api.unavailable("u", "music", "j1", 1);
        api.unavailable("u", "music", "j2", 1);
        api.spent("u", "spender", 1, null);
        api.pipeline().deadLetters();

        assertThat(api.releasedIn(Duration.ofSeconds(59))).isEmpty();
        assertThat(api.pipeline().deadLetters()).isEmpty();
        List<String> probe = api.releasedIn(Duration.ofSeconds(3));
        assertThat(probe).hasSize(1).isSubsetOf("j1", "j2");
        assertThat(api.pipeline().deadLetters()).hasSize(1).first().satisfies(letter -> {
            assertThat(letter.value().getJobId()).isNotIn(probe);
            assertThat(letter.value().getReason()).isEqualTo("HELD_TOO_LONG");
            assertThat(letter.value().getAttempt()).isEqualTo(1);
        });
        api.account("u", AccountChangeKind.ALLOWANCE_RESET);
        assertThat(api.releasedIn(Duration.ofMinutes(1))).isEmpty();
    }

    @Test
    void shouldDeadLetterWhatIsHeldForTooLongAlsoBehindMoreUrgentRetries() {
        GateInputs api = open(SHORT_HOLD);
        PipelineHarness pipeline = api.pipeline();
        api.unavailable("u", "music", "low", 1);
        api.spent("u", "spender", 1, null);
        pipeline.deadLetters();
        assertThat(api.releasedIn(Duration.ofSeconds(50))).isEmpty();
        pipeline.publish(pipeline.failure("u", "high", 1).setPriority(9).build());
        assertThat(api.releasedIn(Duration.ofSeconds(12))).as("a probe").containsExactly("high");

        assertThat(pipeline.deadLetters()).hasSize(1).first().satisfies(letter -> {
            assertThat(letter.value().getJobId()).isEqualTo("low");
            assertThat(letter.value().getReason()).isEqualTo("HELD_TOO_LONG");
        });
    }

    @Test
    void shouldDeadLetterWhatWaitsForAServiceForTooLong() {
        GateInputs api = open(SHORT_HOLD);
        PipelineHarness pipeline = api.pipeline();
        for (int i = 0; i < 30; i++) {
            api.event("u" + i, "j", 1, LifecycleStage.SUBMITTED);
        }
        for (int i = 0; i < 30; i++) {
            api.unavailable("u" + i, "music", "j", 1);
        }
        Set<String> probed = new HashSet<>();
        for (int second = 0; second < 62; second++) {
            pipeline.advance(Duration.ofSeconds(1));
            List<PipelineHarness.Out<RetryRequest>> probes = pipeline.ready();
            pipeline.advance(LOOK);
            for (PipelineHarness.Out<RetryRequest> probe : probes) {
                probed.add(probe.value().getUserId());
                api.unavailable(
                        probe.value().getUserId(), "music", "j", probe.value().getAttempt());
            }
        }

        assertThat(probed).hasSizeBetween(10, 20);
        Set<String> buried = new HashSet<>();
        pipeline.deadLetters().forEach(letter -> {
            assertThat(letter.value().getReason()).isEqualTo("HELD_TOO_LONG");
            buried.add(letter.value().getUserId());
        });
        assertThat(buried).hasSizeBetween(30 - probed.size(), 29);
        for (int i = 0; i < 30; i++) {
            assertThat(probed.contains("u" + i) || buried.contains("u" + i))
                    .as("u%s was probed or held too long", i)
                    .isTrue();
        }
    }

    @Test
    void shouldProbeAServiceThatIsOutAndLetOthersFollowWhenItAnswers() {
        GateInputs api = open(Map.of());
        PipelineHarness pipeline = api.pipeline();
        for (int i = 0; i < 10; i++) {
            api.event("u" + i, "j" + i, 1, LifecycleStage.SUBMITTED);
        }
        for (int i = 0; i < 10; i++) {
            api.unavailable("u" + i, "music", "j" + i, 1);
        }
        api.unavailable("u0", "video", "v", 1);

        assertThat(api.releasedIn(Duration.ofMillis(980))).isSubsetOf("v");
        RetryRequest probe = probe(api, Duration.ofMillis(200));
        assertThat(api.releasedIn(Duration.ofMillis(500))).isSubsetOf("v");
        pipeline.outcomes();
        api.unavailable(probe.getUserId(), "music", probe.getJobId(), probe.getAttempt());
        assertThat(outcomes(api, "FAILURE")).hasSize(1).first().satisfies(outcome -> {
            assertThat(outcome.getCharged()).isFalse();
            assertThat(outcome.getChargedAttempts())
                    .as("those before the outage was known")
                    .isLessThanOrEqualTo(1);
        });
        assertThat(api.releasedIn(Duration.ofMillis(980))).isEmpty();
        pipeline.restart();
        probe = probe(api, Duration.ofMillis(100));
        assertThat(api.releasedIn(Duration.ofMillis(500))).isEmpty();
        pipeline.publish(
                pipeline.event(probe.getUserId(), probe.getJobId(), probe.getAttempt(), LifecycleStage.SUCCEEDED));

        List<String> released = new ArrayList<>(api.releasedIn(Duration.ofMillis(980)));
        assertThat(released).hasSizeBetween(1, 8);
        released.addAll(api.releasedIn(Duration.ofSeconds(5)));
        assertThat(released).hasSize(9).doesNotHaveDuplicates().doesNotContain(probe.getJobId());
    }

    @Test
    void shouldEndAJobThatFailsInEveryProbeOfAnOutage() {
        GateInputs api = open(Map.of("REDRIVE_RETRY__MAX_OUTAGE_ATTEMPTS", "4"));
        PipelineHarness pipeline = api.pipeline();
        for (int i = 0; i < 10; i++) {
            api.event("u" + i, "j" + i, 1, LifecycleStage.SUBMITTED);
            api.unavailable("u" + i, "music", "j" + i, 1);
            api.event("u" + i, "j" + i, 1, LifecycleStage.CANCELLED);
        }
        api.event("u", "j", 1, LifecycleStage.SUBMITTED);
        int attempts = 1;
        pipeline.publish(pipeline.failure("u", "j", 1).setMaxAttempts(3).build());
        List<PipelineHarness.Out<DeadLetter>> letters = pipeline.deadLetters();
        while (letters.isEmpty() && attempts < 30) {
            pipeline.advance(Duration.ofSeconds(40));
            for (PipelineHarness.Out<RetryRequest> release : pipeline.ready()) {
                attempts = release.value().getAttempt();
                pipeline.publish(
                        pipeline.failure("u", "j", attempts).setMaxAttempts(3).build());
            }
            letters = pipeline.deadLetters();
        }

        assertThat(letters).hasSize(1);
        assertThat(letters.get(0).value().getReason()).isEqualTo("ATTEMPTS_EXHAUSTED");
        assertThat(attempts).isBetween(3, 3 + 4);
    }

    @Test
    void shouldShowThatProbesLimitTheRetriesOfAService() {
        GateInputs api = open(Map.of());
        PipelineHarness pipeline = api.pipeline();
        for (int i = 0; i < 10; i++) {
            api.event("u" + i, "j" + i, 1, LifecycleStage.SUBMITTED);
        }
        for (int i = 0; i < 10; i++) {
            api.unavailable("u" + i, "music", "j" + i, 1);
        }
        pipeline.advance(Duration.ofMillis(1_500));

        assertThat(pipeline.users())
                .flatExtracting(user -> user.value().getGates())
                .anySatisfy(gate -> {
                    assertThat(gate.getGate()).isEqualTo("SERVICE_HEALTH");
                    assertThat(gate.getOpening()).isEqualTo("PROBE");
                });
    }

    @Test
    void shouldTellWhatARedrivenJobOfASpentUserWaitsFor() {
        GateInputs api = open(Map.of());
        PipelineHarness pipeline = api.pipeline();
        api.spent("u", "j", 1, null);
        DeadLetter letter = pipeline.deadLetters().get(0).value();
        pipeline.outcomes();
        pipeline.publish(Command.newBuilder()
                .setCommandId("c")
                .setKind(CommandKind.REDRIVE)
                .setUserId("u")
                .setJobId("j")
                .setDeadLetter(letter.getFailure())
                .setIssuedAt(pipeline.now())
                .build());
        assertThat(outcomes(api, "COMMAND"))
                .extracting(outcome -> outcome.getOutcome() + " " + outcome.getDetail())
                .containsExactly("SCHEDULED QUOTA");

        pipeline.advance(Duration.ofSeconds(30));

        List<PipelineHarness.Out<UserState>> users = pipeline.users();
        assertThat(users.get(users.size() - 1).value().getGates())
                .singleElement()
                .satisfies(gate -> {
                    assertThat(gate.getGate()).isEqualTo("QUOTA");
                    assertThat(gate.getOpening()).isEqualTo("ACCOUNT_CHANGE");
                    assertThat(gate.getUntil()).isAfter(pipeline.now());
                    assertThat(gate.getHeld()).isEqualTo(1);
                });
    }

    @Test
    void shouldShowAClosedRateWindowAlsoWhileNothingIsDue() {
        GateInputs api = open(Map.of());
        PipelineHarness pipeline = api.pipeline();
        pipeline.publish(pipeline.failure("u", "j", 1)
                .setHttpStatus(429)
                .setResponseHeaders(Map.of("Retry-After", "3600"))
                .build());
        pipeline.advance(Duration.ofMillis(200));

        assertThat(pipeline.users())
                .last()
                .satisfies(user -> assertThat(user.value().getGates())
                        .singleElement()
                        .satisfies(gate -> {
                            assertThat(gate.getGate()).isEqualTo("RATE_WINDOW");
                            assertThat(gate.getService()).isEqualTo("music");
                            assertThat(gate.getOpening()).isEqualTo("TIME");
                            assertThat(gate.getUntil()).isEqualTo(PipelineHarness.START.plusSeconds(3600));
                        }));
    }

    private static RetryRequest probe(GateInputs api, Duration within) {
        api.pipeline().advance(within);
        List<RetryRequest> released = api.pipeline().ready().stream()
                .map(PipelineHarness.Out::value)
                .filter(retry -> retry.getService().equals("music"))
                .toList();
        assertThat(released).hasSize(1);
        return released.get(0);
    }
}
