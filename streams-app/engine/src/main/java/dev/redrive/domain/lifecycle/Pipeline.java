package dev.redrive.domain.lifecycle;

import dev.redrive.domain.decide.Decider;
import dev.redrive.domain.event.Input;
import dev.redrive.domain.event.Input.AccountChanged;
import dev.redrive.domain.event.Input.BulkCommand;
import dev.redrive.domain.event.Input.BulkEnded;
import dev.redrive.domain.event.Input.CommandIssued;
import dev.redrive.domain.event.Input.JobFailed;
import dev.redrive.domain.event.Input.JobMoved;
import dev.redrive.domain.event.Input.LeaseEnded;
import dev.redrive.domain.event.Input.RetryArrived;
import dev.redrive.domain.event.Input.RetryDue;
import dev.redrive.domain.event.Input.RetryLost;
import dev.redrive.domain.gate.Gate;
import dev.redrive.domain.gate.Verdict;
import dev.redrive.domain.service.ServiceState;
import dev.redrive.domain.user.UserLearning;
import dev.redrive.domain.user.UserState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * The whole of what Redrive decides: a state and an input give the next state and what is to be written. The same
 * state, input and time always give the same step.
 *
 * <p>Immutable and safe for use by several threads.
 */
public final class Pipeline {

    private final FailureMoves failures;
    private final LifecycleMoves lifecycle;
    private final CommandMoves commands;
    private final ReleaseMoves releases;
    private final Gate gate;
    private final LifecyclePolicy policy;

    /**
     * A pipeline.
     *
     * @param decider what becomes of a failure
     * @param gate the conditions besides due
     * @param policy how long things count
     */
    public Pipeline(Decider decider, Gate gate, LifecyclePolicy policy) {
        this.failures = new FailureMoves(decider, gate, policy);
        this.lifecycle = new LifecycleMoves(policy);
        this.commands = new CommandMoves(decider, gate);
        this.releases = new ReleaseMoves(gate, policy);
        this.gate = gate;
        this.policy = policy;
    }

    /**
     * Applies one input.
     *
     * @param state of the input's job and user
     * @param input what happened
     * @param now the time of reading
     */
    public Step apply(State state, Input input, Instant now) {
        if (input instanceof JobFailed failure) {
            return failures.apply(state, failure, now);
        }
        if (input instanceof JobMoved move) {
            return lifecycle.apply(state, move, now);
        }
        if (input instanceof RetryArrived arrived) {
            return releases.arrived(state, arrived);
        }
        if (input instanceof RetryDue due) {
            return releases.due(state, due, null, now);
        }
        if (input instanceof LeaseEnded ended) {
            return releases.leaseEnded(state, ended, now);
        }
        if (input instanceof CommandIssued command) {
            return commands.apply(state, command, now);
        }
        if (input instanceof RetryLost lost) {
            return releases.lost(state, lost, now);
        }
        if (input instanceof BulkEnded ended) {
            return CommandMoves.ended(state, ended);
        }
        if (input instanceof BulkCommand) {
            return Step.of(state);
        }
        return accountChanged(state, (AccountChanged) input, now);
    }

    /**
     * Applies that a retry is due for which the gates were asked already, in the same state and at the same time.
     *
     * @param state of the retry's job and user
     * @param due the retry
     * @param verdict what the gates answered
     * @param now the time of asking
     */
    public Step release(State state, RetryDue due, Verdict verdict, Instant now) {
        return releases.due(state, due, verdict, now);
    }

    /** Whether a retry of a service may go, by what is known of its user and the service; see {@link Gate}. */
    public Verdict mayGo(String service, UserState user, ServiceState health, Instant now) {
        return gate.mayGo(service, user, health, now);
    }

    /** All gates that are closed for retries of a service; see {@link Gate}. */
    public List<Verdict.Closed> closed(String service, UserState user, ServiceState health, Instant now) {
        return gate.closed(service, user, health, now);
    }

    /** The longest time that gates hold a retry after its due. */
    public Duration maxHold() {
        return policy.maxHold();
    }

    private static Step accountChanged(State state, AccountChanged change, Instant now) {
        UserState user = UserLearning.fromAccount(state.user(), change, now);
        boolean changed = !user.equals(state.user());
        return Step.of(
                state.with(state.job(), user),
                Effect.Note.of(
                        Effect.About.ACCOUNT,
                        0,
                        changed ? OutcomeKind.APPLIED : OutcomeKind.IGNORED,
                        change.kind().name()));
    }
}
