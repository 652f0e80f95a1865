package dev.redrive.domain.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.redrive.config.ConfigLoader;
import dev.redrive.domain.backlog.Backlog.Candidate;
import dev.redrive.domain.classify.Envelope;
import dev.redrive.domain.classify.FailureFacts.Cause;
import dev.redrive.domain.engine.Ports.CommandProgress;
import dev.redrive.domain.engine.Ports.Source;
import dev.redrive.domain.event.Input.Carried;
import dev.redrive.domain.event.Input.JobCommand;
import dev.redrive.domain.event.Input.JobFailed;
import dev.redrive.domain.event.Input.RetryArrived;
import dev.redrive.domain.event.Input.RetryDue;
import dev.redrive.domain.event.JobRef;
import dev.redrive.domain.gate.GateName;
import dev.redrive.domain.gate.Verdict;
import dev.redrive.domain.lifecycle.Effect;
import dev.redrive.domain.lifecycle.JobState;
import dev.redrive.domain.lifecycle.JobState.Running;
import dev.redrive.domain.lifecycle.JobState.Scheduled;
import dev.redrive.domain.lifecycle.Pipeline;
import dev.redrive.domain.lifecycle.Pipeline.LifecyclePolicy;
import dev.redrive.domain.user.UserState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** An engine takes whole steps, releases in turn, and asks the gates once for each release. */
class EngineTest {

    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");
    private static final JobRef JOB = new JobRef("u", "j");

    private final Recorder sent = new Recorder();
    private final MemoryPorts<String> state = new MemoryPorts<>();
    private int asked;
    private @Nullable Instant closedUntil;
    private final Engine<String> engine = new Engine<>(
            new Pipeline(
                    ConfigLoader.load(null, Map.of()).decider(),
                    (service, user, health, now) -> {
                        asked++;
                        Instant until = closedUntil;
                        return until == null || !until.isAfter(now)
                                ? Verdict.open()
                                : new Verdict.Closed(GateName.RATE_WINDOW, until);
                    },
                    new LifecyclePolicy(
                            Duration.ofMinutes(30), Duration.ofMinutes(1), false, Duration.ofDays(7), 0.15, 3)),
            false,
            state.with(sent, (input, before, step, now) -> {}));

    /** What was sent, as words; refuses outputs while it is full. */
    private static final class Recorder implements Ports.Outputs<String> {

        private final List<String> sent = new ArrayList<>();
        private final List<String> unsent = new ArrayList<>();
        private boolean full;

        @Override
        public Source source(String context) {
            return Source.TIMER;
        }

        @Override
        public String context(CommandProgress open) {
            return "command";
        }

        @Override
        public String refused(RuntimeException cause) {
            throw cause;
        }

        @Override
        public void begin(String userId, @Nullable JobRef job) {
            unsent.clear();
        }

        @Override
        public long schedule(Effect.Schedule schedule, String context, Instant now) {
            unsent.add("schedule " + schedule.attempt());
            return 7;
        }

        @Override
        public void release(Effect.Release release, String context, Instant now) {
            unsent.add("release " + release.attempt());
        }

        @Override
        public void bury(Effect.Bury bury, String context, Instant now) {
            unsent.add("bury " + bury.attempt());
        }

        @Override
        public void note(Effect.Note note, String context, Instant now) {
            if (full) {
                throw new IllegalStateException("too large");
            }
            unsent.add(context + " " + note.kind());
        }

        @Override
        public void send() {
            sent.addAll(unsent);
            unsent.clear();
        }
    }

    private static JobFailed failure() {
        return new JobFailed(
                JOB,
                1,
                "music",
                "song",
                Cause.RESPONSE,
                503,
                Envelope.EMPTY,
                Map.of(),
                "key",
                NOW,
                new Carried("POST", "/songs", null, null, null, Map.of(), 0, true));
    }

    private Scheduled pending() {
        return (Scheduled) state.job(JOB);
    }

    private void arrive() {
        engine.apply(failure(), "failure", NOW);
        engine.apply(new RetryArrived(JOB, 2, "key", 7), "retry", NOW);
        asked = 0;
        sent.sent.clear();
    }

    private Candidate next(Instant now) {
        return Objects.requireNonNull(engine.next(now));
    }

    private static RetryDue due(Candidate candidate) {
        Instant dueAt = Instant.ofEpochMilli(candidate.slot().dueAtMs());
        return new RetryDue(candidate.job(), 2, dueAt, "music", "song", null, dueAt);
    }

    @Test
    void shouldScheduleWithTheDigestOfWhatWasWritten() {
        engine.apply(failure(), "failure", NOW);

        assertThat(sent.sent).containsExactly("schedule 2", "failure SCHEDULED");
        assertThat(pending().digest()).isEqualTo(7);
        assertThat(engine.scheduled(new RetryArrived(JOB, 2, "key", 7))).isTrue();
        assertThat(engine.scheduled(new RetryArrived(JOB, 2, "key", 8))).isFalse();
    }

    @Test
    void shouldReleaseARetryOnceAndAskTheGatesOnce() {
        arrive();
        Instant dueAt = pending().dueAt();
        assertThat(engine.next(dueAt.minusMillis(1))).isNull();

        Candidate candidate = next(dueAt);
        engine.release(candidate, due(candidate), "timer", dueAt);

        assertThat(asked).isEqualTo(1);
        assertThat(sent.sent).containsExactly("release 2", "timer RELEASED");
        assertThat(state.job(JOB)).isInstanceOf(Running.class);
        assertThat(engine.next(dueAt.plusSeconds(1))).isNull();
    }

    @Test
    void shouldLeaveARetryInTheQueueWhileAGateIsClosed() {
        arrive();
        Instant dueAt = pending().dueAt();
        closedUntil = dueAt.plusSeconds(5);

        assertThat(engine.next(dueAt)).isNull();
        assertThat(engine.backlog().blocked(GateName.RATE_WINDOW)).isEqualTo(1);
        assertThat(next(dueAt.plusSeconds(5)).job()).isEqualTo(JOB);
    }

    @Test
    void shouldTakeARetryFromTheQueueWhoseJobIsNotWhatItWas() {
        arrive();
        Instant dueAt = pending().dueAt();
        Candidate candidate = next(dueAt);

        engine.release(candidate, new RetryDue(JOB, 9, dueAt, "music", "song", null, dueAt), "timer", dueAt);

        assertThat(sent.sent).isEmpty();
        assertThat(engine.next(dueAt)).isNull();
    }

    @Test
    void shouldMoveARetryThatIsExpedited() {
        arrive();
        Instant dueAt = pending().dueAt();
        JobCommand expedite = new JobCommand("c", JobCommand.Kind.EXPEDITE, JOB, null, 0, false);

        engine.apply(expedite, "command", dueAt.minusMillis(10));

        assertThat(next(dueAt.minusMillis(10)).job()).isEqualTo(JOB);
    }

    @Test
    void shouldLeaveNothingOfAStepThatCannotBeWritten() {
        sent.full = true;

        assertThatThrownBy(() -> engine.apply(failure(), "failure", NOW)).hasMessage("too large");
        assertThat(state.job(JOB)).isEqualTo(JobState.Unseen.INSTANCE);
        assertThat(state.user("u")).isEqualTo(UserState.NEW);
        sent.full = false;
        engine.apply(failure(), "again", NOW);
        assertThat(sent.sent).containsExactly("schedule 2", "again SCHEDULED");
    }

    @Test
    void shouldRefuseARetryThatDiffersFromTheOneThatWasScheduled() {
        engine.apply(failure(), "failure", NOW);

        assertThatThrownBy(() -> engine.apply(new RetryArrived(JOB, 2, "key", 8), "retry", NOW))
                .isInstanceOf(Engine.DiffersException.class);
    }

    @Test
    void shouldEndTheLeaseOfAReleasedJob() {
        arrive();
        Instant dueAt = pending().dueAt();
        Candidate candidate = next(dueAt);
        engine.release(candidate, due(candidate), "timer", dueAt);
        assertThat(state.user("u").concurrency().active()).isEqualTo(1);

        Instant end = dueAt.plus(Duration.ofMinutes(30));
        engine.endLeases("timer", end.minusMillis(1), 10);
        assertThat(state.user("u").concurrency().active()).isEqualTo(1);
        engine.endLeases("timer", end, 10);
        assertThat(state.user("u").concurrency().active()).isZero();
    }
}
