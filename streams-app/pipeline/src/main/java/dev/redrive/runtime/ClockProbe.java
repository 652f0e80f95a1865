package dev.redrive.runtime;

import dev.redrive.runtime.RedrivePipeline.RuntimeSettings;
import dev.redrive.runtime.TopicAdmin.TopicAdminException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Measures the brokers' time on a thread of its own: it sends an empty record to each broker, into an internal topic
 * whose records carry their append time. If this fails, the wall clock is used unchecked.
 */
final class ClockProbe implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ClockProbe.class);

    private static final int MAX_BROKERS = 32;
    private static final int FIRST_ROUNDS = 3;
    private static final long TIMEOUT_MS = 5_000;
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(1);
    private static final Duration RETENTION = Duration.ofHours(1);

    /** Interval of checks for a step of the wall clock or a failed round between two rounds. */
    private static final long PAUSE_MS = 1_000;

    /** Probes carry a timestamp that no broker sets, to detect a broker that keeps it. */
    private static final long ASKED_BACK_MS = RETENTION.toMillis() / 2 + 7;

    private final RuntimeSettings settings;
    private final SteadyClock clock;
    private final BrokerClock brokers;
    private final CountDownLatch first = new CountDownLatch(1);
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread thread = new Thread(this::run, "redrive-clock-probe");
    private @Nullable Producer<byte[], byte[]> producer;
    private boolean created;
    private boolean failing;

    ClockProbe(RuntimeSettings settings, SteadyClock clock) {
        this.settings = settings;
        this.clock = clock;
        this.brokers = new BrokerClock(settings.config().clock().maxOffset());
        thread.setDaemon(true);
    }

    static String topic(String applicationId) {
        return applicationId + "-clock";
    }

    void start() {
        thread.start();
    }

    /** Waits until the brokers' time is known, or known to be unavailable for now. */
    void awaitFirst(Duration timeout) {
        try {
            if (!first.await(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.warn("the brokers' time is not known yet; the wall clock counts until it is");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            boolean measured = measure(FIRST_ROUNDS);
            first.countDown();
            while (!awaitNext(measured)) {
                measured = measure(1);
            }
        } catch (InterruptedException | InterruptException e) {
            Thread.currentThread().interrupt();
        } finally {
            first.countDown();
            if (producer != null) {
                producer.close(CLOSE_TIMEOUT);
            }
        }
    }

    /**
     * Waits for the next round, which a step of the wall clock or a failed round advances; returns whether it is
     * closed.
     */
    private boolean awaitNext(boolean measured) throws InterruptedException {
        long steps = clock.stepsForward() + clock.stepsBack();
        long leftMs = measured ? settings.config().clock().probeInterval().toMillis() : PAUSE_MS;
        while (leftMs > 0 && clock.stepsForward() + clock.stepsBack() == steps) {
            if (closed.await(Math.min(leftMs, PAUSE_MS), TimeUnit.MILLISECONDS)) {
                return true;
            }
            leftMs -= PAUSE_MS;
        }
        return closed.getCount() == 0;
    }

    private boolean measure(int rounds) throws InterruptedException {
        try {
            if (producer == null) {
                producer = new KafkaProducer<>(producerSettings());
            }
            if (!created) {
                create();
                created = true;
            }
            for (int round = 0; round < rounds; round++) {
                round(producer);
            }
            if (failing) {
                LOG.info("the brokers' time is measured again");
            }
            failing = false;
            return true;
        } catch (InterruptException e) {
            throw e;
        } catch (ExecutionException | TimeoutException | RuntimeException e) {
            if (!failing) {
                LOG.warn("the brokers' time cannot be measured; trying again: {}", rootMessage(e));
            }
            failing = true;
            created = false;
            return false;
        }
    }

    private static String rootMessage(Throwable failure) {
        Throwable root = TopicAdminException.root(failure);
        String message = root.getMessage();
        return message == null ? root.getClass().getSimpleName() : message;
    }

    /** A broker and the probe sent to it. */
    private record Sent(
            int broker, long askedMs, Future<RecordMetadata> result, AtomicLong ackedNanos, long sentNanos) {}

    private void round(Producer<byte[], byte[]> to) throws InterruptedException, ExecutionException, TimeoutException {
        String topic = topic(settings.config().applicationId());
        Map<Integer, Integer> partitions = new TreeMap<>();
        for (PartitionInfo partition : to.partitionsFor(topic)) {
            Node leader = partition.leader();
            if (leader != null && !leader.isEmpty() && partitions.size() < MAX_BROKERS) {
                partitions.putIfAbsent(leader.id(), partition.partition());
            }
        }
        List<Sent> probes = new ArrayList<>();
        long askedMs = System.currentTimeMillis() - ASKED_BACK_MS;
        partitions.forEach((broker, partition) -> probes.add(send(to, topic, broker, partition, askedMs)));
        ExecutionException failure = null;
        for (Sent probe : probes) {
            long appendedMs;
            try {
                appendedMs = probe.result()
                        .get(2 * TIMEOUT_MS, TimeUnit.MILLISECONDS)
                        .timestamp();
            } catch (ExecutionException e) {
                // The other brokers' time is useful even if one does not respond.
                failure = e;
                continue;
            }
            if (appendedMs == probe.askedMs()) {
                throw new KafkaException("records of " + topic
                        + " do not carry their append time; set message.timestamp.type=LogAppendTime");
            }
            brokers.sample(probe.broker(), probe.sentNanos(), probe.ackedNanos().get(), appendedMs);
        }
        brokers.retain(partitions.keySet());
        BrokerClock.Bounds bounds = brokers.bounds(System.nanoTime());
        if (bounds != null) {
            clock.measured(bounds);
        }
        if (failure != null) {
            throw failure;
        }
    }

    private static Sent send(Producer<byte[], byte[]> to, String topic, int broker, int partition, long askedMs) {
        AtomicLong ackedNanos = new AtomicLong();
        long sentNanos = System.nanoTime();
        Future<RecordMetadata> result = to.send(
                new ProducerRecord<>(topic, partition, (Long) askedMs, new byte[0], new byte[0]),
                (metadata, failure) -> ackedNanos.set(System.nanoTime()));
        return new Sent(broker, askedMs, result, ackedNanos, sentNanos);
    }

    private void create() throws InterruptedException, ExecutionException, TimeoutException {
        try (Admin admin = Admin.create(clientSettings())) {
            int nodes = admin.describeCluster()
                    .nodes()
                    .get(TIMEOUT_MS, TimeUnit.MILLISECONDS)
                    .size();
            NewTopic topic = new NewTopic(
                            topic(settings.config().applicationId()), Math.max(1, Math.min(nodes, MAX_BROKERS)), (short)
                                    settings.config().topics().replicationFactor())
                    .configs(Map.of(
                            TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG,
                            "LogAppendTime",
                            TopicConfig.CLEANUP_POLICY_CONFIG,
                            TopicConfig.CLEANUP_POLICY_DELETE,
                            TopicConfig.RETENTION_MS_CONFIG,
                            Long.toString(RETENTION.toMillis()),
                            TopicConfig.SEGMENT_MS_CONFIG,
                            Long.toString(RETENTION.toMillis())));
            admin.createTopics(List.of(topic)).all().get(TIMEOUT_MS, TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof TopicExistsException)) {
                throw e;
            }
        }
    }

    private Map<String, Object> clientSettings() {
        Map<String, Object> properties = new HashMap<>(settings.clientProperties());
        properties.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, settings.bootstrapServers());
        properties.put(
                CommonClientConfigs.CLIENT_ID_CONFIG, topic(settings.config().applicationId()));
        return properties;
    }

    /** Acknowledged by the leader alone: only its append time is measured, and a lost probe does no harm. */
    private Map<String, Object> producerSettings() {
        Map<String, Object> properties = clientSettings();
        properties.put(ProducerConfig.ACKS_CONFIG, "1");
        properties.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, false);
        properties.put(ProducerConfig.LINGER_MS_CONFIG, 0);
        properties.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, TIMEOUT_MS);
        properties.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, (int) TIMEOUT_MS / 2);
        properties.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, (int) TIMEOUT_MS);
        properties.put(ProducerConfig.BUFFER_MEMORY_CONFIG, 1024L * 1024);
        properties.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        properties.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        return properties;
    }

    /** Closes the probe; waits briefly for a probe in flight. */
    @Override
    public void close() {
        closed.countDown();
        try {
            thread.join(2 * CLOSE_TIMEOUT.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
