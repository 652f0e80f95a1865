package dev.redrive.domain.engine;

import dev.redrive.domain.backlog.Backlog;
import dev.redrive.domain.backlog.Backlog.Candidate;
import dev.redrive.domain.backlog.Lane;
import dev.redrive.domain.backlog.Lane.Slot;
import dev.redrive.domain.event.Input;
import dev.redrive.domain.event.Input.BulkCommand;
import dev.redrive.domain.event.Input.ExplainCommand;
import dev.redrive.domain.event.Input.JobCommand;
import dev.redrive.domain.event.Input.JobInput;
import dev.redrive.domain.event.Input.LeaseEnded;
import dev.redrive.domain.event.Input.RetryArrived;
import dev.redrive.domain.event.Input.RetryDue;
import dev.redrive.domain.event.JobRef;
import dev.redrive.domain.gate.Hold;
import dev.redrive.domain.gate.Holds;
import dev.redrive.domain.gate.Subject;
import dev.redrive.domain.gate.Verdict;
import dev.redrive.domain.lifecycle.Effect;
import dev.redrive.domain.lifecycle.Effect.OutcomeKind;
import dev.redrive.domain.lifecycle.JobState;
import dev.redrive.domain.lifecycle.JobState.Running;
import dev.redrive.domain.lifecycle.JobState.Scheduled;
import dev.redrive.domain.lifecycle.Pipeline;
import dev.redrive.domain.lifecycle.Pipeline.State;
import dev.redrive.domain.lifecycle.Pipeline.Step;
import dev.redrive.domain.user.Concurrency.Reporting;
import dev.redrive.domain.user.UserState;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Applies inputs sequentially: loads the states of job, user and service, computes the step with the {@link Pipeline},
 * and applies every effect. The caller provides stores, outputs and time, so that the pipeline, the simulation and
 * tests run the same rules.
 *
 * <p>A step is atomic: its outputs are written first, which may throw; then states and queue change, which must not;
 * then the outputs are sent. One thread owns an engine.
 *
 * @param <C> the context of an input; see {@link Ports}
 */
public final class Engine<C> {

    /** Max number of retries counted for the place of one. */
    private static final int MAX_AHEAD = 1_000;

    private final Pipeline pipeline;
    private final Ports<C> ports;
    private final Backlog backlog;
    private final QuotaRedrives<C> redrives;
    private final BulkCommands<C> commands;
    private final Interpreter interpreter = new Interpreter();
    private Holds holds;

    /**
     * Creates an engine that continues from the state of its ports.
     *
     * @param pipeline decides
     * @param redriveOnReset whether a reset of the allowance redrives the jobs dead-lettered for lack of it
     * @param ports what it reads and writes
     */
    public Engine(Pipeline pipeline, boolean redriveOnReset, Ports<C> ports) {
        this.pipeline = pipeline;
        this.ports = ports;
        this.holds = ports.commands().holds();
        this.backlog = new Backlog(ports.due(), new Gatekeeper(), ports.users()::touch, pipeline.maxHold());
        this.redrives = new QuotaRedrives<>(redriveOnReset, ports);
        this.commands = new BulkCommands<>(this, ports);
    }

    /** The arrived retry is not the one that its job waits for. */
    public static final class DiffersException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        private DiffersException() {
            super("the record is not the retry that was scheduled for this attempt", null, false, false);
        }
    }

    /** Returns the schedule of the pending retries, with the gates that block them. */
    public Backlog backlog() {
        return backlog;
    }

    /**
     * Applies one input. If it throws, nothing was stored and nothing sent. A command about many jobs is only opened or
     * rejected; {@link #continueCommands} executes it.
     *
     * @param input what happened
     * @param context what the input's outputs need
     * @param now the time
     * @throws DiffersException if the input is a retry that differs from the one that was scheduled
     */
    public void apply(Input input, C context, Instant now) {
        if (input instanceof BulkCommand command) {
            commands.open(command, context, now);
            return;
        }
        JobRef job = input instanceof JobInput about ? about.job() : null;
        JobState known = job == null ? JobState.Unseen.INSTANCE : load(job);
        Input asked = input instanceof ExplainCommand question && known instanceof Scheduled pending
                ? placed(question, pending, now)
                : input;
        if (input instanceof RetryArrived arrived && known instanceof Scheduled pending && pending.differs(arrived)) {
            throw new DiffersException();
        }
        step(asked, context, job, known, ports.users().get(input.userId()), null, now);
    }

    /** Adds to a question what the due queue has of the pending retry. */
    private ExplainCommand placed(ExplainCommand question, Scheduled pending, Instant now) {
        JobRef job = question.job();
        Lane lane = pending.lane(job);
        long dueAtMs = pending.dueAt().toEpochMilli();
        int ahead = backlog.ahead(lane, new Slot(dueAtMs, job.jobId()), now, MAX_AHEAD);
        return new ExplainCommand(question.commandId(), job, ports.due().operation(lane, dueAtMs, job), ahead);
    }

    /** Returns whether a retry is the one that its job waits for. */
    public boolean scheduled(RetryArrived arrived) {
        return ports.jobs().get(arrived.job()) instanceof Scheduled pending
                && pending.attempt() == arrived.attempt()
                && !pending.differs(arrived);
    }

    /** Returns the next retry, by {@link Backlog#next}; the caller releases or drops it before the next call. */
    public @Nullable Candidate next(Instant now) {
        if (!holds.isEmpty()) {
            change(holds.at(now), now);
        }
        return backlog.next(now);
    }

    /** Returns the holds of the task. */
    public Holds holds() {
        return holds;
    }

    /** Stores changed holds; retries that are not held any more are checked again. */
    private void change(Holds after, Instant now) {
        if (after == holds) {
            return;
        }
        Map<String, Hold> before = new HashMap<>();
        holds.all().forEach(hold -> before.put(hold.commandId(), hold));
        boolean reopened = false;
        for (Hold hold : after.all()) {
            Hold known = before.remove(hold.commandId());
            if (known == null || known.inForce() != hold.inForce()) {
                ports.commands().put(hold);
                reopened |= !hold.inForce();
            }
        }
        before.values().forEach(ports.commands()::remove);
        holds = after;
        if (reopened || !before.isEmpty()) {
            backlog.unhold(now);
        }
    }

    /**
     * Releases the next retry. One that a gate blocks keeps its place in the queue; one whose job has moved on leaves
     * it.
     *
     * @param candidate the retry
     * @param due its input
     * @param context what its outputs need
     * @param now the time at which it was taken from the backlog
     */
    public void release(Candidate candidate, RetryDue due, C context, Instant now) {
        JobRef job = due.job();
        UserState user = ports.users().get(job.userId());
        step(due, context, job, load(job), user, candidate, now);
        if (!interpreter.settled) {
            dequeue(candidate.lane(), job, due.dueAt());
        }
        if (interpreter.released && !holds.isEmpty()) {
            String service = candidate.lane().service();
            holds = holds.released(new Subject(job.userId(), service, due.operation(), holds), now);
        }
    }

    /** Removes the next retry if it cannot be released. */
    public void drop(Candidate candidate) {
        dequeue(
                candidate.lane(),
                candidate.job(),
                Instant.ofEpochMilli(candidate.slot().dueAtMs()));
    }

    /**
     * Ends expired leases, which may free slots for retries.
     *
     * @param timer the context of a timer
     * @param now leases that end at or before this instant
     * @param maxLeases max number of leases
     */
    public void endLeases(C timer, Instant now, int maxLeases) {
        for (Ports.Lease lease : ports.leases().takeEnded(now.toEpochMilli(), maxLeases)) {
            end(lease, timer, now);
        }
    }

    /**
     * Loads the job only if it may have had signs of life; else its stored state stays, which {@link #load} treats as
     * not active because its lease is gone.
     */
    private void end(Ports.Lease lease, C timer, Instant now) {
        JobRef job = lease.job();
        LeaseEnded ended = new LeaseEnded(job);
        UserState user = ports.users().get(job.userId());
        if (user.concurrency().reporting() != Reporting.UNSEEN) {
            JobState known = ports.jobs().get(job);
            if (lease.endsAt().equals(known.memo().leaseEndsAt())) {
                step(ended, timer, job, known, user, null, now);
                return;
            }
        }
        step(ended, timer, null, Running.leased(lease.endsAt(), lease.service(), lease.released()), user, null, now);
    }

    /** Applies a command about one job. Returns whether it was executed, and not rejected. */
    boolean command(JobCommand command, C context, Instant now) {
        apply(command, context, now);
        return interpreter.commanded;
    }

    /**
     * Opens the redrives of users whose allowance has been reset, and continues the commands about many jobs.
     *
     * @param maxJobs max jobs to visit
     * @param inTime whether there is time for more
     */
    public void continueCommands(int maxJobs, BooleanSupplier inTime, Instant now) {
        redrives.fire(now);
        commands.continueCommands(maxJobs, inTime, now);
    }

    /** Returns the state of a job, which is not active if its lease has ended meanwhile. */
    private JobState load(JobRef job) {
        JobState state = ports.jobs().get(job);
        Instant leaseEndsAt = state.memo().leaseEndsAt();
        return leaseEndsAt == null || ports.leases().contains(job, leaseEndsAt)
                ? state
                : state.with(state.memo().idle());
    }

    /** Evaluates the gates, with the current state of user, service and holds. */
    private final class Gatekeeper implements Backlog.Asker {

        @Override
        public Verdict ask(Lane lane, Instant now) {
            return pipeline.evaluate(
                    new Subject(lane.userId(), lane.service(), null, holds),
                    ports.users().get(lane.userId()),
                    ports.services().get(lane.service()),
                    now);
        }

        /** Reads the operation of the retry, but only while a hold of an operation may cover it. */
        @Override
        public Verdict.@Nullable Closed held(Lane lane, Slot slot, Instant now) {
            if (!holds.dependOnOperation(lane.userId(), lane.service())) {
                return null;
            }
            JobRef job = new JobRef(lane.userId(), slot.jobId());
            String operation = ports.due().operation(lane, slot.dueAtMs(), job);
            return new Subject(lane.userId(), lane.service(), operation, holds).held(now);
        }
    }

    private void step(
            Input input,
            C context,
            @Nullable JobRef job,
            JobState known,
            UserState user,
            @Nullable Candidate candidate,
            Instant now) {
        String userId = input.userId();
        String service =
                input instanceof JobInput about ? about.serviceOr(known.memo().service()) : "";
        State before = new State(known, user, ports.services().get(service), holds);
        Verdict verdict = candidate == null ? null : candidate.verdict();
        Step decided = verdict != null && input instanceof RetryDue due
                ? pipeline.release(before, due, verdict, now)
                : pipeline.apply(before, input, now);
        Step step = interpreter.write(redrives.withRefusal(decided, before, job), userId, job, context, now);
        store(before, step.next(), userId, job, service);
        interpreter.change(step, candidate);
        if (step.next().user() != user) {
            backlog.wake(userId, now);
        }
        redrives.follow(input, before, step.next(), job, context, now);
        ports.outputs().send();
        ports.observer().taken(input, before, step, now);
    }

    private void store(State before, State next, String userId, @Nullable JobRef job, String service) {
        if (job != null && next.job() != before.job() && !(next.job() instanceof JobState.Unseen)) {
            ports.jobs().put(job, next.job());
            Instant leaseEndsAt = before.job().memo().leaseEndsAt();
            if (leaseEndsAt != null && !leaseEndsAt.equals(next.job().memo().leaseEndsAt())) {
                ports.leases().remove(job, leaseEndsAt);
            }
        }
        if (next.service() != before.service()) {
            ports.services().put(service, next.service());
        }
        if (next.user() != before.user()) {
            ports.users().put(userId, next.user());
        }
    }

    private void enqueue(Lane lane, JobRef job, Instant dueAt, C context) {
        ports.due().add(lane, dueAt.toEpochMilli(), job, context);
        backlog.add(lane, dueAt.toEpochMilli(), job.jobId());
    }

    private void dequeue(Lane lane, JobRef job, Instant dueAt) {
        ports.due().remove(lane, dueAt.toEpochMilli(), job);
        backlog.remove(lane, dueAt.toEpochMilli(), job.jobId());
    }

    /** Applies the effects of one step at a time; the only place that does. */
    private final class Interpreter implements Effect.Handler {

        /** The retry that the step releases; {@code null} for all other steps. */
        private @Nullable Candidate candidate;

        /** Whether the step has removed the candidate from the queue, or keeps it there on purpose. */
        private boolean settled;

        /** Whether the step has released a retry. */
        private boolean released;

        /** Whether a command was executed. */
        private boolean commanded;

        private @Nullable C context;
        private Instant now = Instant.EPOCH;
        private State next = State.NEW;
        private long digest;

        /** Writes the outputs. Returns the step, in which a scheduled retry has the digest of the written record. */
        Step write(Step step, String userId, @Nullable JobRef job, C stepContext, Instant stepNow) {
            context = stepContext;
            now = stepNow;
            settled = false;
            released = false;
            commanded = false;
            digest = Scheduled.NO_DIGEST;
            ports.outputs().begin(userId, job);
            for (Effect effect : step.effects()) {
                if (effect instanceof Effect.Output) {
                    effect.applyTo(this);
                }
            }
            if (digest == Scheduled.NO_DIGEST || !(step.next().job() instanceof Scheduled pending)) {
                return step;
            }
            State after = step.next();
            return new Step(new State(pending.writtenAs(digest), after.user(), after.service()), step.effects());
        }

        /** Changes queue, leases and rates. */
        void change(Step step, @Nullable Candidate turn) {
            next = step.next();
            candidate = turn;
            for (Effect effect : step.effects()) {
                if (!(effect instanceof Effect.Output)) {
                    effect.applyTo(this);
                }
            }
        }

        private C context() {
            C present = context;
            if (present == null) {
                throw new IllegalStateException("no step is being taken");
            }
            return present;
        }

        @Override
        public void schedule(Effect.Schedule schedule) {
            digest = ports.outputs().schedule(schedule, context(), now);
        }

        @Override
        public void release(Effect.Release release) {
            ports.outputs().release(release, context(), now);
            released = true;
        }

        @Override
        public void bury(Effect.Bury bury) {
            ports.outputs().bury(bury, context(), now);
        }

        @Override
        public void note(Effect.Note note) {
            ports.outputs().note(note, context(), now);
            commanded |= note.about() == Effect.About.COMMAND && note.kind() != OutcomeKind.REJECTED;
        }

        @Override
        public void enqueue(Effect.Enqueue enqueue) {
            Engine.this.enqueue(enqueue.lane(), enqueue.job(), enqueue.dueAt(), context());
        }

        @Override
        public void dequeue(Effect.Dequeue dequeue) {
            Engine.this.dequeue(dequeue.lane(), dequeue.job(), dequeue.dueAt());
            settled = true;
        }

        @Override
        public void requeue(Effect.Requeue requeue) {
            long fromMs = requeue.from().toEpochMilli();
            long toMs = requeue.to().toEpochMilli();
            if (ports.due().move(requeue.lane(), requeue.job(), fromMs, toMs)) {
                backlog.remove(requeue.lane(), fromMs, requeue.job().jobId());
                backlog.add(requeue.lane(), toMs, requeue.job().jobId());
            }
        }

        @Override
        public void block(Effect.Block block) {
            if (candidate != null) {
                backlog.block(candidate, block.closed(), now);
            }
            settled = true;
        }

        @Override
        public void lease(Effect.Lease lease) {
            boolean released = next.job() instanceof Running running && running.released();
            String service = next.job().memo().service();
            ports.leases().add(new Ports.Lease(lease.job(), lease.endsAt(), service, released));
        }

        @Override
        public void tally(Effect.Tally tally) {
            ports.rates().add(tally.count(), now);
        }

        @Override
        public void hold(Effect.Hold hold) {
            Engine.this.change(hold.holds(), now);
        }
    }
}
