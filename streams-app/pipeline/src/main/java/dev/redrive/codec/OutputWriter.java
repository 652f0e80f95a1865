package dev.redrive.codec;

import dev.redrive.avro.Alert;
import dev.redrive.avro.AttemptSummary;
import dev.redrive.avro.DeadLetter;
import dev.redrive.avro.DueParts;
import dev.redrive.avro.ErrorRate;
import dev.redrive.avro.Explanation;
import dev.redrive.avro.FailureCause;
import dev.redrive.avro.JobFailure;
import dev.redrive.avro.Outcome;
import dev.redrive.avro.RetryRequest;
import dev.redrive.avro.ScheduledRetry;
import dev.redrive.contract.TopicNames;
import dev.redrive.domain.backlog.Backlog.BlockedLane;
import dev.redrive.domain.backlog.Lane;
import dev.redrive.domain.classify.Classification;
import dev.redrive.domain.decide.Decision;
import dev.redrive.domain.decide.RetryPolicy.Tier;
import dev.redrive.domain.decide.StableIds;
import dev.redrive.domain.event.Input.Carried;
import dev.redrive.domain.event.Input.RetryLost;
import dev.redrive.domain.event.JobRef;
import dev.redrive.domain.gate.GateAnswer;
import dev.redrive.domain.gate.GateName;
import dev.redrive.domain.gate.Verdict;
import dev.redrive.domain.lifecycle.Effect;
import dev.redrive.domain.lifecycle.JobState.Memo;
import dev.redrive.domain.stats.AlertRules.AlertKind;
import dev.redrive.domain.stats.Windows.Part;
import dev.redrive.domain.user.UserState;
import dev.redrive.serde.AvroSerdes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.serialization.Serializer;
import org.jspecify.annotations.Nullable;

/** Writes the records of the pipeline's outputs. Owned by one thread. */
public final class OutputWriter {

    private static final int MAX_MESSAGE_CHARS = 2_048;

    private final TopicNames topics;
    private final Serializer<ScheduledRetry> retries;
    private int retrySchemaId = -1;
    private final Serializer<RetryRequest> ready;
    private final Serializer<DeadLetter> deadLetters;
    private final Serializer<Outcome> outcomes;
    private final Serializer<dev.redrive.avro.UserState> users;

    /**
     * Creates a writer.
     *
     * @param registry settings of the registry's clients, by Confluent's keys
     * @param topics the topics, whose names determine the schemas' subjects
     */
    public OutputWriter(Map<String, Object> registry, TopicNames topics) {
        this.topics = topics;
        this.retries = AvroSerdes.serializer(ScheduledRetry.class, registry);
        this.ready = AvroSerdes.serializer(RetryRequest.class, registry);
        this.deadLetters = AvroSerdes.serializer(DeadLetter.class, registry);
        this.outcomes = AvroSerdes.serializer(Outcome.class, registry);
        this.users = AvroSerdes.serializer(dev.redrive.avro.UserState.class, registry);
    }

    /** Encodes a retry for its delay topic. */
    public byte[] scheduled(Effect.Schedule effect, Tier tier, Origin origin, Instant now) {
        JobFailure failure = origin.requireFailure();
        Decision.Retry decision = effect.decision();
        Carried carried = effect.carried();
        Classification why = decision.classification();
        RetryRequest retry = new RetryRequest(
                failure.getUserId(),
                failure.getJobId(),
                effect.attempt(),
                effect.service(),
                failure.getOperation(),
                carried.method(),
                carried.route(),
                decision.idempotencyKey(),
                decision.epoch(),
                failure.getRequest(),
                decision.dueAt(),
                why.failureClass().name(),
                why.code(),
                failure.getHttpStatus(),
                effect.firstFailedAt(),
                failure.getFailedAt(),
                carried.deadline(),
                carried.maxAttempts(),
                carried.batchId(),
                carried.labels(),
                effect.redriveId(),
                origin.traceparent(),
                carried.priority());
        byte[] value = retries.serialize(topics.retry(tier.name()), new ScheduledRetry(retry, tier.name(), now));
        retrySchemaId = InputReader.idOf(value);
        return value;
    }

    /** Returns the registry's id of the present schema of retries; negative before the first write. */
    public int retrySchemaId() {
        return retrySchemaId;
    }

    /** Encodes a retry that is released now. */
    public byte[] released(RetryRequest retry) {
        return ready.serialize(topics.ready(), retry);
    }

    /** Encodes a dead letter. */
    public byte[] deadLetter(Effect.Bury effect, JobFailure failure, @Nullable String redriveId, Instant now) {
        Decision.DeadLetter decision = effect.decision();
        Classification why = decision.classification();
        Memo memo = effect.memo();
        List<AttemptSummary> history = new ArrayList<>(memo.history().size());
        memo.history()
                .forEach(past -> history.add(new AttemptSummary(
                        past.attempt(), past.failureClass().name(), past.code(), past.httpStatus(), past.failedAt())));
        Instant first = memo.firstFailedAt();
        return deadLetters.serialize(
                topics.deadLetters(),
                new DeadLetter(
                        deadLetterId(new JobRef(failure.getUserId(), failure.getJobId()), effect.attempt()),
                        failure.getUserId(),
                        failure.getJobId(),
                        effect.attempt(),
                        decision.reason().name(),
                        why.failureClass().name(),
                        why.code(),
                        cut(effect.message()),
                        decision.remedy(),
                        fingerprint(
                                failure.getService(),
                                failure.getOperation(),
                                decision.reason().name(),
                                why.code()),
                        why.ruleId(),
                        why.rulesVersion(),
                        decision.idempotencyKey(),
                        decision.epoch(),
                        memo.charged(),
                        memo.uncharged(),
                        history,
                        first == null ? failure.getFailedAt() : first,
                        now,
                        redriveId,
                        completed(failure, effect.attempt(), memo)));
    }

    /**
     * Adds the number of the attempt, which separates redrives of this dead letter from those of an earlier one, and
     * the data that the worker did not repeat.
     */
    private static JobFailure completed(JobFailure failure, int attempt, Memo memo) {
        Carried carried = memo.carried();
        return new JobFailure(
                failure.getUserId(),
                failure.getJobId(),
                failure.getAttempt() == 0 ? attempt : failure.getAttempt(),
                memo.service(),
                failure.getOperation(),
                carried.method(),
                carried.route(),
                failure.getCause(),
                failure.getHttpStatus(),
                failure.getErrorBody(),
                failure.getErrorMessage(),
                failure.getResponseHeaders(),
                failure.getIdempotencyKey(),
                failure.getRequest(),
                failure.getFailedAt(),
                carried.deadline(),
                carried.maxAttempts(),
                carried.batchId(),
                carried.labels(),
                carried.priority());
    }

    /** Returns the id of a dead letter; the same for the same attempt of a job. */
    static String deadLetterId(JobRef job, int attempt) {
        return StableIds.uuid("dead-letter", job.userId(), job.jobId(), Integer.toString(attempt))
                .toString();
    }

    /** Returns the group of dead letters with the same cause. */
    public static String fingerprint(String service, String operation, String reason, @Nullable String code) {
        return StableIds.uuid("fingerprint", service, operation, reason, code == null ? "" : code)
                .toString();
    }

    /** Rebuilds a failure from its retry, for a retry that is itself dead-lettered. */
    public static JobFailure failureOf(RetryRequest retry) {
        return new JobFailure(
                retry.getUserId(),
                retry.getJobId(),
                retry.getAttempt() - 1,
                retry.getService(),
                retry.getOperation(),
                retry.getMethod(),
                retry.getRoute(),
                FailureCause.UNKNOWN,
                retry.getHttpStatus(),
                null,
                null,
                Map.of(),
                retry.getIdempotencyKey(),
                retry.getRequest(),
                retry.getFailedAt(),
                retry.getDeadline(),
                retry.getMaxAttempts(),
                retry.getBatchId(),
                retry.getLabels(),
                retry.getPriority());
    }

    /** Rebuilds a failure whose retry was lost: its user and job, and what was called; not the request. */
    public static JobFailure lost(Lane lane, RetryLost retry) {
        return JobFailure.newBuilder()
                .setUserId(retry.userId())
                .setJobId(retry.job().jobId())
                .setAttempt(0)
                .setService(lane.service())
                .setOperation(retry.operation())
                .setCause(FailureCause.UNKNOWN)
                .setFailedAt(retry.dueAt())
                .setPriority(lane.priority())
                .build();
    }

    /** Encodes an outcome. */
    public byte[] outcome(
            Effect.Note note, String userId, @Nullable String jobId, @Nullable Tier tier, Origin origin, Instant now) {
        Effect.Judged judged = note.judged();
        Classification why = judged == null ? null : judged.classification();
        Effect.Work work = note.work();
        return outcomes.serialize(
                topics.outcomes(),
                new Outcome(
                        userId,
                        jobId,
                        note.attempt(),
                        note.about().name(),
                        note.kind().name(),
                        note.reason(),
                        why == null ? null : why.failureClass().name(),
                        why == null ? null : why.code(),
                        why == null ? null : why.ruleId(),
                        why == null ? null : why.rulesVersion(),
                        judged == null ? null : judged.charged(),
                        note.chargedAttempts(),
                        note.dueAt(),
                        tier == null ? null : tier.name(),
                        origin.commandId(),
                        now,
                        origin.topic(),
                        origin.topic() == null ? null : origin.partition(),
                        origin.topic() == null ? null : origin.offset(),
                        note.jobs(),
                        note.detail(),
                        work == null ? null : present(work.service()),
                        work == null ? null : present(work.operation()),
                        work == null ? null : work.batchId(),
                        work == null ? null : work.redriveId(),
                        deadLetterId(userId, jobId, note.deadLetter()),
                        judged == null ? null : parts(judged.due()),
                        explanation(note.explanation(), work == null ? "" : work.service())));
    }

    private static @Nullable Explanation explanation(Effect.@Nullable Explanation why, String service) {
        if (why == null) {
            return null;
        }
        GateName decisive = why.decisive();
        String due = why.forecastAt() == null ? null : "DUE";
        return new Explanation(
                why.state(),
                why.gates().stream().map(answer -> answer(answer, service)).toList(),
                why.ahead(),
                why.forecastAt(),
                decisive == null ? due : decisive.name());
    }

    private static dev.redrive.avro.GateAnswer answer(GateAnswer answer, String service) {
        Verdict.Closed closed = answer.verdict() instanceof Verdict.Closed verdict ? verdict : null;
        return new dev.redrive.avro.GateAnswer(
                answer.gate().name(),
                closed == null,
                answer.gate().ofUser() ? null : service,
                closed == null ? null : closed.until(),
                closed == null ? null : closed.opening().name(),
                answer.since(),
                answer.limit(),
                answer.used(),
                answer.remaining(),
                answer.status(),
                answer.resetAt(),
                answer.reason());
    }

    private static @Nullable String deadLetterId(String userId, @Nullable String jobId, @Nullable Integer attempt) {
        return attempt == null || jobId == null ? null : deadLetterId(new JobRef(userId, jobId), attempt);
    }

    private static @Nullable String present(String name) {
        return name.isEmpty() ? null : name;
    }

    private static @Nullable DueParts parts(Decision.@Nullable DueParts due) {
        return due == null
                ? null
                : new DueParts(due.from(), due.hintMs(), due.backoffMs(), due.jitterMs(), due.clampMs());
    }

    /** Encodes a user's state, with the gates that block retries of the user. */
    public byte[] user(String userId, UserState state, List<BlockedLane> blocked) {
        return users.serialize(topics.users(), UserStateCodec.record(userId, state, blocked));
    }

    private static @Nullable String cut(@Nullable String message) {
        return message == null || message.length() <= MAX_MESSAGE_CHARS
                ? message
                : message.substring(0, MAX_MESSAGE_CHARS);
    }

    /** Writes error rates and alerts. Owned by one thread. */
    public static final class RateWriter {

        private final TopicNames topics;
        private final Duration windowSize;
        private final Serializer<ErrorRate> rates;
        private final Serializer<Alert> alerts;

        /**
         * Creates a writer.
         *
         * @param registry settings of the registry's clients, by Confluent's keys
         * @param topics the topics, whose names determine the schemas' subjects
         * @param windowSize length of a window
         */
        public RateWriter(Map<String, Object> registry, TopicNames topics, Duration windowSize) {
            this.topics = topics;
            this.windowSize = windowSize;
            this.rates = AvroSerdes.serializer(ErrorRate.class, registry);
            this.alerts = AvroSerdes.serializer(Alert.class, registry);
        }

        /** Encodes the failures of one class and code in a window. */
        public byte[] rate(Part part, long failures, long submitted, Instant now) {
            Instant start = Instant.ofEpochMilli(part.windowStartMs());
            return rates.serialize(
                    topics.errorRates(),
                    new ErrorRate(
                            start,
                            start.plus(windowSize),
                            part.service(),
                            part.operation(),
                            part.word(),
                            part.code(),
                            failures,
                            submitted,
                            part.late(),
                            now));
        }

        /**
         * Encodes an alert about a group.
         *
         * @param kind the kind of finding
         * @param fingerprint the group
         * @param part describes the group, and the window of the finding
         * @param count the number of occurrences
         * @param summary one sentence for people
         */
        public byte[] alert(AlertKind kind, String fingerprint, Part part, long count, String summary, Instant now) {
            String id = StableIds.uuid("alert", kind.name(), fingerprint, Long.toString(part.windowStartMs()))
                    .toString();
            return alerts.serialize(
                    topics.alerts(),
                    new Alert(
                            id,
                            kind.name(),
                            fingerprint,
                            part.service(),
                            part.operation(),
                            part.word(),
                            part.code(),
                            count,
                            summary,
                            now));
        }
    }
}
