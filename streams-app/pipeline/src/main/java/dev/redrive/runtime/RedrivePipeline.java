package dev.redrive.runtime;

import dev.redrive.config.RedriveConfig;
import dev.redrive.runtime.InputConsumer.UnreadableInputException;
import dev.redrive.runtime.SteadyClock.MonotonicTime;
import dev.redrive.runtime.StuckInputs.FailedInputs;
import dev.redrive.runtime.TopicAdmin.TopicAdminException;
import dev.redrive.serde.RegistryUnavailableException;
import dev.redrive.topology.FailureTopology.InputTimes;
import dev.redrive.topology.RegistryOutages;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.FencedInstanceIdException;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.CloseOptions.GroupMembershipOperation;
import org.apache.kafka.streams.KafkaClientSupplier;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.processor.StateRestoreListener;
import org.apache.kafka.streams.processor.internals.DefaultKafkaClientSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running pipeline: starts Kafka Streams, keeps it running and stops it cleanly.
 *
 * <p>A failed thread is replaced and resumes from the last commit. An unreachable schema registry may fail threads
 * without limit; a missing right ends the pipeline at once; other failures end it after more than {@value
 * #MAX_FAILURES} in a row, each less than a minute after the last. It also ends at once if another instance has started
 * with its fixed identity, or the heap is too small.
 *
 * <p>An input record that fails threads repeatedly does not end the pipeline: it is reported ({@link Readiness#STUCK})
 * and retried after a backoff. A record that cannot be fetched stops only its partition.
 *
 * <p>An instance with a fixed identity stays a member of the group when it is closed: its tasks wait for its return,
 * for at most the session timeout. An instance without one leaves, and others take over its tasks at once.
 */
public final class RedrivePipeline implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(RedrivePipeline.class);
    private static final int MAX_FAILURES = 10;

    /** A failure this long after the last one begins a new row of failures. */
    private static final Duration PEACE = Duration.ofMinutes(1);

    /** How long a registry failure is reported: longer than one try plus the replacement of its thread. */
    private static final Duration REGISTRY_REPORTED = Duration.ofSeconds(20);

    /** Maximum wait for the brokers' time: a wrong clock would release early what is due when the tasks begin. */
    private static final Duration CLOCK_WAIT = Duration.ofSeconds(10);

    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(12);

    private final CloseOptions closing;
    private final KafkaStreams streams;
    private final CountDownLatch ended = new CountDownLatch(1);
    private final CountDownLatch running = new CountDownLatch(1);
    private final Restorations restorations = new Restorations();
    private final StuckInputs stuck = new StuckInputs(System::nanoTime);
    private final CountDownLatch closed = new CountDownLatch(1);
    private final SteadyClock clock;
    private final ClockProbe probe;
    private final Duration maxClockOffset;
    private final @Nullable RegistryOutages outages;
    private int failures;
    private boolean refused;
    private @Nullable Throwable lastFailure;
    private long lastFailureNanos;
    private long registryFailures;
    private long otherFailures;
    private long registryFailedNanos;

    /**
     * Creates a pipeline; {@link #start()} starts it.
     *
     * @param topology the topology
     * @param settings the runtime settings
     * @param clock the time for the topology's decisions
     * @param times the timestamps of inputs, which the consumers notify of what they fetch; {@code null} if the
     *     topology does not use them
     * @param outages the tasks' failures to reach the registry; {@code null} if none uses it
     */
    public RedrivePipeline(
            Topology topology,
            RuntimeSettings settings,
            SteadyClock clock,
            @Nullable InputTimes times,
            @Nullable RegistryOutages outages) {
        this.outages = outages;
        this.clock = clock;
        this.probe = new ClockProbe(settings, clock);
        this.maxClockOffset = settings.config().clock().maxOffset();
        this.closing = CloseOptions.timeout(CLOSE_TIMEOUT)
                .withGroupMembershipOperation(
                        settings.instanceId() == null
                                ? GroupMembershipOperation.LEAVE_GROUP
                                : GroupMembershipOperation.REMAIN_IN_GROUP);
        Properties properties = new Properties();
        properties.putAll(StreamsProperties.of(settings, times));
        properties.put(FailedInputs.STUCK_INPUTS, stuck);
        this.streams = new KafkaStreams(topology, properties, clients(stuck), new MonotonicTime());
        streams.setUncaughtExceptionHandler(this::onFailure);
        streams.setGlobalStateRestoreListener(restorations);
        streams.setStateListener((next, before) -> {
            LOG.info("pipeline: {} -> {}", before, next);
            if (next == KafkaStreams.State.RUNNING) {
                running.countDown();
            }
            if (next == KafkaStreams.State.ERROR || next == KafkaStreams.State.NOT_RUNNING) {
                ended.countDown();
            }
        });
    }

    private static KafkaClientSupplier clients(StuckInputs stuck) {
        return new DefaultKafkaClientSupplier() {
            @Override
            public Consumer<byte[], byte[]> getConsumer(Map<String, Object> config) {
                return new InputConsumer(config, stuck);
            }
        };
    }

    /**
     * Starts the pipeline once the brokers' time is known, or after {@link #CLOCK_WAIT}.
     *
     * @throws org.apache.kafka.streams.errors.StreamsException if it cannot start, e.g. because the state directory is
     *     locked or full
     */
    public void start() {
        probe.start();
        probe.awaitFirst(CLOCK_WAIT);
        streams.start();
    }

    /**
     * Waits until all tasks run.
     *
     * @return whether they ran within the timeout
     */
    public boolean awaitRunning(Duration timeout) throws InterruptedException {
        return running.await(timeout.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Waits until the pipeline has ended, by {@link #close()} or by failing. */
    public void awaitEnd() throws InterruptedException {
        ended.await();
    }

    /** Returns whether it ended by failing. */
    public boolean failed() {
        return streams.state() == KafkaStreams.State.ERROR || streams.state() == KafkaStreams.State.PENDING_ERROR;
    }

    /** Returns whether it ended because of a missing right. */
    public synchronized boolean refused() {
        return refused;
    }

    /** Returns the cause of the last thread failure other than the registry; {@code null} if there is none. */
    public synchronized @Nullable Throwable lastFailure() {
        return lastFailure;
    }

    /** Returns the state of Kafka Streams, e.g. {@code RUNNING} or {@code REBALANCING}. */
    public String state() {
        return streams.state().name();
    }

    /** Returns whether this instance works, or what prevents it. */
    public Readiness readiness() {
        return switch (streams.state()) {
            case CREATED -> Readiness.STARTING;
            case REBALANCING -> notRunning();
            case RUNNING -> {
                if (registryFailedRecently()) {
                    yield Readiness.REGISTRY_UNAVAILABLE;
                }
                if (!stuck.list().isEmpty()) {
                    yield Readiness.STUCK;
                }
                if (Math.abs(clock.offsetMs()) > maxClockOffset.toMillis()) {
                    yield Readiness.CLOCK_OFFSET;
                }
                yield clock.stepUnconfirmed() ? Readiness.CLOCK_STEP : Readiness.READY;
            }
            case PENDING_SHUTDOWN, NOT_RUNNING -> Readiness.STOPPING;
            case PENDING_ERROR, ERROR -> Readiness.FAILED;
        };
    }

    private Readiness notRunning() {
        if (registryFailedRecently()) {
            return Readiness.REGISTRY_UNAVAILABLE;
        }
        if (!stuck.list().isEmpty()) {
            return Readiness.STUCK;
        }
        if (restorations.any()) {
            return Readiness.RESTORING;
        }
        return running.getCount() > 0 ? Readiness.STARTING : Readiness.REBALANCING;
    }

    private synchronized boolean registryFailedRecently() {
        return registryFailures > 0 && System.nanoTime() - registryFailedNanos < REGISTRY_REPORTED.toNanos()
                || outages != null && outages.within(REGISTRY_REPORTED);
    }

    StuckInputs stuckInputs() {
        return stuck;
    }

    /** Returns the input records that this instance cannot get past. */
    public List<StuckInputs.Stuck> stuck() {
        return stuck.list();
    }

    /**
     * Returns how many times a thread has failed, or an input started or continued to wait, because of the registry.
     */
    public synchronized long registryFailures() {
        return registryFailures + (outages == null ? 0 : outages.failures());
    }

    /** Returns how many times a thread has failed for another cause. */
    public synchronized long otherFailures() {
        return otherFailures;
    }

    /** Returns the clock for its decisions. */
    public SteadyClock clock() {
        return clock;
    }

    /** Returns the metrics of Kafka Streams and its clients, by their own names. */
    public Map<MetricName, ? extends Metric> kafkaMetrics() {
        return streams.metrics();
    }

    private StreamThreadExceptionResponse onFailure(Throwable failure) {
        StreamThreadExceptionResponse response = respond(failure);
        if (response == StreamThreadExceptionResponse.REPLACE_THREAD) {
            backOff();
        }
        return response;
    }

    /** Limits the retries of a record that fails threads repeatedly; threads are replaced faster. */
    private void backOff() {
        Duration wait = stuck.backoff();
        try {
            if (!wait.isZero() && closed.await(wait.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.info("closed while a thread waited to be replaced");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    synchronized StreamThreadExceptionResponse respond(Throwable failure) {
        if (causedBy(failure, FencedInstanceIdException.class)) {
            LOG.error("another instance has started with this one's instanceId; this one ends");
            return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        }
        if (causedBy(failure, RegistryUnavailableException.class)) {
            registryFailures++;
            registryFailedNanos = System.nanoTime();
            LOG.warn("the schema registry cannot be reached; trying again: {}", rootMessage(failure));
            return StreamThreadExceptionResponse.REPLACE_THREAD;
        }
        otherFailures++;
        lastFailure = failure;
        if (causedBy(failure, AuthorizationException.class)) {
            refused = true;
            LOG.error("the brokers do not allow what the pipeline needs; it ends: {}", rootMessage(failure));
            return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        }
        if (causedBy(failure, UnreadableInputException.class)) {
            LOG.error("{}; its partition rests, the others go on", messageOfUnreadable(failure));
            return StreamThreadExceptionResponse.REPLACE_THREAD;
        }
        // Not caused by a record: that error would be wrapped, by the consumer or by the processor that located it.
        if (failure instanceof OutOfMemoryError) {
            LOG.error("the heap is too small; the pipeline ends", failure);
            return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        }
        if (!stuck.backoff().isZero()) {
            LOG.error("a thread failed again at the same record, one of {}; it is replaced", stuck.list(), failure);
            return StreamThreadExceptionResponse.REPLACE_THREAD;
        }
        long now = System.nanoTime();
        failures = failures > 0 && now - lastFailureNanos > PEACE.toNanos() ? 1 : failures + 1;
        lastFailureNanos = now;
        if (failures > MAX_FAILURES) {
            LOG.error("a thread failed for the {}th time in a row; the pipeline ends", failures, failure);
            return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        }
        LOG.error("a thread failed and is replaced", failure);
        return StreamThreadExceptionResponse.REPLACE_THREAD;
    }

    private static boolean causedBy(Throwable failure, Class<? extends Throwable> kind) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (kind.isInstance(cause)) {
                return true;
            }
        }
        return false;
    }

    private static String messageOfUnreadable(Throwable failure) {
        Throwable cause = failure;
        while (!(cause instanceof UnreadableInputException) && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return String.valueOf(cause.getMessage());
    }

    private static String rootMessage(Throwable failure) {
        return String.valueOf(TopicAdminException.root(failure).getMessage());
    }

    /** Stops the pipeline and commits work in progress; takes at most 12 s. */
    @Override
    public void close() {
        probe.close();
        closed.countDown();
        if (!streams.close(closing)) {
            LOG.warn("the pipeline did not stop within {} s", CLOSE_TIMEOUT.toSeconds());
        }
    }

    /**
     * Whether an instance works, or what prevents it; the name is the stable word in health answers, metrics and
     * runbooks. An instance without tasks of its own, because others have them all, is ready.
     */
    public enum Readiness {
        /** It works. */
        READY,
        /** It has not been ready since its start. */
        STARTING,
        /** The instances are rebalancing. */
        REBALANCING,
        /** Local state is being restored from the brokers. */
        RESTORING,
        /** A thread has recently failed because the schema registry could not be reached; it retries. */
        REGISTRY_UNAVAILABLE,
        /** The wall clock has jumped ahead and is not confirmed yet; releases use the time before the jump. */
        CLOCK_STEP,
        /** The wall clock differs from the brokers'; releases use the brokers' time. */
        CLOCK_OFFSET,
        /** It cannot get past an input record; health and metrics name its topic, partition and offset. */
        STUCK,
        /** It is stopping or has stopped. */
        STOPPING,
        /** It has failed permanently; only a restart helps. */
        FAILED;

        /** Returns whether the process should be kept: it works, or a restart would not help. */
        public boolean live() {
            return this != FAILED;
        }
    }

    /** Counts the stores that are being restored, and logs what a restoration took. */
    static final class Restorations implements StateRestoreListener {

        private static final Logger LOG = LoggerFactory.getLogger(Restorations.class);

        private int open;
        private int stores;
        private long restoredRecords;
        private long startedNanos;

        synchronized boolean any() {
            return open > 0;
        }

        @Override
        public synchronized void onRestoreStart(TopicPartition partition, String store, long from, long to) {
            if (open == 0) {
                startedNanos = System.nanoTime();
                stores = 0;
                restoredRecords = 0;
            }
            open++;
            stores++;
        }

        @Override
        public void onBatchRestored(TopicPartition partition, String store, long end, long records) {}

        @Override
        public void onRestoreEnd(TopicPartition partition, String store, long records) {
            end(records);
        }

        @Override
        public void onRestoreSuspended(TopicPartition partition, String store, long records) {
            end(records);
        }

        private synchronized void end(long records) {
            open--;
            restoredRecords += records;
            if (open == 0 && restoredRecords > 0) {
                long tookMs = (System.nanoTime() - startedNanos) / 1_000_000;
                LOG.info("restored {} records of {} stores in {} ms", restoredRecords, stores, tookMs);
            }
        }
    }

    /**
     * The runtime settings of one instance of the pipeline.
     *
     * @param config the configuration
     * @param clientProperties settings for every Kafka client: security etc.
     * @param instanceId fixed identity of this instance, with which a restart regains its tasks at once; {@code null}
     *     for none
     */
    public record RuntimeSettings(
            RedriveConfig config,
            Map<String, String> clientProperties,
            @Nullable String instanceId) {

        /** Copies the map. */
        public RuntimeSettings {
            clientProperties = Map.copyOf(clientProperties);
        }

        String bootstrapServers() {
            return String.join(",", config.kafka().bootstrapServers());
        }

        RuntimeSettings withClientProperties(Map<String, String> others) {
            return new RuntimeSettings(config, others, instanceId);
        }
    }
}
