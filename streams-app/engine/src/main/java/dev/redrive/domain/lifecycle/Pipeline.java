package dev.redrive.domain.lifecycle;

import dev.redrive.domain.decide.Decider;
import dev.redrive.domain.event.Input;
import dev.redrive.domain.event.Input.AccountChanged;
import dev.redrive.domain.event.Input.BulkCommand;
import dev.redrive.domain.event.Input.BulkCommandEnded;
import dev.redrive.domain.event.Input.ExplainCommand;
import dev.redrive.domain.event.Input.HoldCommand;
import dev.redrive.domain.event.Input.JobCommand;
import dev.redrive.domain.event.Input.JobFailed;
import dev.redrive.domain.event.Input.JobMoved;
import dev.redrive.domain.event.Input.LeaseEnded;
import dev.redrive.domain.event.Input.RetryArrived;
import dev.redrive.domain.event.Input.RetryDue;
import dev.redrive.domain.event.Input.RetryLost;
import dev.redrive.domain.gate.Gate;
import dev.redrive.domain.gate.Holds;
import dev.redrive.domain.gate.Subject;
import dev.redrive.domain.gate.Verdict;
import dev.redrive.domain.lifecycle.Effect.OutcomeKind;
import dev.redrive.domain.lifecycle.JobState.Memo;
import dev.redrive.domain.service.ServiceState;
import dev.redrive.domain.user.Concurrency;
import dev.redrive.domain.user.JobLengths;
import dev.redrive.domain.user.UserLearning;
import dev.redrive.domain.user.UserState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All decisions of Redrive: maps a state and an input to the next state and the effects. The same state, input and time
 * always give the same step.
 *
 * <p>Immutable and thread-safe.
 */
public final class Pipeline {

    private final FailureMoves failures;
    private final LifecycleMoves lifecycle;
    private final CommandMoves commands;
    private final ReleaseMoves releases;
    private final Gate gate;
    private final LifecyclePolicy policy;

    /**
     * Creates a pipeline.
     *
     * @param decider decides failures
     * @param gate the conditions besides due
     * @param policy durations of leases, rate windows and gates
     */
    public Pipeline(Decider decider, Gate gate, LifecyclePolicy policy) {
        this.failures = new FailureMoves(decider, gate, policy);
        this.lifecycle = new LifecycleMoves(policy);
        this.commands = new CommandMoves(decider, gate, policy);
        this.releases = new ReleaseMoves(gate, policy);
        this.gate = gate;
        this.policy = policy;
    }

    /**
     * Applies one input.
     *
     * @param state state of the input's job and user
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
        if (input instanceof JobCommand command) {
            return commands.apply(state, command, now);
        }
        if (input instanceof RetryLost lost) {
            return releases.lost(state, lost, now);
        }
        if (input instanceof ExplainCommand question) {
            return commands.explain(state, question, now);
        }
        if (input instanceof HoldCommand command) {
            return CommandMoves.hold(state, command, now);
        }
        if (input instanceof BulkCommandEnded ended) {
            return CommandMoves.ended(state, ended);
        }
        if (input instanceof BulkCommand) {
            return Step.of(state);
        }
        return accountChanged(state, (AccountChanged) input, now);
    }

    /**
     * Applies a due retry whose gates are already evaluated, in the same state and at the same time.
     *
     * @param state state of the retry's job and user
     * @param due the retry
     * @param verdict the gates' verdict
     * @param now the time of the evaluation
     */
    public Step release(State state, RetryDue due, Verdict verdict, Instant now) {
        return releases.due(state, due, verdict, now);
    }

    /** Returns whether a retry may be released, by the state of its user and service; see {@link Gate}. */
    public Verdict evaluate(Subject subject, UserState user, ServiceState health, Instant now) {
        return gate.evaluate(subject, user, health, now);
    }

    /** Returns all gates that are closed for retries; see {@link Gate}. */
    public List<Verdict.Closed> closed(Subject subject, UserState user, ServiceState health, Instant now) {
        return gate.closed(subject, user, health, now);
    }

    /** Returns the max time that gates block a retry after its due. */
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

    /**
     * The result of an input.
     *
     * @param next the state after it
     * @param effects effects in the order of their application
     */
    public record Step(State next, List<Effect> effects) {

        /** Copies the list. */
        public Step {
            effects = List.copyOf(effects);
        }

        static Step of(State next, Effect... effects) {
            return new Step(next, List.of(effects));
        }
    }

    /**
     * The state that an input is applied to.
     *
     * @param job the job of the input; {@link JobState.Unseen} if it has none
     * @param user the user of the input
     * @param service the service that the job calls; {@link ServiceState#NEW} if the input has no job
     * @param holds the holds of the task; only {@link Effect.Hold} changes them
     */
    public record State(JobState job, UserState user, ServiceState service, Holds holds) {

        /** Nothing is known of job, user and service. */
        public static final State NEW = new State(JobState.Unseen.INSTANCE, UserState.NEW, ServiceState.NEW);

        /** Creates a state without holds. */
        public State(JobState job, UserState user, ServiceState service) {
            this(job, user, service, Holds.NONE);
        }

        State with(JobState newJob, UserState newUser) {
            return new State(newJob, newUser, service, holds);
        }

        /** Returns what the gates are asked about a retry of a user. */
        Subject subject(String userId, String ofService, @Nullable String operation) {
            return new Subject(userId, ofService, operation, holds);
        }
    }

    /**
     * Durations of leases, rate windows and gates, and bounds.
     *
     * @param activeLease how long a job counts as active without a sign of life; positive
     * @param rateWindow length of the sliding windows of the API's rate limits; positive
     * @param slotsCount whether retries wait for a free slot, so that the time that jobs occupy theirs matters
     * @param maxHold max time that gates block a retry after its due; positive
     * @param wasteBudget the share of calls that may be retries refused for lack of a slot where ends of jobs are not
     *     reported, between 0 and 1
     * @param maxRedrives max redrives of one job by commands without an override, 1 to {@link Memo#MAX_REDRIVES}
     */
    public record LifecyclePolicy(
            Duration activeLease,
            Duration rateWindow,
            boolean slotsCount,
            Duration maxHold,
            double wasteBudget,
            int maxRedrives) {

        /** The share of jobs that end within their lease where ends are not reported. */
        private static final double WITHIN_LEASE = 0.95;

        /** @throws IllegalArgumentException if a number is out of its range */
        public LifecyclePolicy {
            positive("activeLease", activeLease);
            positive("rateWindow", rateWindow);
            positive("maxHold", maxHold);
            if (!(wasteBudget > 0 && wasteBudget < 1)) {
                throw new IllegalArgumentException("wasteBudget must be between 0 and 1: " + wasteBudget);
            }
            if (maxRedrives < 1 || maxRedrives > Memo.MAX_REDRIVES) {
                throw new IllegalArgumentException(
                        "maxRedrives takes 1 to " + Memo.MAX_REDRIVES + ", not " + maxRedrives);
            }
        }

        /**
         * Returns how long a job of the user counts as active without a sign of life: {@code activeLease} if ends are
         * expected, else the time within which nearly all jobs end.
         */
        Duration lease(UserState user, ServiceState service) {
            Concurrency concurrency = user.concurrency();
            if (!slotsCount || concurrency.endsExpected()) {
                return activeLease;
            }
            JobLengths known = concurrency.lengths();
            Duration lease = (known == null ? service.prior() : known).quantile(WITHIN_LEASE);
            return lease.compareTo(activeLease) < 0 ? lease : activeLease;
        }

        private static void positive(String name, Duration duration) {
            if (duration.isNegative() || duration.isZero()) {
                throw new IllegalArgumentException(name + " must be positive: " + duration);
            }
        }
    }
}
