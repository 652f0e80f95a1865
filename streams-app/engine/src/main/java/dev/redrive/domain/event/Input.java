package dev.redrive.domain.event;

import dev.redrive.domain.classify.Envelope;
import dev.redrive.domain.classify.FailureFacts.Cause;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Something that happened: a record that came in, or a timer that fired. */
public sealed interface Input {

    /** The user it is about; empty for all users of the task. */
    String userId();

    /** An input about one job. */
    sealed interface JobInput extends Input {

        /** The job it is about. */
        JobRef job();

        /** The service that it is about; empty where the input does not name it. */
        default String service() {
            return "";
        }

        /**
         * The service that it is about.
         *
         * @param known the job's, where the input does not name it
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
     * An attempt of a job failed. The request and the raw body are not here: no decision needs them, so whoever writes the
     * outputs takes them from the record itself.
     *
     * @param job the job
     * @param attempt number of the attempt that failed, from 1; 0 when unknown
     * @param service service category, the scope of rate limits
     * @param operation operation name
     * @param cause how the attempt ended
     * @param httpStatus status of the response, when there was one
     * @param envelope what the body said
     * @param responseHeaders response headers, names in lower case
     * @param idempotencyKey the key that the request carried, when it carried one
     * @param failedAt when the attempt ended; never after the time of reading, the reader clamps it
     * @param waitFrom from when on the wait for the next attempt counts; {@code failedAt} unless that comes from a clock that
     *     is behind
     * @param carried what the job's retries carry
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

        /** A failure whose wait counts from its end. */
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
         * The same failure with another beginning of its wait.
         *
         * @param start from when on the wait counts
         */
        public JobFailed waitingFrom(Instant start) {
            return start.equals(waitFrom) ? this : with(attempt, service, start, carried);
        }

        /**
         * The same failure with its attempt known.
         *
         * @param known number of the attempt, from 1
         */
        public JobFailed withAttempt(int known) {
            return known == attempt ? this : with(known, service, waitFrom, carried);
        }

        /**
         * The same failure with what it leaves out taken from the failures before.
         *
         * @param knownService the service that the job calls, empty while unknown
         * @param before what its retries carry
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
     * A job moved on without failing.
     *
     * @param job the job
     * @param attempt number of the attempt, from 1; 0 when unknown
     * @param stage what happened
     * @param service service category; may be empty
     * @param operation operation name; may be empty
     * @param at when, never after the time of reading
     */
    record JobMoved(JobRef job, int attempt, Stage stage, String service, String operation, Instant at)
            implements JobInput {

        /** The stages of an attempt that are not failures. */
        public enum Stage {
            /** The request is on its way to the API. */
            SUBMITTED,
            /** The API answered 202. */
            ACCEPTED,
            /** The API works at it. */
            STARTED,
            /** The job is done; final. */
            SUCCEEDED,
            /** The job is not wanted any more; final. */
            CANCELLED
        }
    }

    /**
     * What a person or a rule wants done with a job.
     *
     * @param commandId unique id; of a redrive it is the redrive id
     * @param kind what is wanted
     * @param job the job
     * @param deadLettered REDRIVE: the failure to bring back
     * @param epoch REDRIVE: epoch of the dead letter
     * @param edited REDRIVE: whether the request was edited, so that a new submission begins
     */
    record CommandIssued(
            String commandId,
            Kind kind,
            JobRef job,
            @Nullable JobFailed deadLettered,
            int epoch,
            boolean edited) implements JobInput {

        /** What can be asked for. */
        public enum Kind {
            /** The job is not to come back. */
            CANCEL,
            /** A pending retry is to go now. */
            EXPEDITE,
            /** A dead-lettered job is to be tried again. */
            REDRIVE,
            /** A dead-lettered job is settled and never to be tried again. */
            DISCARD
        }
    }

    /**
     * A scheduled retry was read back from its delay topic.
     *
     * @param job the job
     * @param attempt number of the attempt to release
     * @param idempotencyKey the key that it would be released with
     * @param digest of the whole record; see {@link dev.redrive.domain.lifecycle.JobState.Scheduled}
     */
    record RetryArrived(JobRef job, int attempt, String idempotencyKey, long digest) implements JobInput {}

    /**
     * A retry in the due queue is due.
     *
     * @param job the job
     * @param attempt number of the attempt to release
     * @param dueAt the due under which it stood in the queue
     * @param service service category of the job
     * @param operation operation name
     * @param deadline after this instant the retry is of no use
     * @param readyAt since when it could go: its due, or the opening of the gates that held it
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
     * A retry whose turn had come could not be handed out and was quarantined.
     *
     * @param job the job
     * @param dueAt the due under which it stood in the queue
     * @param operation operation name; empty where it could not be read
     * @param reason the stable reason of its quarantine
     */
    record RetryLost(JobRef job, Instant dueAt, String operation, String reason) implements JobInput {}

    /**
     * The time is over in which a job counts as active without a sign of life.
     *
     * @param job the job
     */
    record LeaseEnded(JobRef job) implements JobInput {}

    /**
     * A user's allowance, plan or limits changed.
     *
     * @param userId the user
     * @param kind what changed
     * @param plan name of the plan, when told
     * @param concurrencyLimit most active jobs from now on, when told; positive
     * @param allowanceRemaining calls left, when told; not negative
     * @param allowanceResetAt when the allowance is filled again, when told
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
     * What a person or a rule wants done with many jobs. It is carried out a few jobs at a time, each by a {@link CommandIssued}
     * of the same id, and ends with a {@link BulkEnded}.
     *
     * @param commandId unique id
     * @param kind CANCEL and EXPEDITE: of pending retries; REDRIVE: of the user's jobs that were dead-lettered for want of
     *     allowance
     * @param userId of this user; empty for all users of the task
     * @param operation only retries of this operation; {@code null} for all
     */
    record BulkCommand(
            String commandId,
            CommandIssued.Kind kind,
            String userId,
            @Nullable String operation) implements Input {}

    /**
     * A command about many jobs was carried out, or refused.
     *
     * @param command the command
     * @param refusal the stable reason why nothing of it was carried out; {@code null} where it was
     * @param jobs how many jobs it was applied to
     */
    record BulkEnded(BulkCommand command, @Nullable String refusal, int jobs) implements Input {

        @Override
        public String userId() {
            return command.userId();
        }
    }

    /**
     * What a job keeps through its attempts and each of its retries carries. A failure need not repeat it: what it leaves out
     * is taken from the failures before, what it repeats wins.
     *
     * @param method HTTP method, upper case; {@link #METHOD} counts as left out where the route is left out too
     * @param route path of the request; empty where left out
     * @param deadline after this instant a retry is of no use
     * @param maxAttempts lowers the limit of charged attempts for this job; positive
     * @param batchId the batch that the job belongs to
     * @param labels carried untouched; none where left out
     * @param priority 0 to 9; among the retries of its user that may go, the higher goes first; 0 where left out
     * @param request whether the request itself is there; its body is in no state
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
         * The same, with what it leaves out taken from the failures before.
         *
         * @param before what they have left
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

        /** The same without a deadline that has passed. */
        public Carried withoutMissedDeadline(Instant now) {
            return deadline == null || deadline.isAfter(now)
                    ? this
                    : new Carried(method, route, null, maxAttempts, batchId, labels, priority, request);
        }
    }
}
