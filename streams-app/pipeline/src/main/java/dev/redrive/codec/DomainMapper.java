package dev.redrive.codec;

import dev.redrive.avro.AccountChange;
import dev.redrive.avro.AccountChangeKind;
import dev.redrive.avro.Command;
import dev.redrive.avro.CommandKind;
import dev.redrive.avro.FailureCause;
import dev.redrive.avro.JobFailure;
import dev.redrive.avro.JobLifecycle;
import dev.redrive.avro.LifecycleStage;
import dev.redrive.avro.RetryRequest;
import dev.redrive.domain.backlog.Lane;
import dev.redrive.domain.classify.Envelope;
import dev.redrive.domain.classify.FailureFacts.Cause;
import dev.redrive.domain.classify.Profile.Profiles;
import dev.redrive.domain.event.Input;
import dev.redrive.domain.event.Input.AccountChanged;
import dev.redrive.domain.event.Input.BulkCommand;
import dev.redrive.domain.event.Input.Carried;
import dev.redrive.domain.event.Input.ExplainCommand;
import dev.redrive.domain.event.Input.HoldCommand;
import dev.redrive.domain.event.Input.JobCommand;
import dev.redrive.domain.event.Input.JobFailed;
import dev.redrive.domain.event.Input.JobMoved;
import dev.redrive.domain.event.Input.RetryArrived;
import dev.redrive.domain.event.JobRef;
import dev.redrive.publish.Limits;
import java.time.Instant;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Maps decoded records to the domain. Times after the time of reading are replaced by it, so that a fast clock shifts
 * nothing; names are checked against limits.
 *
 * <p>Immutable and safe for use by several threads.
 */
public final class DomainMapper {

    /** Maximum length of a user, job or command id, in UTF-16 units. */
    public static final int MAX_ID_CHARS = 256;

    /** Maximum length of a service, operation, method, plan or idempotency key, in UTF-16 units. */
    public static final int MAX_NAME_CHARS = 256;

    /** Maximum length of a request path, in UTF-16 units; it is kept in the job's state. */
    private static final int MAX_ROUTE_CHARS = 2_048;

    /** Maximum length of a person's reason for a command, in UTF-16 units. */
    public static final int MAX_REASON_CHARS = 500;

    private final Profiles profiles;
    private final EnvelopeReader envelopes;

    /**
     * Creates a mapper.
     *
     * @param profiles the error mapping of each service
     * @param envelopes reads error bodies
     */
    public DomainMapper(Profiles profiles, EnvelopeReader envelopes) {
        this.profiles = profiles;
        this.envelopes = envelopes;
    }

    /**
     * Maps a failure.
     *
     * @throws InvalidFieldException if a field has an invalid value
     */
    public JobFailed failure(JobFailure record, Instant now) {
        Envelope envelope = envelopes
                .read(profiles.forService(record.getService()).envelope(), record.getErrorBody())
                .envelope();
        if (envelope.message() == null && record.getErrorMessage() != null) {
            envelope = envelope.withMessage(record.getErrorMessage());
        }
        Integer status = record.getHttpStatus();
        if (record.getBatchId() != null) {
            name("batchId", record.getBatchId());
        }
        labels(record.getLabels());
        return new JobFailed(
                job(record.getUserId(), record.getJobId()),
                attempt(record.getAttempt()),
                name("service", record.getService()),
                name("operation", record.getOperation()),
                cause(record.getCause()),
                status == null || status == 0 ? null : status(status),
                envelope,
                lowerCased(record.getResponseHeaders()),
                key(record.getIdempotencyKey()),
                time("failedAt", record.getFailedAt(), now),
                carried(record));
    }

    private static Carried carried(JobFailure record) {
        return new Carried(
                name("method", record.getMethod()).toUpperCase(Locale.ROOT),
                route(record.getRoute()),
                bounded("deadline", record.getDeadline()),
                maxAttempts(record.getMaxAttempts()),
                record.getBatchId(),
                record.getLabels(),
                priority(record.getPriority()),
                record.getRequest() != null);
    }

    /**
     * Maps a lifecycle event.
     *
     * @throws InvalidFieldException if a field has an invalid value
     */
    public JobMoved moved(JobLifecycle record, Instant now) {
        return new JobMoved(
                job(record.getUserId(), record.getJobId()),
                attempt(record.getAttempt()),
                stage(record.getStage()),
                name("service", record.getService()),
                name("operation", record.getOperation()),
                time("at", record.getAt(), now));
    }

    /**
     * Maps an account change.
     *
     * @throws InvalidFieldException if a field has an invalid value
     */
    public AccountChanged account(AccountChange record, Instant now) {
        Integer limit = record.getConcurrencyLimit();
        if (limit != null && limit < 1) {
            throw new InvalidFieldException("concurrencyLimit takes 1 or more, not " + limit);
        }
        Long remaining = record.getAllowanceRemaining();
        if (remaining != null && remaining < 0) {
            throw new InvalidFieldException("allowanceRemaining takes 0 or more, not " + remaining);
        }
        return new AccountChanged(
                id("userId", record.getUserId()),
                kind(record.getChange()),
                record.getPlan() == null ? null : name("plan", record.getPlan()),
                limit,
                remaining,
                bounded("allowanceResetAt", record.getAllowanceResetAt()),
                time("at", record.getAt(), now));
    }

    /**
     * Maps a retry read back from its delay topic.
     *
     * @throws InvalidFieldException if a field has an invalid value
     */
    public RetryArrived arrived(RetryRequest record, long digest) {
        JobRef job = job(record.getUserId(), record.getJobId());
        return new RetryArrived(job, record.getAttempt(), record.getIdempotencyKey(), digest);
    }

    /**
     * Maps a command about one job or many.
     *
     * @throws InvalidFieldException if a field has an invalid value
     */
    public Input command(Command record, Instant now) {
        time("issuedAt", record.getIssuedAt(), now);
        reason(record.getReason());
        String jobId = record.getJobId();
        if (record.getKind() == CommandKind.HOLD || record.getKind() == CommandKind.UNHOLD) {
            return hold(record);
        }
        if (jobId == null) {
            return bulk(record);
        }
        JobRef job = job(record.getUserId(), jobId);
        if (record.getKind() == CommandKind.EXPLAIN) {
            return new ExplainCommand(id("commandId", record.getCommandId()), job);
        }
        JobFailure dead = record.getDeadLetter();
        JobFailed failure = dead == null ? null : failure(dead, now);
        if (failure != null && !failure.job().equals(job)) {
            throw new InvalidFieldException("deadLetter must be of the command's own job");
        }
        return new JobCommand(
                id("commandId", record.getCommandId()),
                kind(record.getKind()),
                job,
                failure,
                epoch(record.getEpoch()),
                record.getEdited(),
                record.getOverride());
    }

    private static HoldCommand hold(Command record) {
        if (record.getJobId() != null) {
            throw new InvalidFieldException("jobId must be left out for " + record.getKind());
        }
        String userId = record.getUserId();
        return new HoldCommand(
                id("commandId", record.getCommandId()),
                record.getKind() == CommandKind.HOLD,
                userId.isEmpty() ? userId : id("userId", userId),
                given("service", record.getService()),
                given("operation", record.getOperation()),
                record.getReason() == null ? "" : record.getReason(),
                bounded("until", record.getUntil()));
    }

    private static @Nullable String given(String field, @Nullable String name) {
        return name == null || name.isEmpty() ? null : name(field, name);
    }

    private static BulkCommand bulk(Command record) {
        JobCommand.Kind kind = kind(record.getKind());
        if (kind != JobCommand.Kind.CANCEL && kind != JobCommand.Kind.EXPEDITE) {
            throw new InvalidFieldException("jobId must be given for " + kind);
        }
        String userId = record.getUserId();
        String operation = given("operation", record.getOperation());
        if (userId.isEmpty() && operation == null) {
            throw new InvalidFieldException("userId, jobId or operation must be given");
        }
        return new BulkCommand(
                id("commandId", record.getCommandId()),
                kind,
                userId.isEmpty() ? userId : id("userId", userId),
                operation);
    }

    private static JobRef job(String userId, String jobId) {
        return new JobRef(id("userId", userId), id("jobId", jobId));
    }

    private static String id(String field, String id) {
        if (id.isEmpty() || id.length() > MAX_ID_CHARS) {
            throw new InvalidFieldException(field + " takes 1 to " + MAX_ID_CHARS + " characters, not " + id.length());
        }
        return id;
    }

    private static String name(String field, String name) {
        if (name.length() > MAX_NAME_CHARS) {
            throw new InvalidFieldException(
                    field + " takes at most " + MAX_NAME_CHARS + " characters, not " + name.length());
        }
        return name;
    }

    private static @Nullable String reason(@Nullable String reason) {
        if (reason != null && reason.length() > MAX_REASON_CHARS) {
            throw new InvalidFieldException(
                    "reason takes at most " + MAX_REASON_CHARS + " characters, not " + reason.length());
        }
        return reason;
    }

    private static @Nullable String key(@Nullable String key) {
        return key == null || key.isEmpty() ? null : name("idempotencyKey", key);
    }

    private static int attempt(int attempt) {
        if (attempt < 0 || attempt > Limits.MAX_ATTEMPT) {
            throw new InvalidFieldException("attempt takes 0 to " + Limits.MAX_ATTEMPT + ", not " + attempt);
        }
        return attempt;
    }

    private static @Nullable Integer maxAttempts(@Nullable Integer max) {
        if (max != null && max < 1) {
            throw new InvalidFieldException("maxAttempts takes 1 or more, not " + max);
        }
        return max;
    }

    private static String route(String route) {
        if (route.length() > MAX_ROUTE_CHARS) {
            throw new InvalidFieldException(
                    "route takes at most " + MAX_ROUTE_CHARS + " characters, not " + route.length());
        }
        return route;
    }

    private static void labels(Map<String, String> labels) {
        if (labels.size() > Limits.MAX_LABELS) {
            throw new InvalidFieldException("labels takes at most " + Limits.MAX_LABELS + ", not " + labels.size());
        }
        labels.forEach((key, value) -> {
            name("a label's key", key);
            name("a label's value", value);
        });
    }

    private static int priority(int priority) {
        if (priority < 0 || priority > Lane.MAX_PRIORITY) {
            throw new InvalidFieldException("priority takes 0 to " + Lane.MAX_PRIORITY + ", not " + priority);
        }
        return priority;
    }

    private static int epoch(int epoch) {
        if (epoch < 0 || epoch > Limits.MAX_ATTEMPT) {
            throw new InvalidFieldException("epoch takes 0 to " + Limits.MAX_ATTEMPT + ", not " + epoch);
        }
        return epoch;
    }

    private static int status(int status) {
        if (status < 100 || status > 999) {
            throw new InvalidFieldException("httpStatus takes 100 to 999, not " + status);
        }
        return status;
    }

    private static Instant time(String field, Instant at, Instant now) {
        requireRecent(field, at);
        return at.isAfter(now) ? now : at;
    }

    /** Checks a future instant; one after the year 9999 is a number in another unit. */
    private static @Nullable Instant bounded(String field, @Nullable Instant at) {
        if (at != null && at.isAfter(Limits.LAST_INSTANT)) {
            throw new InvalidFieldException(
                    field + " must not be after the year 9999; it is in milliseconds since 1970-01-01T00:00Z");
        }
        if (at != null) {
            requireRecent(field, at);
        }
        return at;
    }

    /** Epoch seconds read as milliseconds would put a retry's due or a deadline in January 1970. */
    private static void requireRecent(String field, Instant at) {
        if (at.isBefore(Limits.EARLIEST)) {
            throw new InvalidFieldException(field + " " + Limits.TOO_EARLY + ": " + at);
        }
    }

    /** Values of names that differ only in case are joined as a list, ordered by name. */
    private static Map<String, String> lowerCased(Map<String, String> headers) {
        Map<String, String> lower = new HashMap<>();
        new TreeMap<>(headers)
                .forEach((name, value) ->
                        lower.merge(name.toLowerCase(Locale.ROOT), value, (one, other) -> one + ", " + other));
        return lower;
    }

    private static Cause cause(FailureCause cause) {
        return switch (cause) {
            case UNKNOWN -> Cause.UNKNOWN;
            case RESPONSE -> Cause.RESPONSE;
            case NETWORK -> Cause.NETWORK;
            case TIMEOUT -> Cause.TIMEOUT;
            case ASYNC -> Cause.ASYNC;
        };
    }

    private static JobMoved.Stage stage(LifecycleStage stage) {
        return switch (stage) {
            case UNKNOWN -> throw new InvalidFieldException("stage is not known to this version");
            case SUBMITTED -> JobMoved.Stage.SUBMITTED;
            case ACCEPTED -> JobMoved.Stage.ACCEPTED;
            case STARTED -> JobMoved.Stage.STARTED;
            case SUCCEEDED -> JobMoved.Stage.SUCCEEDED;
            case CANCELLED -> JobMoved.Stage.CANCELLED;
        };
    }

    private static AccountChanged.Kind kind(AccountChangeKind kind) {
        return switch (kind) {
            case UNKNOWN -> throw new InvalidFieldException("change is not known to this version");
            case ALLOWANCE_RESET -> AccountChanged.Kind.ALLOWANCE_RESET;
            case PLAN_CHANGED -> AccountChanged.Kind.PLAN_CHANGED;
            case SPEND_CAP_CHANGED -> AccountChanged.Kind.SPEND_CAP_CHANGED;
            case LIMITS_CHANGED -> AccountChanged.Kind.LIMITS_CHANGED;
        };
    }

    private static JobCommand.Kind kind(CommandKind kind) {
        return switch (kind) {
            case UNKNOWN -> throw new InvalidFieldException("kind is not known to this version");
            case CANCEL -> JobCommand.Kind.CANCEL;
            case EXPEDITE -> JobCommand.Kind.EXPEDITE;
            case REDRIVE -> JobCommand.Kind.REDRIVE;
            case DISCARD -> JobCommand.Kind.DISCARD;
            case HOLD, UNHOLD, EXPLAIN -> throw new InvalidFieldException("jobId must be given for EXPLAIN");
        };
    }

    /** A decoded record has a field with an invalid value; the message names the field, not its content. */
    public static final class InvalidFieldException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        InvalidFieldException(String message) {
            super(message, null, false, false);
        }
    }
}
