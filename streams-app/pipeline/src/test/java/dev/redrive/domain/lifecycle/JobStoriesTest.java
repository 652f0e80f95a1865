package dev.redrive.domain.lifecycle;

import static dev.redrive.domain.lifecycle.Moves.DUE;
import static dev.redrive.domain.lifecycle.Moves.JOB;
import static dev.redrive.domain.lifecycle.Moves.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.domain.backlog.Lane;
import dev.redrive.domain.classify.Envelope;
import dev.redrive.domain.classify.FailureFacts.Cause;
import dev.redrive.domain.event.Input;
import dev.redrive.domain.event.Input.AccountChanged;
import dev.redrive.domain.event.Input.Carried;
import dev.redrive.domain.event.Input.JobCommand;
import dev.redrive.domain.event.Input.JobFailed;
import dev.redrive.domain.event.Input.JobMoved;
import dev.redrive.domain.event.Input.LeaseEnded;
import dev.redrive.domain.event.Input.RetryDue;
import dev.redrive.domain.gate.Gate;
import dev.redrive.domain.gate.GateName;
import dev.redrive.domain.gate.Verdict;
import dev.redrive.domain.lifecycle.JobState.AttemptSummary;
import dev.redrive.domain.lifecycle.JobState.DeadLettered;
import dev.redrive.domain.lifecycle.JobState.Memo;
import dev.redrive.domain.lifecycle.JobState.Scheduled;
import dev.redrive.domain.lifecycle.Pipeline.LifecyclePolicy;
import dev.redrive.domain.lifecycle.Pipeline.State;
import dev.redrive.domain.lifecycle.Pipeline.Step;
import dev.redrive.domain.service.Health;
import dev.redrive.domain.service.ServiceState;
import dev.redrive.domain.user.JobLengths;
import dev.redrive.domain.user.Quota;
import dev.redrive.domain.user.UserState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Moves that belong together. */
class JobStoriesTest {

    private final Pipeline pipeline = Moves.pipeline();
    private State state = State.NEW;
    private Instant now = NOW;

    private List<Effect> take(Input input) {
        Step step = pipeline.apply(state, input, now);
        state = step.next();
        return step.effects();
    }

    private String take(String words) {
        return Moves.words(take(Moves.input(words)));
    }

    private RetryDue due() {
        Scheduled pending = (Scheduled) state.job();
        return new RetryDue(
                JOB, pending.attempt(), pending.dueAt(), "music", "song", NOW.minusSeconds(5), pending.dueAt());
    }

    @Test
    void shouldKeepKeyAndFirstFailureAndChargeOnlyWhatWasNotThrottled() {
        take("fail 1");
        take("submitted 2");
        take("busy 2");
        take("submitted 3");
        take("fail 3");

        Memo memo = state.job().memo();
        assertThat(memo.charged()).isEqualTo(2);
        assertThat(memo.throttled()).isEqualTo(1);
        assertThat(memo.idempotencyKey()).isEqualTo("key");
        assertThat(memo.firstFailedAt()).isEqualTo(NOW.minusSeconds(1));
        assertThat(memo.history()).extracting(AttemptSummary::attempt).containsExactly(1, 2, 3);
    }

    @Test
    void shouldRememberNoMoreThanTheLastTenAttempts() {
        for (int attempt = 1; attempt <= 12; attempt++) {
            take("busy " + attempt);
        }

        assertThat(state.job().memo().history())
                .hasSize(Memo.MAX_HISTORY)
                .extracting(AttemptSummary::attempt)
                .startsWith(3)
                .endsWith(12);
    }

    @Test
    void shouldCountAnAttemptAsSubmittedOnceWhateverComesFirst() {
        take("fail 1");

        assertThat(take("submitted 1")).contains("tally SUBMITTED");
        assertThat(take("submitted 1")).doesNotContain("tally SUBMITTED");
    }

    @Test
    void shouldEndALeaseOnlyWhenNoSignOfLifeCameInTime() {
        take("submitted 1");
        now = NOW.plus(Duration.ofMinutes(20));
        take("started 1");

        now = NOW.plus(Moves.LEASE);
        List<Effect> renewed = take(new LeaseEnded(JOB));
        assertThat(renewed).containsExactly(new Effect.Lease(JOB, NOW.plus(Duration.ofMinutes(50))));
        assertThat(state.user().concurrency().active()).isEqualTo(1);

        now = NOW.plus(Duration.ofMinutes(50));
        assertThat(take(new LeaseEnded(JOB))).isEmpty();
        assertThat(state.user().concurrency().active()).isZero();
        assertThat(take(new LeaseEnded(JOB))).isEmpty();
        assertThat(state.user().concurrency().active()).isZero();
    }

    @Test
    void shouldExpediteToNowAndNeverToLater() {
        state = new State(Moves.job("Scheduled"), State.NEW.user(), ServiceState.NEW);
        assertThat(take(Moves.input("expedite")))
                .contains(new Effect.Requeue(new Lane("u", "music", 0), JOB, DUE, NOW));
        assertThat(((Scheduled) state.job()).dueAt()).isEqualTo(NOW);

        now = now.plusSeconds(5);
        assertThat(take("expedite")).isEqualTo("COMMAND APPLIED/EXPEDITE");
        assertThat(((Scheduled) state.job()).dueAt()).isEqualTo(NOW);
    }

    @Test
    void shouldCarryOutARedriveOnce() {
        take("bad 1");
        assertThat(take("redrive 1")).contains("schedule 2");
        take("due 2");
        take("bad 2");

        assertThat(take("redrive 2")).isEqualTo("COMMAND REJECTED/REDRIVE_ID_USED");
    }

    @Test
    void shouldCarryOutARedriveIdOnceHoweverOldItIs() {
        take("bad 1");
        take(redrive("first", 1));
        take("submitted 2");
        take("bad 2");
        take(redrive("second", 2));
        take("submitted 3");
        take("bad 3");

        assertThat(Moves.words(take(redrive("first", 1)))).isEqualTo("COMMAND REJECTED/REDRIVE_ID_USED");
        assertThat(Moves.words(take(redrive("first", 3)))).isEqualTo("COMMAND REJECTED/REDRIVE_ID_USED");
        assertThat(Moves.words(take(redrive("new", 1)))).isEqualTo("COMMAND REJECTED/ATTEMPT_DIFFERS");
        assertThat(Moves.words(take(redrive("third", 3)))).contains("schedule 4");
    }

    @Test
    void shouldBoundTheRedrivesOfAJob() {
        take("bad 1");
        for (int attempt = 1; attempt <= Memo.MAX_REDRIVES; attempt++) {
            take(redrive("redrive-" + attempt, attempt));
            take("bad " + (attempt + 1));
        }

        assertThat(Moves.words(take(redrive("one more", Memo.MAX_REDRIVES + 1))))
                .isEqualTo("COMMAND REJECTED/REDRIVES_EXHAUSTED");
    }

    @Test
    void shouldRedriveAJobBeyondTheCapOnlyByAnOverride() {
        Pipeline capped = pipeline((service, user, health, at) -> Verdict.open(), 2);
        State dead = capped.apply(State.NEW, Moves.input("bad 1"), NOW).next();
        for (int attempt = 1; attempt <= 2; attempt++) {
            State redriven = capped.apply(dead, redrive("redrive-" + attempt, attempt), NOW)
                    .next();
            dead = capped.apply(redriven, Moves.input("bad " + (attempt + 1)), NOW)
                    .next();
        }

        assertThat(Moves.words(capped.apply(dead, redrive("redrive-2", 3), NOW).effects()))
                .isEqualTo("COMMAND REJECTED/REDRIVE_ID_USED");
        assertThat(Moves.words(capped.apply(dead, redrive("third", 3), NOW).effects()))
                .isEqualTo("COMMAND REJECTED/LOOP_CAP");
        JobCommand override =
                new JobCommand("third", JobCommand.Kind.REDRIVE, JOB, Moves.failure(3, 400), 0, false, true);
        Step redriven = capped.apply(dead, override, NOW);
        assertThat(Moves.words(redriven.effects())).contains("COMMAND SCHEDULED/REDRIVE");
        assertThat(Moves.words(capped.apply(redriven.next(), override, NOW).effects()))
                .isEqualTo("COMMAND REJECTED/REDRIVE_ID_USED");
    }

    private static JobCommand redrive(String id, int attempt) {
        return new JobCommand(id, JobCommand.Kind.REDRIVE, JOB, Moves.failure(attempt, 400), 0, false);
    }

    @Test
    void shouldKeepTheKeyInARedriveUnlessTheRequestWasEdited() {
        take("bad 1");
        take(redrive("same", 1));
        assertThat(state.job().memo().idempotencyKey()).isEqualTo("key");
        assertThat(state.job().memo().epoch()).isZero();
        assertThat(state.job().memo().charged()).isZero();

        take("bad 2");
        take(new JobCommand("edited", JobCommand.Kind.REDRIVE, JOB, Moves.failure(2, 400), 0, true));
        assertThat(state.job().memo().idempotencyKey()).isNotEqualTo("key");
        assertThat(state.job().memo().epoch()).isEqualTo(1);
    }

    @Test
    void shouldReleaseARedrivenJobThoughItsDeadlineHasPassed() {
        take("bad 1");
        take(redrive("anyway", 1));

        assertThat(Moves.words(take(due()))).contains("release 2");
        take("fail 2");
        assertThat(Moves.words(take(due()))).contains("bury 2 DEADLINE_EXCEEDED");
        assertThat(((DeadLettered) state.job()).memo().redriveId()).isEqualTo("anyway");
    }

    @Test
    void shouldHoldARetryAtAClosedGateAndKeepItsDue() {
        Instant opens = DUE.plusSeconds(30);
        Verdict.Closed closed = new Verdict.Closed(GateName.QUOTA, opens);
        Pipeline gated = gated((service, user, health, at) -> at.isBefore(opens) ? closed : Verdict.open());
        State pending = new State(Moves.job("Scheduled"), State.NEW.user().pending("music", 1, NOW), ServiceState.NEW);

        Step blocked = gated.apply(pending, Moves.input("due 2"), DUE);
        assertThat(blocked.effects()).containsExactly(new Effect.Block(closed));
        assertThat(((Scheduled) blocked.next().job()).dueAt()).isEqualTo(DUE);
        assertThat(blocked.next().user().pendingRetries()).isEqualTo(1);

        Step released = gated.apply(blocked.next(), Moves.input("due 2"), opens);
        assertThat(Moves.words(released.effects())).contains("release 2");
    }

    @Test
    void shouldDeadLetterWhatAGateHoldsForTooLong() {
        Verdict.Closed closed = new Verdict.Closed(GateName.QUOTA, DUE.plus(Duration.ofDays(30)));
        Pipeline gated = gated((service, user, health, at) -> closed);
        State pending = new State(Moves.job("Scheduled"), State.NEW.user().pending("music", 1, NOW), ServiceState.NEW);

        Step almost = gated.apply(
                pending, Moves.input("due 2"), DUE.plus(Duration.ofDays(7)).minusMillis(1));
        assertThat(almost.effects()).containsExactly(new Effect.Block(closed));

        Step buried = gated.apply(pending, Moves.input("due 2"), DUE.plus(Duration.ofDays(7)));
        assertThat(Moves.words(buried.effects())).contains("bury 1 HELD_TOO_LONG");
        assertThat(buried.next().user().pendingRetries()).isZero();
    }

    private static Pipeline gated(Gate gate) {
        return pipeline(gate, Memo.MAX_REDRIVES);
    }

    private static Pipeline pipeline(Gate gate, int maxRedrives) {
        return new Pipeline(
                Moves.decider(),
                gate,
                new LifecyclePolicy(Moves.LEASE, Duration.ofMinutes(1), false, Duration.ofDays(7), 0.15, maxRedrives));
    }

    @Test
    void shouldNoteWhetherAnAccountChangeToldAnythingNew() {
        AccountChanged limit =
                new AccountChanged("u", AccountChanged.Kind.LIMITS_CHANGED, null, 3, null, null, NOW.minusSeconds(9));
        AccountChanged older =
                new AccountChanged("u", AccountChanged.Kind.LIMITS_CHANGED, null, 1, null, null, NOW.minusSeconds(60));

        assertThat(Moves.words(take(limit))).isEqualTo("ACCOUNT APPLIED/LIMITS_CHANGED");
        now = now.plusSeconds(1);
        assertThat(Moves.words(take(limit))).isEqualTo("ACCOUNT IGNORED/LIMITS_CHANGED");
        assertThat(Moves.words(take(older))).isEqualTo("ACCOUNT IGNORED/LIMITS_CHANGED");
        assertThat(Objects.requireNonNull(state.user().concurrency().limit()).value())
                .isEqualTo(3);
    }

    /** A retry that was released as the probe of a broken service, at {@code now}. */
    private void probe() {
        now = DUE;
        ServiceState broken = new ServiceState(new Health.Broken(NOW, DUE, 1), null, 0, 0, NOW);
        state = new State(Moves.job("Scheduled"), State.NEW.user().pending("music", 1, NOW), broken);
        assertThat(take("due 2")).contains("release 2");
        assertThat(state.service().health()).isEqualTo(new Health.Probing(NOW, DUE, 1));
        now = DUE.plusMillis(800);
    }

    @Test
    void shouldCountTheFailureOfAReleasedRetryForItsServiceAlsoAfterItsLease() {
        // Given a released retry whose short lease has ended, for ends are not reported
        JobState released = Moves.job("Released");
        state = new State(released.with(released.memo().idle()), UserState.NEW, ServiceState.NEW);

        // When the client's timeout reports it as failed
        take(Moves.failure(2, 503));

        // Then
        assertThat(state.service().health()).isEqualTo(new Health.Sound(Health.FULL - Health.COST));
    }

    @Test
    void shouldRecogniseTheFailureOfAProbeAlsoIfTheClockOfTheBatchSystemIsBehind() {
        // Given
        probe();

        // When it fails, thirty seconds before its release by the batch system's clock
        JobFailed failure = Moves.failure(2, 503).waitingFrom(DUE.minusSeconds(30));
        take(failure);

        // Then
        assertThat(state.service().health()).isInstanceOf(Health.Broken.class);
        assertThat(state.service().unsoundSince()).isEqualTo(NOW);
    }

    @Test
    void shouldRecogniseTheAcceptanceOfAProbeAlsoIfTheClockOfTheBatchSystemIsBehind() {
        probe();

        take(new JobMoved(JOB, 2, JobMoved.Stage.ACCEPTED, "music", "song", DUE.minusSeconds(30)));

        assertThat(state.service().health()).isInstanceOf(Health.Recovering.class);
    }

    @Test
    void shouldLearnFromAProbeThatTimedOutHowLongToWaitForTheNext() {
        probe();

        now = DUE.plusSeconds(20);
        take(Moves.failure(2, 503).waitingFrom(now));

        assertThat(state.service().health())
                .isInstanceOfSatisfying(
                        Health.Broken.class,
                        broken -> assertThat(broken.patience()).isEqualTo(Duration.ofSeconds(30)));
    }

    @Test
    void shouldNotTakeTheFailureOfAnotherAttemptForThatOfAProbe() {
        // Given a probe that is under way, and an attempt of the batch system that failed before it
        Health probing = new Health.Probing(NOW, DUE, 1);
        ServiceState service = new ServiceState(probing, null, 0, 0, NOW);
        state = new State(Moves.job("Running"), State.NEW.user().active(1, NOW), service);
        now = DUE.plusMillis(800);

        take(Moves.failure(2, 503));

        assertThat(state.service().health()).isEqualTo(probing);
    }

    private static JobFailed spent(int attempt, Instant at) {
        Envelope envelope = new Envelope("INSUFFICIENT_CREDITS", null, null, null, null, null, null);
        return new JobFailed(
                JOB, attempt, "music", "song", Cause.RESPONSE, 402, envelope, Map.of(), "key", at, Carried.NONE);
    }

    @Test
    void shouldOpenTheQuotaByTheAcceptanceOfARetryAndNotByThatOfOthers() {
        // Given a user without allowance, and a probe that is under way
        take(spent(1, NOW.minusSeconds(90)));
        UserState probing = state.user()
                .active(1, NOW)
                .pending("music", 1, NOW)
                .released("music", "j", JobLengths.FIRST, Duration.ofMinutes(1), NOW.minusSeconds(2));
        assertThat(probing.quota().probing()).isTrue();

        // When a first attempt is accepted
        state = new State(Moves.job("Running"), probing, ServiceState.NEW);
        take("accepted 2");

        // Then
        assertThat(state.user().quota()).isEqualTo(probing.quota());

        // When a released one is
        state = new State(Moves.job("Released"), probing, ServiceState.NEW);
        take("accepted 2");

        // Then
        assertThat(state.user().quota().status()).isEqualTo(Quota.Status.AVAILABLE);
    }
}
