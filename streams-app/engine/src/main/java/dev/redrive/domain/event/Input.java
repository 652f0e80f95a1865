package dev.redrive.domain.event;

import dev.redrive.domain.classify.Envelope;
import dev.redrive.domain.classify.FailureFacts.Cause;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An input: a record that was read, or a timer that fired. */
public sealed interface Input {

    /** Returns the user of the input; empty for all users of the task. */
    String userId();

    /** An input about one job. */
    sealed interface JobInput extends Input {

        /** Returns the job of the input. */
        JobRef job();

        /** Returns the service; empty if the input does not name it. */
        default String service() {
            return "";
        }

        /**
         * Returns the service, or the job's known one.
         *
         * @param known the job's service, used if the input does not name it
         */
        default String serviceOr(String known) {
            return service().isEmpty() ? known : service();
        }

        @Override
        default String userId() {
            return job().userId();
        }
    }

    /**
     * An attempt of a job failed. It has no request and no raw body: no decision needs them, so the writer of the
     * outputs takes them from the record itself.
     *
     * @param job the job
     * @param attempt number of the attempt that failed, from 1; 0 if unknown
     * @param service service category, the scope of rate limits
     * @param operation operation name
     * @param cause how the attempt ended
     * @param httpStatus status of the response, if any
     * @param envelope content of the body
     * @param responseHeaders response headers, names in lower case
     * @param idempotencyKey the key that the request carried, if any
     * @param failedAt when the attempt ended; never after the time of reading, to which the reader clamps it
     * @param waitFrom start of the wait for the next attempt; {@code failedAt} unless that comes from a clock that is
     *     behind
     * @param carried data that the job's retries carry
     */
    record JobFailed(
            JobRef job,
            int attempt,
            String service,
            String operation,
            Cause cause,
            @Nullable Integer httpStatus,
            Envelope envelope,
            Map<String, String> responseHeaders,
            @Nullable String idempotencyKey,
            Instant failedAt,
            Instant waitFrom,
            Carried carried)
            implements JobInput {

        /** @throws IllegalArgumentException if the attempt is negative */
        public JobFailed {
            if (attempt < 0) {
                throw new IllegalArgumentException("attempt must not be negative: " + attempt);
            }
            responseHeaders = Map.copyOf(responseHeaders);
        }

        /** Creates a failure whose wait starts at its end. */
        public JobFailed(
                JobRef job,
                int attempt,
                String service,
                String operation,
                Cause cause,
                @Nullable Integer httpStatus,
                Envelope envelope,
                Map<String, String> responseHeaders,
                @Nullable String idempotencyKey,
                Instant failedAt,
                Carried carried) {
            this(
                    job,
                    attempt,
                    service,
                    operation,
                    cause,
                    httpStatus,
                    envelope,
                    responseHeaders,
                    idempotencyKey,
                    failedAt,
                    failedAt,
                    carried);
        }

        /**
         * Returns the same failure with another start of its wait.
         *
         * @param start start of the wait
         */
        public JobFailed waitingFrom(Instant start) {
            return start.equals(waitFrom) ? this : with(attempt, service, start, carried);
        }

        /**
         * Returns the same failure with its attempt set.
         *
         * @param known number of the attempt, from 1
         */
        public JobFailed withAttempt(int known) {
            return known == attempt ? this : with(known, service, waitFrom, carried);
        }

        /**
         * Returns the same failure with missing values taken from earlier failures.
         *
         * @param knownService the service that the job calls, empty while unknown
         * @param before data that its retries carry
         */
        public JobFailed after(String knownService, Carried before) {
            return with(attempt, service.isEmpty() ? knownService : service, waitFrom, carried.after(before));
        }

        private JobFailed with(int newAttempt, String newService, Instant newWaitFrom, Carried newCarried) {
            return new JobFailed(
                    job,
                    newAttempt,
                    newService,
                    operation,
                    cause,
                    httpStatus,
                    envelope,
                    responseHeaders,
                    idempotencyKey,
                    failedAt,
                    newWaitFrom,
                    newCarried);
        }
    }

    /**
     * A lifecycle event of a job other than a failure.
     *
     * @param job the job
     * @param attempt number of the attempt, from 1; 0 if unknown
     * @param stage what happened
     * @param service service category; may be empty
     * @param operation operation name; may be empty
     * @param at when it happened, never after the time of reading
     * @param seenAt {@code at}, or a later instant if that comes from a clock that is behind; what is learned counts
     *     from here
     */
    record JobMoved(JobRef job, int attempt, Stage stage, String service, String operation, Instant at, Instant seenAt)
            implements JobInput {

        /** Creates an event from a correct clock. */
        public JobMoved(JobRef job, int attempt, Stage stage, String service, String operation, Instant at) {
            this(job, attempt, stage, service, operation, at, at);
        }

        /**
         * Returns the same event with the earliest time at which it can have been published.
         *
         * @param earliest not after the time of reading
         */
        public JobMoved notBefore(Instant earliest) {
            return earliest.isAfter(at) ? new JobMoved(job, attempt, stage, service, operation, at, earliest) : this;
        }

        /** The stages of an attempt that are not failures. */
        public enum Stage {
            /** The request was sent to the API. */
            SUBMITTED,
            /** The API answered 202. */
            ACCEPTED,
            /** The API processes it. */
            STARTED,
            /** The job succeeded; final. */
            SUCCEEDED,
            /** The job is cancelled; final. */
            CANCELLED
        }
    }

    /**
     * A command about one job: of a person or a program, or one step of a {@link BulkCommand}.
     *
     * @param commandId unique id; of a redrive it is the redrive id
     * @param kind the kind of command
     * @param job the job
     * @param deadLettered REDRIVE: the failure to retry
     * @param epoch REDRIVE: epoch of the dead letter
     * @param edited REDRIVE: whether the request was edited, so that a new submission begins
     * @param override REDRIVE: whether the job may exceed the allowed number of redrives
     */
    record JobCommand(
            String commandId,
            Kind kind,
            JobRef job,
            @Nullable JobFailed deadLettered,
            int epoch,
            boolean edited,
            boolean override)
            implements JobInput {

        /** Creates a command that overrides nothing. */
        public JobCommand(
                String commandId, Kind kind, JobRef job, @Nullable JobFailed deadLettered, int epoch, boolean edited) {
            this(commandId, kind, job, deadLettered, epoch, edited, false);
        }

        /** The kinds of commands. */
        public enum Kind {
            /** Do not retry the job. */
            CANCEL,
            /** Release a pending retry now. */
            EXPEDITE,
            /** Retry a dead-lettered job. */
            REDRIVE,
            /** Never retry a dead-lettered job. */
            DISCARD
        }
    }

    /**
     * A scheduled retry was read back from its delay topic.
     *
     * @param job the job
     * @param attempt number of the attempt to release
     * @param idempotencyKey the key that it is to be released with
     * @param digest of the whole record; see {@link dev.redrive.domain.lifecycle.JobState.Scheduled}
     */
    record RetryArrived(JobRef job, int attempt, String idempotencyKey, long digest) implements JobInput {}

    /**
     * A retry in the due queue is due.
     *
     * @param job the job
     * @param attempt number of the attempt to release
     * @param dueAt its due in the queue
     * @param service service category of the job
     * @param operation operation name
     * @param deadline the retry is useless after this instant
     * @param readyAt since when it can be released: its due, or the opening of the gates that blocked it
     */
    record RetryDue(
            JobRef job,
            int attempt,
            Instant dueAt,
            String service,
            String operation,
            @Nullable Instant deadline,
            Instant readyAt)
            implements JobInput {}

    /**
     * A retry could not be released and was quarantined.
     *
     * @param job the job
     * @param dueAt its due in the queue
     * @param operation operation name; empty if it could not be read
     * @param reason the stable reason of its quarantine
     */
    record RetryLost(JobRef job, Instant dueAt, String operation, String reason) implements JobInput {}

    /**
     * The lease of an active job ended without a sign of life.
     *
     * @param job the job
     */
    record LeaseEnded(JobRef job) implements JobInput {}

    /**
     * A user's allowance, plan or limits changed.
     *
     * @param userId the user
     * @param kind what changed
     * @param plan name of the plan, if reported
     * @param concurrencyLimit max active jobs from now on, if reported; positive
     * @param allowanceRemaining calls left, if reported; not negative
     * @param allowanceResetAt when the allowance resets, if reported
     * @param at when it changed, never after the time of reading
     */
    record AccountChanged(
            String userId,
            Kind kind,
            @Nullable String plan,
            @Nullable Integer concurrencyLimit,
            @Nullable Long allowanceRemaining,
            @Nullable Instant allowanceResetAt,
            Instant at)
            implements Input {

        /** What changed. */
        public enum Kind {
            /** The allowance was filled. */
            ALLOWANCE_RESET,
            /** The user has another plan. */
            PLAN_CHANGED,
            /** The spend cap was raised or lifted. */
            SPEND_CAP_CHANGED,
            /** Limits were set without a change of plan. */
            LIMITS_CHANGED
        }
    }

    /**
     * A command about many jobs: of a person or a program, or the automatic redrive after a reset of the allowance. It
     * is executed a few jobs at a time, each by a {@link JobCommand} of the same id, and ends with a {@link
     * BulkCommandEnded}.
     *
     * @param commandId unique id
     * @param kind CANCEL and EXPEDITE: of pending retries; REDRIVE: of the user's jobs that were dead-lettered for lack
     *     of allowance
     * @param userId the user; empty for all users of the task
     * @param operation only retries of this operation; {@code null} for all
     */
    record BulkCommand(
            String commandId,
            JobCommand.Kind kind,
            String userId,
            @Nullable String operation) implements Input {}

    /**
     * A question why a job waits.
     *
     * @param commandId unique id
     * @param job the job
     * @param operation the operation of its pending retry; {@code null} if unknown
     * @param ahead number of the user's pending retries that go before it
     */
    record ExplainCommand(
            String commandId, JobRef job, @Nullable String operation, int ahead) implements JobInput {

        /** Creates the question as it was read; the engine adds what the due queue has. */
        public ExplainCommand(String commandId, JobRef job) {
            this(commandId, job, null, 0);
        }
    }

    /**
     * A person's order to hold retries, or to release a hold.
     *
     * @param commandId unique id
     * @param holds whether it begins a hold, and does not end those with the same scope
     * @param userId the user; empty for all users of the task
     * @param service only retries of this service; {@code null} for all
     * @param operation only retries of this operation; {@code null} for all
     * @param reason why; empty if missing
     * @param until when the hold ends by itself, if given
     */
    record HoldCommand(
            String commandId,
            boolean holds,
            String userId,
            @Nullable String service,
            @Nullable String operation,
            String reason,
            @Nullable Instant until)
            implements Input {}

    /**
     * A command about many jobs was executed or rejected.
     *
     * @param command the command
     * @param refusal the stable reason of its rejection; {@code null} if it was executed
     * @param jobs number of jobs that it was applied to
     */
    record BulkCommandEnded(BulkCommand command, @Nullable String refusal, int jobs) implements Input {

        @Override
        public String userId() {
            return command.userId();
        }
    }

    /**
     * Data that a job keeps through its attempts and that each retry carries. A failure need not repeat it: missing
     * values come from earlier failures, present ones win.
     *
     * @param method HTTP method, upper case; {@link #METHOD} counts as missing if the route is missing too
     * @param route path of the request; empty if missing
     * @param deadline a retry is useless after this instant
     * @param maxAttempts lowers the limit of charged attempts for this job; positive
     * @param batchId the batch that the job belongs to
     * @param labels carried unchanged; empty if missing
     * @param priority 0 to 9; among the releasable retries of its user, the higher goes first; 0 if missing
     * @param request whether the request itself is present; no state stores its body
     */
    record Carried(
            String method,
            String route,
            @Nullable Instant deadline,
            @Nullable Integer maxAttempts,
            @Nullable String batchId,
            Map<String, String> labels,
            int priority,
            boolean request) {

        /** The method of a failure that names none. */
        public static final String METHOD = "POST";

        /** Nothing is known. */
        public static final Carried NONE = new Carried(METHOD, "", null, null, null, Map.of(), 0, false);

        /** Copies the labels. */
        public Carried {
            labels = Map.copyOf(labels);
        }

        /**
         * Returns the same data, with missing values taken from earlier failures.
         *
         * @param before the data of the earlier failures
         */
        public Carried after(Carried before) {
            boolean unnamed = route.isEmpty() && method.equals(METHOD);
            return new Carried(
                    unnamed ? before.method : method,
                    route.isEmpty() ? before.route : route,
                    deadline == null ? before.deadline : deadline,
                    maxAttempts == null ? before.maxAttempts : maxAttempts,
                    batchId == null ? before.batchId : batchId,
                    labels.isEmpty() ? before.labels : labels,
                    priority == 0 ? before.priority : priority,
                    request || before.request);
        }

        /** Returns the same data without a deadline that has passed. */
        public Carried withoutMissedDeadline(Instant now) {
            return deadline == null || deadline.isAfter(now)
                    ? this
                    : new Carried(method, route, null, maxAttempts, batchId, labels, priority, request);
        }
    }
}
