package dev.redrive.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.avro.Command;
import dev.redrive.avro.CommandKind;
import dev.redrive.avro.GateState;
import dev.redrive.avro.Outcome;
import dev.redrive.avro.RetryRequest;
import dev.redrive.avro.UserState;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a person holds is not released until the end of the hold, and then with a ramp. */
class HoldsTopologyTest {

    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final String SONG = "music.song.generate";

    @TempDir
    private Path stateDir;

    private @Nullable PipelineHarness opened;
    private int commands;

    private PipelineHarness open(Map<String, String> env) {
        opened = new PipelineHarness(stateDir, env);
        return opened;
    }

    private PipelineHarness pipeline() {
        return opened == null ? open(Map.of()) : opened;
    }

    @AfterEach
    void close() {
        if (opened != null) {
            opened.close();
        }
    }

    @Test
    void shouldReleaseNothingWhileHeldAndThenRampUp() {
        fail(40, 20, "music");
        hold("", "music", null, MINUTE);

        leap(Duration.ofSeconds(59));
        assertThat(released()).isEmpty();
        pipeline().advance(Duration.ofMillis(1_020));

        List<Integer> seconds = releasedBySecond(10);
        for (int second = 0; second < 10; second++) {
            assertThat(seconds.get(second)).as("second %s", second).isLessThanOrEqualTo(8 << second);
        }
        assertThat(seconds.subList(0, 6)).containsExactly(8, 16, 32, 64, 128, 256);
        assertThat(seconds.stream().mapToInt(Integer::intValue).sum()).isEqualTo(800);
    }

    @Test
    void shouldHoldAndRampAcrossRestarts() {
        fail(20, 5, "music");
        hold("", null, null, MINUTE);
        leap(Duration.ofSeconds(30));
        pipeline().restart();
        leap(Duration.ofSeconds(29));
        assertThat(released()).isEmpty();

        pipeline().advance(Duration.ofMillis(1_020));
        assertThat(releasedBySecond(2)).containsExactly(8, 16);
        pipeline().restart();
        assertThat(releasedBySecond(3)).containsExactly(32, 44, 0);
    }

    @Test
    void shouldLeaveOtherServicesAndUsersAlone() {
        fail(3, 2, "music");
        fail(3, 2, "speech");
        hold("", "music", null, MINUTE);
        hold("u0", "speech", null, MINUTE);

        leap(Duration.ofSeconds(20));

        assertThat(released()).hasSize(4).allSatisfy(retry -> {
            assertThat(retry.getService()).isEqualTo("speech");
            assertThat(retry.getUserId()).isNotEqualTo("u0");
        });
    }

    @Test
    void shouldHoldWhatSeveralHoldsCoverUntilTheLastEnds() {
        fail(3, 2, "music");
        hold("", "music", null, MINUTE);
        hold("u1", null, null, MINUTE.multipliedBy(2));
        hold("", "music", SONG, MINUTE.multipliedBy(3));
        unhold("", "music", SONG);

        leap(Duration.ofSeconds(75));
        assertThat(released()).extracting(RetryRequest::getUserId).containsExactlyInAnyOrder("u0", "u0", "u2", "u2");
        leap(Duration.ofSeconds(60));
        assertThat(released()).extracting(RetryRequest::getUserId).containsExactly("u1", "u1");
    }

    @Test
    void shouldReleaseWhenAPersonEndsTheHold() {
        fail(2, 1, "music");
        hold("", "music", null, MINUTE);
        leap(Duration.ofSeconds(30));
        unhold("", "speech", null);
        assertThat(released()).isEmpty();
        unhold("", "music", null);
        pipeline().advance(Duration.ofMillis(50));

        assertThat(released()).hasSize(2);
        unhold("", "music", null);
        assertThat(answers())
                .containsExactly("APPLIED HOLD", "REJECTED NOT_HELD", "APPLIED UNHOLD", "REJECTED NOT_HELD");
    }

    @Test
    void shouldPassOverAHeldOperationWithoutBlockingWhatIsBehindIt() {
        hold("", null, SONG, MINUTE);
        fail("u", "held", 300, "music", SONG);
        leap(Duration.ofSeconds(1));
        fail("u", "free", 20, "music", "music.lyrics.generate");
        fail("other", "free", 20, "music", "music.lyrics.generate");

        leap(Duration.ofSeconds(10));
        assertThat(released())
                .hasSize(40)
                .extracting(RetryRequest::getOperation)
                .containsOnly("music.lyrics.generate");
        assertThat(operatorGates("u")).singleElement().satisfies(gate -> {
            assertThat(gate.getService()).isEqualTo("music");
            assertThat(gate.getOpening()).isEqualTo("TIME");
        });

        pipeline().restart();
        leap(Duration.ofSeconds(48));
        assertThat(released()).isEmpty();
        pipeline().advance(Duration.ofMillis(2_020));
        assertThat(releasedBySecond(9).stream().mapToInt(Integer::intValue).sum())
                .isEqualTo(300);
    }

    @Test
    void shouldNotDeadLetterWhatIsHeldForLongerThanGatesMay() {
        open(Map.of(
                "REDRIVE_GATES__MAX_HOLD", "1m",
                "REDRIVE_RETRY__MAX_PARK", "1m",
                "REDRIVE_RETRY__BEYOND_MAX_DELAY", "DEAD_LETTER"));
        fail(2, 2, "music");
        fail("u0", "op", 2, "speech", SONG);
        hold("", "music", null, Duration.ofMinutes(10));
        hold("", "speech", SONG, Duration.ofMinutes(10));

        leap(Duration.ofMinutes(9));
        assertThat(released()).isEmpty();
        leap(Duration.ofMinutes(2));
        assertThat(released()).hasSize(6);
        assertThat(pipeline().deadLetters()).isEmpty();
    }

    @Test
    void shouldShowTheHoldAmongTheGatesOfAUser() {
        fail(1, 2, "music");
        Instant until = hold("", "music", null, MINUTE);
        leap(Duration.ofSeconds(10));

        assertThat(operatorGates("u0")).singleElement().satisfies(gate -> {
            assertThat(gate.getService()).isEqualTo("music");
            assertThat(gate.getUntil()).isEqualTo(until);
            assertThat(gate.getHeld()).isEqualTo(2);
        });
    }

    @Test
    void shouldNameTheHoldInTheOutcomeOfARedrive() {
        pipeline().publish(pipeline().failure("u", "dead", 1).setHttpStatus(400).build());
        hold("", null, SONG, MINUTE);
        pipeline().outcomes();
        pipeline()
                .publish(command(CommandKind.REDRIVE, "u")
                        .setJobId("dead")
                        .setDeadLetter(pipeline().deadLetters().get(0).value().getFailure())
                        .build());

        assertThat(pipeline().outcomes())
                .singleElement()
                .satisfies(out -> assertThat(out.value().getDetail()).isEqualTo("OPERATOR"));
    }

    @Test
    void shouldRejectHoldsWithoutAReasonOrAnEndInTheNextSevenDays() {
        Instant now = pipeline().now();
        publish(command(CommandKind.HOLD, "").setReason("why"));
        publish(command(CommandKind.HOLD, "").setReason("why").setUntil(now));
        publish(command(CommandKind.HOLD, "")
                .setReason("why")
                .setUntil(now.plus(Duration.ofDays(7)).plusMillis(1)));
        publish(command(CommandKind.HOLD, "").setUntil(now.plusSeconds(60)));
        publish(command(CommandKind.HOLD, "").setReason(" ").setUntil(now.plusSeconds(60)));
        publish(command(CommandKind.HOLD, "").setReason("why").setUntil(now.plus(Duration.ofDays(7))));

        assertThat(answers())
                .containsExactly(
                        "REJECTED UNTIL_MISSING",
                        "REJECTED UNTIL_PASSED",
                        "REJECTED UNTIL_TOO_LATE",
                        "REJECTED REASON_MISSING",
                        "REJECTED REASON_MISSING",
                        "APPLIED HOLD");
    }

    @Test
    void shouldTakeEachHoldOnceAndAHundredAtMost() {
        for (int i = 0; i < 101; i++) {
            hold("u" + i, null, null, MINUTE);
        }
        Command repeated = command(CommandKind.HOLD, "u0")
                .setCommandId("c1")
                .setReason("why")
                .setUntil(pipeline().now().plusSeconds(60))
                .build();
        pipeline().publish(repeated);

        List<String> answers = answers();
        assertThat(answers).hasSize(102);
        assertThat(answers.subList(0, 100)).containsOnly("APPLIED HOLD");
        assertThat(answers.subList(100, 102)).containsExactly("REJECTED TOO_MANY_OPEN", "REJECTED ALREADY_OPEN");
        leap(Duration.ofSeconds(75));
        hold("u", null, null, MINUTE);
        assertThat(answers()).containsExactly("APPLIED HOLD");
    }

    private void fail(int users, int jobs, String service) {
        for (int user = 0; user < users; user++) {
            fail("u" + user, service, jobs, service, service.equals("music") ? SONG : service);
        }
    }

    private void fail(String user, String prefix, int jobs, String service, String operation) {
        for (int job = 0; job < jobs; job++) {
            pipeline()
                    .publish(pipeline()
                            .failure(user, prefix + job, 1)
                            .setService(service)
                            .setOperation(operation)
                            .build());
        }
    }

    private Instant hold(String user, @Nullable String service, @Nullable String operation, Duration time) {
        Instant until = pipeline().now().plus(time);
        publish(command(CommandKind.HOLD, user)
                .setService(service)
                .setOperation(operation)
                .setReason("the provider repairs something")
                .setUntil(until));
        return until;
    }

    private void unhold(String user, @Nullable String service, @Nullable String operation) {
        publish(command(CommandKind.UNHOLD, user).setService(service).setOperation(operation));
    }

    private void publish(Command.Builder command) {
        pipeline().publish(command.build());
    }

    private Command.Builder command(CommandKind kind, String user) {
        return Command.newBuilder()
                .setCommandId("c" + ++commands)
                .setKind(kind)
                .setUserId(user)
                .setIssuedAt(pipeline().now());
    }

    /** Lets time pass in steps of a second. */
    private void leap(Duration time) {
        for (long seconds = time.toSeconds(); seconds > 0; seconds--) {
            pipeline().leap(Duration.ofSeconds(1));
        }
    }

    private List<Integer> releasedBySecond(int seconds) {
        List<Integer> counts = new ArrayList<>();
        for (int second = 0; second < seconds; second++) {
            pipeline().advance(Duration.ofMillis(second == 0 ? 960 : 1_000));
            counts.add(released().size());
        }
        return counts;
    }

    private List<RetryRequest> released() {
        return pipeline().ready().stream().map(PipelineHarness.Out::value).toList();
    }

    private List<GateState> operatorGates(String user) {
        List<UserState> states = pipeline().users().stream()
                .map(PipelineHarness.Out::value)
                .filter(state -> state != null && state.getUserId().equals(user))
                .toList();
        return states.get(states.size() - 1).getGates().stream()
                .filter(gate -> gate.getGate().equals("OPERATOR"))
                .toList();
    }

    private List<String> answers() {
        return pipeline().outcomes().stream()
                .map(PipelineHarness.Out::value)
                .filter(outcome -> outcome.getInput().equals("COMMAND"))
                .map(HoldsTopologyTest::answer)
                .toList();
    }

    private static String answer(Outcome outcome) {
        return outcome.getOutcome() + " " + outcome.getReason();
    }
}
