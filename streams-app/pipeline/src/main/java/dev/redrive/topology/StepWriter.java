package dev.redrive.topology;

import dev.redrive.avro.JobFailure;
import dev.redrive.avro.RetryRequest;
import dev.redrive.codec.InputReader;
import dev.redrive.codec.InputReader.Decoded;
import dev.redrive.codec.Origin;
import dev.redrive.codec.Origin.PayloadDigest;
import dev.redrive.codec.OutputWriter;
import dev.redrive.contract.HeaderNames;
import dev.redrive.contract.TopicNames;
import dev.redrive.domain.backlog.Lane;
import dev.redrive.domain.backlog.Lane.Slot;
import dev.redrive.domain.decide.RetryPolicy.Tier;
import dev.redrive.domain.engine.Ports;
import dev.redrive.domain.engine.Ports.CommandProgress;
import dev.redrive.domain.engine.Ports.Source;
import dev.redrive.domain.event.Input;
import dev.redrive.domain.event.Input.JobFailed;
import dev.redrive.domain.event.Input.JobInput;
import dev.redrive.domain.event.JobRef;
import dev.redrive.domain.lifecycle.Effect;
import dev.redrive.domain.lifecycle.Effect.OutcomeKind;
import dev.redrive.domain.lifecycle.Pipeline.State;
import dev.redrive.domain.lifecycle.Pipeline.Step;
import dev.redrive.domain.stats.Windows.Count;
import dev.redrive.domain.stats.Windows.Part;
import dev.redrive.topology.FailureTopology.NodeNames;
import dev.redrive.topology.PipelineProcessor.TaskStores;
import dev.redrive.topology.Quarantine.Mishap;
import dev.redrive.topology.Signals.TaskSignals;
import dev.redrive.topology.StepWriter.Occasion;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

/** Implements the engine's ports on Kafka Streams: encodes what a step writes and keeps bytes in the task's stores. */
final class StepWriter
        implements Ports.Outputs<Occasion>,
                Ports.DueIndex<Occasion>,
                Ports.KeptFailures<Occasion>,
                Ports.Rates,
                Ports.Observer {

    /** The key before the first step, and of commands about all users. */
    private static final byte[] NOBODY = {};

    private final TaskStores stores;
    private final InputReader reader;
    private final OutputWriter writer;
    private final Outbox outbox;
    private final Quarantine quarantine;
    private final TopicNames topics;
    private final List<Tier> tiers;
    private final TaskSignals signals;
    private final PendingCount pending;

    /** The user of the current step. */
    private String userId = "";

    private byte[] key = NOBODY;
    private @Nullable String jobId;

    StepWriter(
            TaskStores stores,
            InputReader reader,
            OutputWriter writer,
            Outbox outbox,
            Quarantine quarantine,
            TopicNames topics,
            List<Tier> tiers,
            TaskSignals signals,
            PendingCount pending) {
        this.stores = stores;
        this.reader = reader;
        this.writer = writer;
        this.outbox = outbox;
        this.quarantine = quarantine;
        this.topics = topics;
        this.tiers = tiers;
        this.signals = signals;
        this.pending = pending;
    }

    Ports<Occasion> ports() {
        return new Ports<>(
                stores.jobs(),
                stores.users(),
                stores.services(),
                stores.leases(),
                this,
                this,
                this,
                stores.open(),
                this,
                this);
    }

    @Override
    public Source source(Occasion occasion) {
        return occasion.origin().source();
    }

    @Override
    public Occasion context(CommandProgress open) {
        return Occasion.of(Origin.of(open, null));
    }

    @Override
    public String refused(RuntimeException cause) {
        Mishap mishap = Mishap.of(cause);
        outbox.clear();
        return mishap.reason().name();
    }

    @Override
    public void begin(String stepUserId, @Nullable JobRef job) {
        outbox.clear();
        userId = stepUserId;
        key = stepUserId.getBytes(StandardCharsets.UTF_8);
        jobId = job == null ? null : job.jobId();
    }

    @Override
    public long schedule(Effect.Schedule schedule, Occasion occasion, Instant now) {
        Tier tier = tier(schedule.decision().dueAt(), now);
        byte[] value = writer.scheduled(schedule, tier, occasion.origin(), now);
        Headers headers = retryHeaders(
                schedule.decision().idempotencyKey(),
                schedule.attempt(),
                occasion.origin().traceparent());
        outbox.add(NodeNames.toTier(tier), key, value, headers, now.toEpochMilli());
        return PayloadDigest.of(value);
    }

    @Override
    public void release(Effect.Release release, Occasion occasion, Instant now) {
        RetryRequest retry = occasion.requireRetry();
        Headers headers = retryHeaders(retry.getIdempotencyKey(), retry.getAttempt(), retry.getTraceparent());
        outbox.add(NodeNames.TO_READY, key, writer.released(retry), headers, now.toEpochMilli());
    }

    @Override
    public void bury(Effect.Bury bury, Occasion occasion, Instant now) {
        RetryRequest retry = occasion.retry();
        String redriveId = retry == null ? bury.memo().redriveId() : retry.getRedriveId();
        Headers headers = new RecordHeaders();
        put(headers, HeaderNames.REASON, bury.decision().reason().name());
        byte[] value = writer.deadLetter(bury, occasion.failure(), redriveId, now);
        outbox.add(NodeNames.TO_DEAD_LETTERS, key, value, headers, now.toEpochMilli());
    }

    @Override
    public void note(Effect.Note note, Occasion occasion, Instant now) {
        Instant dueAt = note.dueAt();
        Tier tier = dueAt != null && note.kind() == OutcomeKind.SCHEDULED ? tier(dueAt, now) : null;
        byte[] value = writer.outcome(note, userId, jobId, tier, occasion.origin(), now);
        outbox.add(NodeNames.TO_OUTCOMES, key, value, now.toEpochMilli());
        if (note.changesDeadLetter()) {
            outbox.add(NodeNames.TO_DEAD_LETTER_CHANGES, key, value, now.toEpochMilli());
        }
    }

    @Override
    public void send() {
        outbox.forward();
    }

    @Override
    public void taken(Input input, State before, Step step, Instant now) {
        if (input instanceof JobInput about) {
            pending.moved(about.job(), before.job(), step.next().job());
        }
        signals.taken(input, before, step, now);
    }

    @Override
    public void add(Count count, Instant now) {
        Part part = stores.windows().part(count, now);
        stores.sums().add(part);
        if (part.late()) {
            signals.late(part.kind());
        }
    }

    @Override
    public void add(Lane lane, long dueAtMs, JobRef job, Occasion occasion) {
        stores.due().add(lane, dueAtMs, job, occasion.requirePayload());
    }

    @Override
    public void remove(Lane lane, long dueAtMs, JobRef job) {
        stores.due().remove(lane, dueAtMs, job);
    }

    @Override
    public boolean move(Lane lane, JobRef job, long fromMs, long toMs) {
        byte[] payload = stores.due().payload(lane, fromMs, job);
        if (payload == null) {
            return false;
        }
        stores.due().remove(lane, fromMs, job);
        stores.due().add(lane, toMs, job, payload);
        return true;
    }

    @Override
    public @Nullable String operation(Lane lane, long dueAtMs, JobRef job) {
        byte[] payload = stores.due().payload(lane, dueAtMs, job);
        if (payload == null) {
            return null;
        }
        try {
            return reader.stored(topics.ready(), payload).getRetry().getOperation();
        } catch (RuntimeException e) {
            Mishap.of(e); // throws what the record did not cause
            return ""; // the record is damaged, and will be quarantined at its release
        }
    }

    @Override
    public List<Slot> next(Lane lane, @Nullable Slot after, int max) {
        return stores.due().next(lane, after, max);
    }

    @Override
    public void lanes(BiConsumer<Lane, Slot> visitor) {
        stores.due().lanes(visitor);
    }

    @Override
    public Set<String> users() {
        return stores.spent().users();
    }

    @Override
    public boolean contains(String user) {
        return stores.spent().contains(user);
    }

    @Override
    public boolean full(String user) {
        return stores.spent().full(user);
    }

    @Override
    public void keep(JobRef job, Occasion occasion, Instant now) {
        stores.spent().put(job, now, reader.kept(occasion.failure()));
    }

    @Override
    public void remove(JobRef job) {
        stores.spent().remove(job);
    }

    @Override
    public List<Ports.Kept> next(String user, @Nullable JobRef after, int maxJobs) {
        return stores.spent().next(user, after, maxJobs);
    }

    @Override
    public Ports.@Nullable Restored<Occasion> restore(Ports.Kept kept, CommandProgress open, Instant now) {
        Decoded decoded = reader.keptFailure(topics.failures(), kept.failure(), now);
        if (decoded instanceof Decoded.Read read
                && read.input() instanceof JobFailed failure
                && read.record() instanceof JobFailure record) {
            return new Ports.Restored<>(failure, Occasion.of(Origin.of(open, record)));
        }
        if (decoded instanceof Decoded.Unreadable unreadable) {
            quarantine.put(key(kept), kept.failure(), unreadable.reason(), unreadable.message(), now);
        }
        return null;
    }

    @Override
    public void quarantine(Ports.Kept kept, RuntimeException cause, Instant now) {
        Mishap mishap = Mishap.of(cause);
        quarantine.put(key(kept), kept.failure(), mishap.reason().name(), mishap.message(), now);
    }

    private static byte[] key(Ports.Kept kept) {
        return kept.job().userId().getBytes(StandardCharsets.UTF_8);
    }

    private Tier tier(Instant dueAt, Instant now) {
        return Tier.covering(Duration.between(now, dueAt), tiers);
    }

    private static Headers retryHeaders(String idempotencyKey, int attempt, @Nullable String traceparent) {
        Headers headers = new RecordHeaders();
        put(headers, HeaderNames.IDEMPOTENCY_KEY, idempotencyKey);
        put(headers, HeaderNames.RETRY_ATTEMPT, Integer.toString(attempt));
        if (traceparent != null) {
            put(headers, HeaderNames.TRACEPARENT, traceparent);
        }
        return headers;
    }

    private static void put(Headers headers, String name, String value) {
        headers.add(name, value.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * The context of a step: the position of its input, and the bytes and records that its effects write.
     *
     * @param origin the position of the input
     * @param payload a retry that arrived, encoded for the due queue; {@code null} for other inputs
     * @param retry the retry that is due; {@code null} for other inputs
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Occasion(
            Origin origin,
            byte @Nullable [] payload,
            @Nullable RetryRequest retry) {

        static Occasion of(Origin origin) {
            return new Occasion(origin, null, null);
        }

        JobFailure failure() {
            JobFailure failure = origin.failure();
            return failure != null ? failure : OutputWriter.failureOf(requireRetry());
        }

        RetryRequest requireRetry() {
            if (retry == null) {
                throw new IllegalStateException("this occasion has neither a failure nor a retry");
            }
            return retry;
        }

        byte[] requirePayload() {
            if (payload == null) {
                throw new IllegalStateException("this occasion has no payload");
            }
            return payload;
        }
    }
}
