package dev.redrive.domain.engine;

import dev.redrive.domain.backlog.Lane;
import dev.redrive.domain.backlog.Shelf;
import dev.redrive.domain.event.Input;
import dev.redrive.domain.event.Input.BulkCommand;
import dev.redrive.domain.event.Input.JobFailed;
import dev.redrive.domain.event.JobRef;
import dev.redrive.domain.lifecycle.Effect;
import dev.redrive.domain.lifecycle.JobState;
import dev.redrive.domain.lifecycle.State;
import dev.redrive.domain.lifecycle.Step;
import dev.redrive.domain.service.ServiceState;
import dev.redrive.domain.stats.Windows.Count;
import dev.redrive.domain.user.UserState;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an engine reads and writes. The thread that owns the engine owns its ports.
 *
 * @param <C> the context of an input: what its outputs need although no decision does, such as bytes and positions
 */
public record Ports<C>(
        Jobs jobs,
        Users users,
        Services services,
        Leases leases,
        DueIndex<C> due,
        Rates rates,
        KeptFailures<C> kept,
        OpenCommands commands,
        Outputs<C> outputs,
        Observer observer) {

    /** The states of jobs. */
    public interface Jobs {

        /** The job's state; {@code Unseen} when nothing is known. */
        JobState get(JobRef job);

        /** Stores the job's state. */
        void put(JobRef job, JobState state);

        /**
         * The next jobs in the order of the store.
         *
         * @param userId of this user; empty for all users
         * @param after those behind this job; {@code null} for the first
         * @param maxJobs at most so many; fewer only where there are no more
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

        /** The user's state; {@link UserState#NEW} when nothing is known. */
        UserState get(String userId);

        /** Stores the user's state. */
        void put(String userId, UserState state);

        /** Marks a user whose retries wait for another gate than before. */
        void touch(String userId);
    }

    /** The states of services. */
    public interface Services {

        /** The service's state; {@link ServiceState#NEW} when nothing is known. */
        ServiceState get(String service);

        /** Stores the service's state. */
        void put(String service, ServiceState state);
    }

    /**
     * The lease of an active job.
     *
     * @param job whose
     * @param endsAt when it ends
     * @param service the service that the job calls
     * @param released whether its attempt was released by the pipeline
     */
    public record Lease(JobRef job, Instant endsAt, String service, boolean released) {}

    /** The leases of active jobs, by their ends. */
    public interface Leases {

        /** Adds a lease. */
        void add(Lease lease);

        /** Removes a lease, if it is there. */
        void remove(JobRef job, Instant endsAt);

        /** Whether the job's lease that ends at this instant is there. */
        boolean holds(JobRef job, Instant endsAt);

        /**
         * Removes the first leases that have ended, and returns them.
         *
         * @param nowMs leases that end at this instant or before it
         * @param maxLeases at most so many
         */
        List<Lease> takeEnded(long nowMs, int maxLeases);
    }

    /** The pending retries, by lane and due, with what their releases need. */
    public interface DueIndex<C> extends Shelf {

        /** Adds the retry that arrived in this context; one of the same job and due is replaced. */
        void add(Lane lane, long dueAtMs, JobRef job, C context);

        /** Removes a retry, if it is there. */
        void remove(Lane lane, long dueAtMs, JobRef job);

        /**
         * Moves a retry to another due, if it is there.
         *
         * @return whether it was
         */
        boolean move(Lane lane, JobRef job, long fromMs, long toMs);

        /** The operation of a retry: {@code null} if it is not there, empty if it cannot be read. */
        @Nullable
        String operation(Lane lane, long dueAtMs, JobRef job);
    }

    /** The error rates. */
    public interface Rates {

        /** Counts one more. */
        void add(Count count, Instant now);
    }

    /** The failures of jobs that were dead-lettered because their users had nothing left to spend. */
    public interface KeptFailures<C> {

        /** The users of whom something is kept. */
        Set<String> users();

        /** Whether something of the user is kept. */
        boolean holds(String userId);

        /** Whether no more of the user can be kept. */
        boolean full(String userId);

        /** Keeps the failure of a context; one of the same job is replaced. */
        void keep(JobRef job, C context, Instant now);

        /** Removes the failure of a job, if one is kept. */
        void remove(JobRef job);

        /**
         * The next failures of a user in the order of their jobs.
         *
         * @param after those behind this job; {@code null} for the first
         * @param maxJobs at most so many; fewer only where there are no more
         */
        List<Kept> next(String userId, @Nullable JobRef after, int maxJobs);

        /**
         * Reads a failure that was kept, for a command that brings it back.
         *
         * @return {@code null} if it cannot be read; then it is in the quarantine
         */
        @Nullable
        Restored<C> restore(Kept kept, OpenCommand open, Instant now);

        /**
         * Quarantines a failure whose redrive has thrown, and drops what that step has left unsent.
         *
         * @throws RuntimeException the cause itself, where it is not due to the failure
         */
        void quarantine(Kept kept, RuntimeException cause, Instant now);
    }

    /**
     * A failure that is kept.
     *
     * @param job its job
     * @param keptAt since when
     * @param failure the failure, which carries its own schema; in the state of former versions the value as it was read
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Kept(JobRef job, Instant keptAt, byte[] failure) {}

    /**
     * A failure that was kept, as an input.
     *
     * @param failure the failure
     * @param context what the outputs of its redrive need
     */
    public record Restored<C>(JobFailed failure, C context) {}

    /** The commands about many jobs that are being carried out; at most one redrive a user. */
    public interface OpenCommands {

        /** How many are open. */
        int size();

        /** How many of the open commands people gave. */
        int ofPeople();

        /** Whether a command of the same id is open, or a redrive of the same user. */
        boolean contains(BulkCommand command);

        /** The command whose turn it is; the others have theirs before it has the next. There must be one. */
        OpenCommand turn();

        /** The redrive of a user that is open. */
        @Nullable
        OpenCommand redriveOf(String userId);

        /** Stores a command that begins or has got further. A redrive replaces an earlier one of its user. */
        void put(OpenCommand command);

        /** Removes a command that has ended. */
        void remove(OpenCommand command);
    }

    /**
     * What a step writes to topics. It becomes visible with {@link #send} or not at all. A method that throws because of the
     * record leaves the step undone.
     */
    public interface Outputs<C> {

        /** Where the input of a context is. */
        Source source(C context);

        /** The context of a command that is being carried out. */
        C context(OpenCommand open);

        /**
         * Drops what a step has left unsent that threw.
         *
         * @return the stable reason, where the exception is due to the input
         * @throws RuntimeException the exception itself, where it is not
         */
        String refused(RuntimeException cause);

        /**
         * Begins a step; what an earlier one has left unsent is dropped.
         *
         * @param userId whose
         * @param job the job that the outcomes name; {@code null} for none
         */
        void begin(String userId, @Nullable JobRef job);

        /**
         * Writes a retry to its delay topic.
         *
         * @return the digest of what was written, or {@link JobState.Scheduled#NO_DIGEST}
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

    /** Observes steps, for counts and metrics. It must not throw, and takes no part in any decision. */
    @FunctionalInterface
    public interface Observer {

        /**
         * A step was taken whole.
         *
         * @param input what happened
         * @param before the state that it was applied to
         * @param step what followed
         * @param now the time that it was taken at
         */
        void taken(Input input, State before, Step step, Instant now);
    }
}
