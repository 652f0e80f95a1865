package dev.redrive.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.avro.AccountChange;
import dev.redrive.avro.AccountChangeKind;
import dev.redrive.avro.Command;
import dev.redrive.avro.CommandKind;
import dev.redrive.avro.DeadLetter;
import dev.redrive.avro.Outcome;
import dev.redrive.codec.JobKey;
import dev.redrive.state.SpentStore;
import dev.redrive.state.StoreNames;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Jobs that were dead-lettered for want of allowance come back when their user can spend again. */
class QuotaRedrivesTopologyTest {

    private static final Duration LOOK = Duration.ofMillis(20);
    private static final Duration RAMPED = Duration.ofSeconds(12);
    private static final Map<String, String> ON = Map.of("REDRIVE_QUOTA__REDRIVE_ON_RESET", "true");

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

    private static List<Outcome> commands(GateInputs api) {
        return api.pipeline().outcomes().stream()
                .map(PipelineHarness.Out::value)
                .filter(outcome -> outcome.getInput().equals("COMMAND"))
                .toList();
    }

    private static List<String> words(GateInputs api) {
        return commands(api).stream()
                .map(outcome -> outcome.getJobId() + " " + outcome.getOutcome() + " " + outcome.getReason() + " "
                        + outcome.getJobs())
                .toList();
    }

    @Test
    void shouldRedriveEachJobOnceAndRampedWhenTheAllowanceIsFilled() {
        GateInputs api = open(ON);
        for (int i = 0; i < 20; i++) {
            api.spent("u", "j" + i, 1, null);
        }
        api.spent("other", "o", 1, null);
        assertThat(api.pipeline().deadLetters()).hasSize(21);
        assertThat(api.releasedIn(Duration.ofMinutes(2))).isEmpty();
        api.pipeline().restart();
        api.account("u", AccountChangeKind.ALLOWANCE_RESET);
        api.pipeline().restart();

        Set<String> released = new HashSet<>(api.releasedIn(Duration.ofMillis(980)));
        assertThat(released).hasSizeBetween(1, 2);
        List<Outcome> outcomes = commands(api);
        assertThat(outcomes)
                .hasSize(21)
                .extracting(Outcome::getCommandId)
                .containsOnly(outcomes.get(0).getCommandId());
        assertThat(outcomes.subList(0, 20)).allSatisfy(outcome -> {
            assertThat(outcome.getOutcome()).isEqualTo("SCHEDULED");
            assertThat(outcome.getReason()).isEqualTo("REDRIVE");
            assertThat(outcome.getSourceTopic()).isEqualTo("jobs.accounts");
        });
        assertThat(outcomes.get(20).getJobId()).isNull();
        assertThat(outcomes.get(20).getJobs()).isEqualTo(20);
        List<String> rest = api.releasedIn(RAMPED);
        assertThat(rest).doesNotHaveDuplicates().doesNotContainAnyElementsOf(released);
        released.addAll(rest);
        assertThat(released).hasSize(20).allMatch(job -> job.startsWith("j"));

        api.account("u", AccountChangeKind.ALLOWANCE_RESET);
        assertThat(api.releasedIn(RAMPED)).isEmpty();
        assertThat(words(api)).isEmpty();
    }

    @Test
    void shouldRedriveAgainWhatWasSpentAgainUnderAnotherId() {
        GateInputs api = open(ON);
        api.spent("u", "j", 1, null);
        api.account("u", AccountChangeKind.PLAN_CHANGED);
        assertThat(api.releasedIn(RAMPED)).containsExactly("j");
        String first = commands(api).get(0).getCommandId();
        api.spent("u", "j", 2, null);
        assertThat(api.releasedIn(RAMPED)).isEmpty();
        api.account("u", AccountChangeKind.ALLOWANCE_RESET);

        assertThat(api.releasedIn(RAMPED)).containsExactly("j");
        assertThat(commands(api)).extracting(Outcome::getCommandId).hasSize(2).doesNotContain(first);
    }

    @Test
    void shouldRedriveAtAKnownResetWithoutAnEvent() {
        GateInputs api = open(ON);
        Instant resetAt = api.pipeline().now().plus(Duration.ofMinutes(10));
        api.spent("u", "j", 1, resetAt);
        assertThat(api.releasedIn(Duration.ofMinutes(4))).isEmpty();
        api.pipeline().restart();
        assertThat(api.releasedIn(Duration.ofMinutes(6).minus(LOOK))).isEmpty();

        assertThat(api.releasedIn(LOOK.multipliedBy(3))).containsExactly("j");
        assertThat(words(api)).containsExactly("j SCHEDULED REDRIVE null", "null APPLIED REDRIVE 1");
        api.account("u", AccountChangeKind.ALLOWANCE_RESET);
        assertThat(api.releasedIn(RAMPED)).isEmpty();
    }

    @Test
    void shouldWaitForTheEventThatOpensTheQuota() {
        GateInputs api = open(ON);
        api.spent("u", "j", 1, null);
        api.account("u", AccountChangeKind.SPEND_CAP_CHANGED);
        api.account("u", AccountChangeKind.LIMITS_CHANGED);
        assertThat(api.releasedIn(RAMPED)).isEmpty();

        api.account("u", AccountChangeKind.ALLOWANCE_RESET);
        assertThat(api.releasedIn(RAMPED)).containsExactly("j");
    }

    @Test
    void shouldRedriveNothingWhereThatIsNotAsked() {
        GateInputs api = open(Map.of());
        api.spent("u", "j", 1, null);
        api.account("u", AccountChangeKind.ALLOWANCE_RESET);

        assertThat(api.releasedIn(RAMPED)).isEmpty();
        assertThat(words(api)).isEmpty();
    }

    @Test
    void shouldForgetWhatWasRedrivenByHandOrDiscarded() {
        GateInputs api = open(ON);
        api.spent("u", "by-hand", 1, null);
        api.spent("u", "discarded", 1, null);
        api.spent("u", "done", 1, null);
        api.spent("u", "left", 1, null);
        PipelineHarness pipeline = api.pipeline();
        DeadLetter letter = pipeline.deadLetters().get(0).value();
        pipeline.publish(Command.newBuilder()
                .setCommandId("mine")
                .setKind(CommandKind.REDRIVE)
                .setUserId("u")
                .setJobId("by-hand")
                .setDeadLetter(letter.getFailure())
                .setIssuedAt(pipeline.now())
                .build());
        api.issue("u", "discarded", CommandKind.DISCARD);
        api.event("u", "done", 1, dev.redrive.avro.LifecycleStage.SUCCEEDED);
        pipeline.advance(LOOK);
        commands(api);
        api.account("u", AccountChangeKind.ALLOWANCE_RESET);

        assertThat(api.releasedIn(RAMPED)).containsExactlyInAnyOrder("by-hand", "left");
        assertThat(words(api)).containsExactly("left SCHEDULED REDRIVE null", "null APPLIED REDRIVE 1");
    }

    @Test
    void shouldRedriveAtOnceAndOnceWhatFailedBeforeTheResetAndWasReadAfterIt() {
        GateInputs api = open(ON);
        PipelineHarness pipeline = api.pipeline();
        api.spent("u", "first", 1, null);
        pipeline.advance(Duration.ofSeconds(10));
        Instant reset = pipeline.now();
        pipeline.publish(AccountChange.newBuilder()
                .setUserId("u")
                .setChange(AccountChangeKind.ALLOWANCE_RESET)
                .setAt(reset)
                .build());
        pipeline.advance(Duration.ofSeconds(1));
        late(pipeline, 1, reset.minusSeconds(1));
        assertThat(api.releasedIn(RAMPED)).containsExactlyInAnyOrder("first", "late");

        late(pipeline, 2, reset.minusMillis(1));
        assertThat(api.releasedIn(RAMPED)).isEmpty();
        api.account("u", AccountChangeKind.ALLOWANCE_RESET);
        assertThat(api.releasedIn(RAMPED)).containsExactly("late");
    }

    private static void late(PipelineHarness pipeline, int attempt, Instant failedAt) {
        pipeline.publish(pipeline.failure("u", "late", attempt)
                .setHttpStatus(402)
                .setErrorBody(PipelineHarness.body("{\"code\":\"INSUFFICIENT_CREDITS\"}"))
                .setFailedAt(failedAt)
                .build());
    }

    @Test
    void shouldTellThatTooManyOfAUserAreKept() {
        GateInputs api = open(ON);
        api.spent("u", "j1", 1, null);
        KeyValueStore<Bytes, byte[]> spent = api.pipeline().driver().getKeyValueStore(StoreNames.SPENT);
        byte[] full =
                ByteBuffer.allocate(Long.BYTES).putLong(SpentStore.MAX_PER_USER).array();
        spent.put(Bytes.wrap(JobKey.user("u")), full);
        api.pipeline().restart();
        api.spent("u", "j2", 1, null);
        api.spent("other", "j3", 1, null);

        assertThat(words(api)).containsExactly("j2 REJECTED TOO_MANY_KEPT null");
        assertThat(api.pipeline().deadLetters()).hasSize(2);
        api.account("u", AccountChangeKind.ALLOWANCE_RESET);
        assertThat(api.releasedIn(RAMPED)).containsExactly("j1");
    }

    @Test
    void shouldForgetWhatIsOlderThanTheRetentionOfJobs() {
        GateInputs api = open(ON);
        api.spent("u", "j", 1, null);
        api.pipeline().leap(Duration.ofDays(8));
        api.pipeline().leap(Duration.ofSeconds(1));
        KeyValueStore<Bytes, byte[]> spent = api.pipeline().driver().getKeyValueStore(StoreNames.SPENT);
        try (var entries = spent.all()) {
            assertThat(entries.hasNext()).isFalse();
        }
        api.account("u", AccountChangeKind.ALLOWANCE_RESET);
        assertThat(api.releasedIn(RAMPED)).isEmpty();
    }

    @Test
    void shouldStopWhenTheAllowanceIsSpentAgainAndGoOnAtTheNextReset() {
        GateInputs api = open(ON);
        int many = PipelineProcessor.COMMANDS_SLICE_JOBS + 200;
        IntStream.range(0, many).forEach(i -> api.spent("u", "j" + i, 1, null));
        api.account("u", AccountChangeKind.ALLOWANCE_RESET);
        api.pipeline().advance(LOOK);
        api.spent("u", "spender", 1, null);
        api.pipeline().advance(LOOK);
        Set<String> redriven = new HashSet<>();
        commands(api).forEach(outcome -> redriven.add(String.valueOf(outcome.getJobId())));
        assertThat(redriven).contains("null").hasSizeBetween(2, PipelineProcessor.COMMANDS_SLICE_JOBS + 1);
        int before = redriven.size();
        api.pipeline().advance(LOOK.multipliedBy(3));
        assertThat(words(api)).isEmpty();

        api.account("u", AccountChangeKind.ALLOWANCE_RESET);
        int after = 0;
        for (int look = 0; look < 1_000 && after < many + 1 - (before - 1); look++) {
            api.pipeline().advance(LOOK);
            for (Outcome outcome : commands(api)) {
                if (outcome.getJobId() != null) {
                    assertThat(redriven).doesNotContain(outcome.getJobId());
                    redriven.add(outcome.getJobId());
                    after++;
                }
            }
        }
        assertThat(redriven).hasSize(many + 2);
    }
}
