package dev.redrive.domain.engine;

import dev.redrive.domain.engine.Ports.CommandProgress;
import dev.redrive.domain.event.Input.BulkCommand;
import dev.redrive.domain.event.Input.BulkCommandEnded;
import dev.redrive.domain.event.Input.JobCommand;
import dev.redrive.domain.event.Input.JobFailed;
import dev.redrive.domain.event.JobRef;
import dev.redrive.domain.lifecycle.JobState;
import dev.redrive.domain.lifecycle.JobState.DeadLettered;
import dev.redrive.domain.lifecycle.JobState.Scheduled;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Executes commands about many jobs, a few jobs at a time, so that transactions stay short and releases continue
 * meanwhile. A command iterates over the jobs that existed when it was read and applies a command to each; its position
 * is stored, so that another task can continue from there. It ends with one outcome without a job.
 */
final class BulkCommands<C> {

    /** Max commands of people in progress; redrives after a reset are additional, at most one per user. */
    private static final int MAX_OPEN = 100;

    /** Number of jobs per read from a store. */
    private static final int CHUNK_JOBS = 64;

    /** How long after its reading a command waits for retries that are still in a delay topic. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Engine<C> engine;
    private final Ports<C> ports;

    private int jobsLeft;
    private BooleanSupplier inTime = () -> true;

    BulkCommands(Engine<C> engine, Ports<C> ports) {
        this.engine = engine;
        this.ports = ports;
    }

    /** Result for one job. */
    private enum Answer {
        /** The command was executed for the job. */
        APPLIED,
        /** The job was passed over: the command is not about it, or was rejected for it. */
        PASSED,
        /** The job's retry is still in its delay topic: the command stays at this job. */
        WAITS,
        /** The allowance is used up again: the command ends before this job. */
        ENDS
    }

    /** Opens a command or rejects it. */
    void open(BulkCommand command, C context, Instant now) {
        String refusal = refusal(command);
        if (refusal == null) {
            ports.commands().put(CommandProgress.begin(command, ports.outputs().source(context), now));
        } else {
            engine.apply(new BulkCommandEnded(command, refusal, 0), context, now);
        }
    }

    /** Returns the stable reason to reject a command; {@code null} if it may be opened. */
    private @Nullable String refusal(BulkCommand command) {
        if (ports.commands().contains(command)) {
            return "ALREADY_OPEN";
        }
        return ports.commands().ofPeople() >= MAX_OPEN ? "TOO_MANY_OPEN" : null;
    }

    /**
     * Continues the commands in progress, round-robin.
     *
     * @param maxJobs max jobs to visit, over all commands
     * @param untilLate whether there is time for more
     */
    void continueCommands(int maxJobs, BooleanSupplier untilLate, Instant now) {
        jobsLeft = maxJobs;
        inTime = untilLate;
        for (int open = ports.commands().size(); open > 0 && more(); open--) {
            CommandProgress before = ports.commands().turn();
            boolean redrives = before.command().kind() == JobCommand.Kind.REDRIVE;
            CommandProgress after = redrives ? redrive(before, now) : walk(before, now);
            if (after == null) {
                ports.commands().remove(before);
            } else if (after != before) {
                ports.commands().put(after);
            }
        }
    }

    private boolean more() {
        return jobsLeft > 0 && inTime.getAsBoolean();
    }

    /** Returns the command's new position; {@code null} at its end. */
    private @Nullable CommandProgress walk(CommandProgress open, Instant now) {
        CommandProgress at = open;
        do {
            int maxJobs = Math.min(CHUNK_JOBS, jobsLeft);
            List<Ports.KnownJob> jobs = ports.jobs().next(open.command().userId(), at.after(), maxJobs);
            for (Ports.KnownJob job : jobs) {
                Answer answer = job.state() instanceof Scheduled pending
                                && !pending.memo().touchedAt().isAfter(open.readAt())
                        ? one(open, job.job(), pending, now)
                        : Answer.PASSED;
                if (answer == Answer.WAITS) {
                    return at;
                }
                at = at.at(job.job(), at.jobs() + (answer == Answer.APPLIED ? 1 : 0));
                jobsLeft--;
            }
            if (jobs.size() < maxJobs) {
                end(at, now);
                return null;
            }
        } while (more());
        return at;
    }

    /** Applies a cancel or an expedite to one job, if its operation is the wanted one. */
    private Answer one(CommandProgress open, JobRef job, Scheduled pending, Instant now) {
        String wanted = open.command().operation();
        if (wanted != null) {
            String operation =
                    ports.due().operation(pending.lane(job), pending.dueAt().toEpochMilli(), job);
            if (operation == null) {
                return open.readAt().plus(PATIENCE).isAfter(now) ? Answer.WAITS : Answer.PASSED;
            }
            if (!wanted.equals(operation)) {
                return Answer.PASSED;
            }
        }
        BulkCommand command = open.command();
        JobCommand issued = new JobCommand(command.commandId(), command.kind(), job, null, 0, false);
        try {
            return applied(issued, ports.outputs().context(open), now);
        } catch (RuntimeException e) {
            String reason = ports.outputs().refused(e);
            engine.apply(
                    new BulkCommandEnded(command, reason, 0), ports.outputs().context(open), now);
            return Answer.PASSED;
        }
    }

    /** Returns the redrive's new position; {@code null} at its end. */
    private @Nullable CommandProgress redrive(CommandProgress open, Instant now) {
        String userId = open.command().userId();
        CommandProgress at = open;
        do {
            int maxJobs = Math.min(CHUNK_JOBS, jobsLeft);
            List<Ports.Kept> kept = ports.kept().next(userId, at.after(), maxJobs);
            for (Ports.Kept failure : kept) {
                Answer answer = redrive(open, failure, now);
                if (answer == Answer.ENDS) {
                    end(at, now);
                    return null;
                }
                at = at.at(failure.job(), at.jobs() + (answer == Answer.APPLIED ? 1 : 0));
                jobsLeft--;
            }
            if (kept.size() < maxJobs) {
                end(at, now);
                return null;
            }
        } while (more());
        return at;
    }

    private Answer redrive(CommandProgress open, Ports.Kept kept, Instant now) {
        JobRef job = kept.job();
        if (!ports.users().get(job.userId()).quota().available(now)) {
            return Answer.ENDS;
        }
        JobState state = ports.jobs().get(job);
        if (!(state instanceof DeadLettered dead)) {
            ports.kept().remove(job);
            return Answer.PASSED;
        }
        boolean later = kept.keptAt().isAfter(open.readAt());
        if (later || dead.memo().redriveIds().contains(open.command().commandId())) {
            return Answer.PASSED;
        }
        Answer answer = Answer.PASSED;
        Ports.Restored<C> restored = ports.kept().restore(kept, open, now);
        if (restored != null) {
            answer = redrive(open, restored, dead.memo().epoch(), kept, now);
        }
        ports.kept().remove(job);
        return answer;
    }

    private Answer redrive(CommandProgress open, Ports.Restored<C> restored, int epoch, Ports.Kept kept, Instant now) {
        BulkCommand command = open.command();
        JobFailed failure = restored.failure();
        try {
            return applied(
                    new JobCommand(command.commandId(), command.kind(), kept.job(), failure, epoch, false, true),
                    restored.context(),
                    now);
        } catch (RuntimeException e) {
            ports.kept().quarantine(kept, e, now);
            return Answer.PASSED;
        }
    }

    private Answer applied(JobCommand issued, C context, Instant now) {
        return engine.command(issued, context, now) ? Answer.APPLIED : Answer.PASSED;
    }

    /** Ends a command. An automatic redrive has an outcome only if it was applied to a job. */
    private void end(CommandProgress open, Instant now) {
        if (open.jobs() > 0 || open.command().kind() != JobCommand.Kind.REDRIVE) {
            BulkCommandEnded ended = new BulkCommandEnded(open.command(), null, open.jobs());
            engine.apply(ended, ports.outputs().context(open), now);
        }
    }
}
