package dev.redrive.domain.engine;

import dev.redrive.domain.backlog.Lane;
import dev.redrive.domain.backlog.Lane.Shelf;
import dev.redrive.domain.event.Input;
import dev.redrive.domain.event.Input.BulkCommand;
import dev.redrive.domain.event.Input.JobFailed;
import dev.redrive.domain.event.JobRef;
import dev.redrive.domain.gate.Hold;
import dev.redrive.domain.gate.Holds;
import dev.redrive.domain.lifecycle.Effect;
import dev.redrive.domain.lifecycle.JobState;
import dev.redrive.domain.lifecycle.Pipeline.State;
import dev.redrive.domain.lifecycle.Pipeline.Step;
import dev.redrive.domain.service.ServiceState;
import dev.redrive.domain.stats.Windows.Count;
import dev.redrive.domain.user.UserState;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The ports through which an engine reads and writes. The thread that owns the engine owns its ports.
 *
 * @param <C> the context of an input: data for its outputs that no decision needs, such as bytes and positions
 */
public record Ports<C>(
        Jobs jobs,
        Users users,
        Services services,
        Leases leases,
        DueIndex<C> due,
        Rates rates,
        KeptFailures<C> kept,
        Commands commands,
        Outputs<C> outputs,
        Observer observer) {

    /** The states of jobs. */
    public interface Jobs {

        /** Returns the job's state; {@code Unseen} if nothing is known. */
        JobState get(JobRef job);

        /** Stores the job's state. */
        void put(JobRef job, JobState state);

        /**
         * Returns the next jobs in the order of the store.
         *
         * @param userId the user; empty for all users
         * @param after start after this job; {@code null} for the first
         * @param maxJobs max number; fewer only if there are no more
         */
        List<KnownJob> next(String userId, @Nullable JobRef after, int maxJobs);
    }

    /**
     * A job and its state.
     *
     * @param job the job
     * @param state its state
     */
    public record KnownJob(JobRef job, JobState state) {}

    /** The states of users. */
    public interface Users {

        /** Returns the user's state; {@link UserState#NEW} if nothing is known. */
        UserState get(String userId);

        /** Stores the user's state. */
        void put(String userId, UserState state);

        /** Marks a user whose blocking gates have changed. */
        void touch(String userId);
    }

    /** The states of services. */
    public interface Services {

        /** Returns the service's state; {@link ServiceState#NEW} if nothing is known. */
        ServiceState get(String service);

        /** Stores the service's state. */
        void put(String service, ServiceState state);
    }

    /**
     * The lease of an active job.
     *
     * @param job the job
     * @param endsAt when it ends
     * @param service the service that the job calls
     * @param released whether the pipeline released its attempt
     */
    public record Lease(JobRef job, Instant endsAt, String service, boolean released) {}

    /** The leases of active jobs, by their ends. */
    public interface Leases {

        /** Adds a lease. */
        void add(Lease lease);

        /** Removes a lease, if present. */
        void remove(JobRef job, Instant endsAt);

        /** Returns whether the job has a lease that ends at this instant. */
        boolean contains(JobRef job, Instant endsAt);

        /**
         * Removes and returns the first expired leases.
         *
         * @param nowMs leases that end at or before this instant, epoch milliseconds
         * @param maxLeases max number of leases
         */
        List<Lease> takeEnded(long nowMs, int maxLeases);
    }

    /** The pending retries, by lane and due, with the data for their releases. */
    public interface DueIndex<C> extends Shelf {

        /** Adds the retry that arrived in this context; replaces one of the same job and due. */
        void add(Lane lane, long dueAtMs, JobRef job, C context);

        /** Removes a retry, if present. */
        void remove(Lane lane, long dueAtMs, JobRef job);

        /**
         * Moves a retry to another due, if present.
         *
         * @return whether it was present
         */
        boolean move(Lane lane, JobRef job, long fromMs, long toMs);

        /** Returns the operation of a retry: {@code null} if absent, empty if unreadable. */
        @Nullable
        String operation(Lane lane, long dueAtMs, JobRef job);
    }

    /** The error rates. */
    public interface Rates {

        /** Adds one count. */
        void add(Count count, Instant now);
    }

    /** The failures of jobs that were dead-lettered for lack of allowance. */
    public interface KeptFailures<C> {

        /** Returns the users with kept failures. */
        Set<String> users();

        /** Returns whether the user has kept failures. */
        boolean contains(String userId);

        /** Returns whether the user has the max number of kept failures. */
        boolean full(String userId);

        /** Keeps the failure of a context; replaces one of the same job. */
        void keep(JobRef job, C context, Instant now);

        /** Removes the failure of a job, if one is kept. */
        void remove(JobRef job);

        /**
         * Returns the next failures of a user in the order of their jobs.
         *
         * @param after start after this job; {@code null} for the first
         * @param maxJobs max number; fewer only if there are no more
         */
        List<Kept> next(String userId, @Nullable JobRef after, int maxJobs);

        /**
         * Reads a kept failure for the redrive of its job.
         *
         * @return {@code null} if it is unreadable; then it is in the quarantine
         */
        @Nullable
        Restored<C> restore(Kept kept, CommandProgress open, Instant now);

        /**
         * Quarantines a failure whose redrive has thrown, and drops the unsent outputs of that step.
         *
         * @throws RuntimeException the cause itself, if it is not due to the failure
         */
        void quarantine(Kept kept, RuntimeException cause, Instant now);
    }

    /**
     * A kept failure.
     *
     * @param job its job
     * @param keptAt when it was stored
     * @param failure the failure, which carries its own schema; in the state of former versions, the raw value
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Kept(JobRef job, Instant keptAt, byte[] failure) {}

    /**
     * A kept failure as an input.
     *
     * @param failure the failure
     * @param context data for the outputs of its redrive
     */
    public record Restored<C>(JobFailed failure, C context) {}

    /** The commands about many jobs in execution, at most one redrive per user, and the holds. */
    public interface Commands {

        /** Returns the number of commands in progress. */
        int size();

        /** Returns the number of commands in progress that people issued. */
        int ofPeople();

        /** Returns whether a command of the same id is in progress, or a redrive of the same user. */
        boolean contains(BulkCommand command);

        /** Returns the next command, round-robin. There must be one. */
        CommandProgress turn();

        /** Returns the redrive of a user in progress. */
        @Nullable
        CommandProgress redriveOf(String userId);

        /** Stores a command at its beginning or new position. A redrive replaces an earlier one of its user. */
        void put(CommandProgress command);

        /** Removes a command that has ended. */
        void remove(CommandProgress command);

        /** Returns the stored holds. */
        Holds holds();

        /** Stores a hold at its beginning or end. */
        void put(Hold hold);

        /** Removes a hold whose ramp is over. */
        void remove(Hold hold);
    }

    /**
     * The outputs of a step to topics, visible with {@link #send} or not at all. If a method throws because of the
     * record, the step is not applied.
     */
    public interface Outputs<C> {

        /** Returns where the input of a context is. */
        Source source(C context);

        /** Returns the context of a command in execution. */
        C context(CommandProgress open);

        /**
         * Drops the unsent outputs of a step that threw.
         *
         * @return the stable reason, if the exception is due to the input
         * @throws RuntimeException the exception itself, if it is not
         */
        String refused(RuntimeException cause);

        /**
         * Begins a step; drops the unsent outputs of an earlier one.
         *
         * @param userId the user
         * @param job the job that the outcomes name; {@code null} for none
         */
        void begin(String userId, @Nullable JobRef job);

        /**
         * Writes a retry to its delay topic.
         *
         * @return the digest of the written record, or {@link JobState.Scheduled#NO_DIGEST}
         */
        long schedule(Effect.Schedule schedule, C context, Instant now);

        /** Writes a retry to the ready topic. */
        void release(Effect.Release release, C context, Instant now);

        /** Writes a dead letter. */
        void bury(Effect.Bury bury, C context, Instant now);

        /** Writes an outcome. */
        void note(Effect.Note note, C context, Instant now);

        /** Makes all outputs of the step visible. */
        void send();
    }

    /** Observes steps, for counts and metrics. It must not throw and affects no decision. */
    @FunctionalInterface
    public interface Observer {

        /**
         * Called after a complete step.
         *
         * @param input what happened
         * @param before the state before it
         * @param step the step
         * @param now the time of the step
         */
        void taken(Input input, State before, Step step, Instant now);
    }

    /**
     * The progress of a command about many jobs.
     *
     * @param command the command
     * @param source where its record is
     * @param readAt when it was read; it ignores jobs that changed later
     * @param after the last visited job; {@code null} at the beginning
     * @param jobs number of jobs that it was applied to
     */
    public record CommandProgress(
            BulkCommand command,
            Source source,
            Instant readAt,
            @Nullable JobRef after,
            int jobs) {

        /** Returns a command at its beginning. */
        public static CommandProgress begin(BulkCommand command, Source source, Instant now) {
            return new CommandProgress(command, source, now, null, 0);
        }

        /** Returns the same command at a later position. */
        public CommandProgress at(@Nullable JobRef last, int applied) {
            return new CommandProgress(command, source, readAt, last, applied);
        }
    }

    /**
     * Position of an input's record in the log.
     *
     * @param topic the topic; {@code null} for a timer
     * @param partition the partition
     * @param offset the offset
     */
    public record Source(@Nullable String topic, int partition, long offset) {

        /** A timer. */
        public static final Source TIMER = new Source(null, 0, 0);
    }
}
