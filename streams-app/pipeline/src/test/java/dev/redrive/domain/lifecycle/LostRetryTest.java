package dev.redrive.domain.lifecycle;

import static dev.redrive.domain.lifecycle.Moves.DUE;
import static dev.redrive.domain.lifecycle.Moves.JOB;
import static dev.redrive.domain.lifecycle.Moves.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.domain.decide.DeadLetterReason;
import dev.redrive.domain.event.Input.BulkCommand;
import dev.redrive.domain.event.Input.BulkCommandEnded;
import dev.redrive.domain.event.Input.JobCommand;
import dev.redrive.domain.event.Input.RetryLost;
import dev.redrive.domain.lifecycle.Effect.OutcomeKind;
import dev.redrive.domain.lifecycle.JobState.DeadLettered;
import dev.redrive.domain.lifecycle.Pipeline.State;
import dev.redrive.domain.lifecycle.Pipeline.Step;
import dev.redrive.domain.service.ServiceState;
import dev.redrive.domain.user.UserState;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of a job whose retry could not be handed out, and how commands about many jobs end. */
class LostRetryTest {

    private final Pipeline pipeline = Moves.pipeline();

    private static State state(String job) {
        UserState user = UserState.NEW.pending("music", 1, NOW);
        return new State(Moves.job(job), user, ServiceState.NEW);
    }

    private Step lost(String job, Instant dueAt) {
        return pipeline.apply(state(job), new RetryLost(JOB, dueAt, "song", "OUTPUT_TOO_LARGE"), NOW);
    }

    @Test
    void shouldDeadLetterAPendingJob() {
        Step step = lost("Scheduled", DUE);

        assertThat(step.next().job())
                .isEqualTo(new DeadLettered(Moves.job("Scheduled").memo(), 1, DeadLetterReason.QUARANTINED));
        assertThat(step.next().user().pendingRetries()).isZero();
        assertThat(step.effects())
                .hasExactlyElementsOfTypes(
                        Effect.Dequeue.class, Effect.Bury.class, Effect.Note.class, Effect.Tally.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Unseen", "Running", "Released", "DeadLettered", "Succeeded", "Cancelled"})
    void shouldLeaveAJobAloneThatHasMovedOn(String job) {
        Step step = lost(job, DUE);

        assertThat(step.next()).isEqualTo(state(job));
        assertThat(step.effects()).isEmpty();
    }

    @Test
    void shouldLeaveARetryAloneThatIsDueAtAnotherTime() {
        assertThat(lost("Scheduled", DUE.plusMillis(1)).effects()).isEmpty();
    }

    @Test
    void shouldTellHowManyJobsACommandWasAppliedToOrWhyItWasRefused() {
        BulkCommand command = new BulkCommand("c", JobCommand.Kind.CANCEL, "u", null);

        assertThat(pipeline.apply(State.NEW, command, NOW)).isEqualTo(Step.of(State.NEW));
        assertThat(pipeline.apply(State.NEW, new BulkCommandEnded(command, null, 7), NOW))
                .isEqualTo(Step.of(
                        State.NEW,
                        new Effect.Note(Effect.About.COMMAND, 0, OutcomeKind.APPLIED, "CANCEL", null, null, null, 7)));
        assertThat(pipeline.apply(State.NEW, new BulkCommandEnded(command, "ALREADY_OPEN", 0), NOW)
                        .effects())
                .containsExactly(new Effect.Note(
                        Effect.About.COMMAND, 0, OutcomeKind.REJECTED, "ALREADY_OPEN", null, null, null, 0));
    }
}
