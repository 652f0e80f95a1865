package dev.redrive.publish;

import dev.redrive.avro.AccountChange;
import dev.redrive.avro.JobFailure;
import dev.redrive.avro.JobLifecycle;
import dev.redrive.contract.HeaderNames;
import dev.redrive.contract.TopicNames;
import dev.redrive.serde.AvroSerdes;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/**
 * Sends failures, lifecycle events and account changes to their topics, keyed by user.
 *
 * <p>Thread-safe. Records of one user from one thread keep their order. A returned future completes on Kafka's sender
 * thread, so keep its callbacks short; it fails with the exception of the send or of the serializer, and a failed
 * record may be published again: Redrive identifies a failure by user, job and attempt. Publishing may block up to the
 * producer's {@code max.block.ms} to wait for topic metadata or buffer space.
 */
public final class FailurePublisher implements AutoCloseable {

    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(30);

    /** Defaults of the producer: a resend neither loses nor duplicates records. */
    private static final Map<String, Object> DEFAULTS = Map.of(
            ProducerConfig.ACKS_CONFIG, "all",
            ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true,
            ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4",
            ProducerConfig.LINGER_MS_CONFIG, 5,
            ProducerConfig.CLIENT_ID_CONFIG, "redrive-publisher");

    private final Producer<String, SpecificRecord> producer;
    private final boolean owned;
    private final TopicNames topics;
    private final Clock clock;

    private FailurePublisher(Producer<String, SpecificRecord> producer, boolean owned, TopicNames topics, Clock clock) {
        this.producer = producer;
        this.owned = owned;
        this.topics = topics;
        this.clock = clock;
    }

    /**
     * Creates a publisher with its own producer, which {@link #close} closes.
     *
     * @param config configuration of producer and serde: at least {@code bootstrap.servers} and {@code
     *     schema.registry.url}; defaults are {@code acks=all}, idempotence and lz4
     * @param topics names of the pipeline's topics
     */
    public static FailurePublisher create(Map<String, ?> config, TopicNames topics) {
        Map<String, Object> complete = new HashMap<>(DEFAULTS);
        complete.putAll(config);
        var values = AvroSerdes.serializer(SpecificRecord.class, complete);
        return new FailurePublisher(
                new KafkaProducer<>(complete, new StringSerializer(), values), true, topics, Clock.systemUTC());
    }

    /**
     * Creates a publisher with the caller's producer, which the caller closes.
     *
     * @param producer with string keys in UTF-8 and values by {@code dev.redrive.serde.AvroSerializer}
     * @param topics names of the pipeline's topics
     * @param clock source of the time at which an attempt ended
     */
    public static FailurePublisher borrowing(
            Producer<String, SpecificRecord> producer, TopicNames topics, Clock clock) {
        return new FailurePublisher(producer, false, topics, clock);
    }

    /** Publishes that the API answered with an error just now. */
    public CompletableFuture<RecordMetadata> failed(JobContext job, ApiResponse response) {
        return publish(Failures.ofResponse(job, response, clock.instant()), job.traceparent());
    }

    /** Publishes that no response came just now; see {@link Failures#ofException}. */
    public CompletableFuture<RecordMetadata> failed(JobContext job, Throwable thrown) {
        return publish(Failures.ofException(job, thrown, clock.instant()), job.traceparent());
    }

    /** Publishes that an accepted job failed just now, with the API's {@code error_message}. */
    public CompletableFuture<RecordMetadata> failedLater(JobContext job, @Nullable String errorMessage) {
        return failedLater(job, errorMessage, null);
    }

    /** Publishes that an accepted job failed just now; see {@link Failures#ofAsync}. */
    public CompletableFuture<RecordMetadata> failedLater(
            JobContext job, @Nullable String errorMessage, @Nullable String errorBody) {
        return publish(Failures.ofAsync(job, errorMessage, errorBody, clock.instant()), job.traceparent());
    }

    /** Publishes that the request of an attempt was sent just now. */
    public CompletableFuture<RecordMetadata> submitted(JobContext job) {
        return publish(Lifecycles.submitted(job, clock.instant()), job.traceparent());
    }

    /** Publishes that the API accepted the attempt just now, under its {@code request_id}. */
    public CompletableFuture<RecordMetadata> accepted(JobContext job, String requestId) {
        return publish(Lifecycles.accepted(job, requestId, clock.instant()), job.traceparent());
    }

    /** Publishes that the API started to process the attempt just now. */
    public CompletableFuture<RecordMetadata> started(JobContext job) {
        return publish(Lifecycles.started(job, clock.instant()), job.traceparent());
    }

    /** Publishes that the job succeeded just now. */
    public CompletableFuture<RecordMetadata> succeeded(JobContext job) {
        return publish(Lifecycles.succeeded(job, clock.instant()), job.traceparent());
    }

    /** Publishes that the job is cancelled. */
    public CompletableFuture<RecordMetadata> cancelled(JobContext job) {
        return publish(Lifecycles.cancelled(job, clock.instant()), job.traceparent());
    }

    /** Publishes a failure created elsewhere, e.g. by {@link Failures}. */
    public CompletableFuture<RecordMetadata> publish(JobFailure failure, @Nullable String traceparent) {
        return send(topics.failures(), failure.getUserId(), failure, traceparent);
    }

    /** Publishes a lifecycle event created elsewhere, e.g. by {@link Lifecycles}. */
    public CompletableFuture<RecordMetadata> publish(JobLifecycle event, @Nullable String traceparent) {
        return send(topics.lifecycle(), event.getUserId(), event, traceparent);
    }

    /** Publishes an account change, e.g. one of {@link AccountChanges}. */
    public CompletableFuture<RecordMetadata> publish(AccountChange change) {
        return send(topics.accounts(), change.getUserId(), change, null);
    }

    /**
     * Closes the publisher's own producer once all records are acknowledged, after 30 s at the latest. A borrowed
     * producer is only flushed, without that limit.
     */
    @Override
    public void close() {
        if (owned) {
            producer.close(CLOSE_TIMEOUT);
        } else {
            producer.flush();
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // the callback reports the same
    private CompletableFuture<RecordMetadata> send(
            String topic, String userId, SpecificRecord value, @Nullable String traceparent) {
        ProducerRecord<String, SpecificRecord> record = new ProducerRecord<>(topic, userId, value);
        if (traceparent != null) {
            record.headers().add(HeaderNames.TRACEPARENT, traceparent.getBytes(StandardCharsets.UTF_8));
        }
        CompletableFuture<RecordMetadata> sent = new CompletableFuture<>();
        try {
            producer.send(record, (metadata, failure) -> {
                if (failure == null) {
                    sent.complete(metadata);
                } else {
                    sent.completeExceptionally(failure);
                }
            });
        } catch (RuntimeException e) {
            sent.completeExceptionally(e);
        }
        return sent;
    }
}
