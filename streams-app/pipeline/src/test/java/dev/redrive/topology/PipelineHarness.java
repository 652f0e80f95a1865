package dev.redrive.topology;

import dev.redrive.avro.AccountChange;
import dev.redrive.avro.Alert;
import dev.redrive.avro.Command;
import dev.redrive.avro.DeadLetter;
import dev.redrive.avro.ErrorRate;
import dev.redrive.avro.FailureCause;
import dev.redrive.avro.JobFailure;
import dev.redrive.avro.JobLifecycle;
import dev.redrive.avro.LifecycleStage;
import dev.redrive.avro.Outcome;
import dev.redrive.avro.RequestPayload;
import dev.redrive.avro.RetryRequest;
import dev.redrive.avro.ScheduledRetry;
import dev.redrive.avro.UserState;
import dev.redrive.config.ConfigLoader;
import dev.redrive.config.RedriveConfig;
import dev.redrive.contract.TopicNames;
import dev.redrive.runtime.Wiring;
import dev.redrive.serde.AvroSerdes;
import dev.redrive.topology.FailureTopology.InputTimes;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.test.TestRecord;
import org.jspecify.annotations.Nullable;

/**
 * The whole topology under simulated time, with a registry in memory. The clock of decisions and the timers of the driver
 * go on together by {@link #advance}; {@link #setClock} moves only the first, as a wall clock that is set does.
 */
public final class PipelineHarness implements AutoCloseable {

    public static final Instant START = Instant.parse("2026-11-22T12:00:00Z");
    private static final String REGISTRY = "mock://harness";
    private static final String APPLICATION = "harness";

    private final RedriveConfig config;
    private final Path stateDir;
    private int restarts;
    private final Signals signals;
    private final TopicNames topics = TopicNames.standard();
    private final Map<String, Object> registry;
    private final Map<Class<?>, Serializer<?>> serializers = new HashMap<>();
    private long nowMs = START.toEpochMilli();
    private TopologyTestDriver driver;

    @SuppressWarnings("NullAway.Init") // the constructor opens a driver, which sets it
    private InputTimes times;

    public PipelineHarness(Path stateDir) {
        this(stateDir, Map.of());
    }

    /**
     * A harness.
     *
     * @param env settings as environment variables would give them, e.g. {@code REDRIVE_QUOTA__DISPOSITION=PARK}
     */
    public PipelineHarness(Path stateDir, Map<String, String> env) {
        this(stateDir, env, Signals.NONE);
    }

    /**
     * A harness.
     *
     * @param env settings as environment variables would give them
     * @param signals is told what the tasks do
     */
    public PipelineHarness(Path stateDir, Map<String, String> env, Signals signals) {
        this.signals = signals;
        this.stateDir = stateDir;
        Map<String, String> all = new HashMap<>();
        all.put("REDRIVE_USERS__PUBLISH_INTERVAL", "100ms");
        all.put("REDRIVE_TOPICS__PARTITIONS", "1");
        all.put("REDRIVE_SCHEMA_REGISTRY__URL", REGISTRY);
        all.putAll(env);
        this.config = ConfigLoader.load(null, all);
        this.registry = Wiring.registry(config);
        this.driver = open();
    }

    private Path stateDir() {
        return stateDir.resolve(Integer.toString(restarts));
    }

    private TopologyTestDriver open() {
        Properties properties = new Properties();
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, APPLICATION);
        properties.put(StreamsConfig.STATE_DIR_CONFIG, stateDir().toString());
        // stores without offsets are taken as they are only where transactions do not forbid it
        properties.put(
                StreamsConfig.PROCESSING_GUARANTEE_CONFIG,
                restarts == 0 ? StreamsConfig.EXACTLY_ONCE_V2 : StreamsConfig.AT_LEAST_ONCE);
        FailureTopology topology = Wiring.topology(config, () -> nowMs, signals);
        times = topology.times();
        return new TopologyTestDriver(topology.build(), properties, Instant.ofEpochMilli(nowMs));
    }

    public RedriveConfig config() {
        return config;
    }

    public TopologyTestDriver driver() {
        return driver;
    }

    public Instant now() {
        return Instant.ofEpochMilli(nowMs);
    }

    /** Lets time go on, in steps of the release interval, so that every timer fires when it would. */
    public void advance(Duration by) {
        long stepMs = config.release().interval().toMillis();
        long leftMs = by.toMillis();
        while (leftMs > 0) {
            long ms = Math.min(stepMs, leftMs);
            nowMs += ms;
            leftMs -= ms;
            driver.advanceWallClockTime(Duration.ofMillis(ms));
        }
    }

    /** Lets much time go by in one step: every timer fires once. */
    public void leap(Duration by) {
        nowMs += by.toMillis();
        driver.advanceWallClockTime(by);
    }

    /** Sets the wall clock without letting time go on. */
    public void setClock(Instant wall) {
        nowMs = wall.toEpochMilli();
    }

    /**
     * Ends the driver and opens another on a copy of its stores, as a task does that moved with its state restored: what
     * it held in memory is gone, offsets begin anew, outputs that were not read are lost.
     */
    public void restart() {
        restarts++;
        Path stores = stateDir().resolve(Path.of(APPLICATION, "0_0", "rocksdb"));
        StoreFiles.copy(driver, stores);
        driver.close();
        driver = open();
    }

    public void publish(JobFailure failure) {
        send(topics.failures(), failure.getUserId(), bytes(JobFailure.class, topics.failures(), failure));
    }

    public void publish(JobLifecycle event) {
        send(topics.lifecycle(), event.getUserId(), bytes(JobLifecycle.class, topics.lifecycle(), event));
    }

    public void publish(AccountChange change) {
        send(topics.accounts(), change.getUserId(), bytes(AccountChange.class, topics.accounts(), change));
    }

    public void publish(Command command) {
        send(topics.commands(), command.getUserId(), bytes(Command.class, topics.commands(), command));
    }

    public <T extends SpecificRecord> byte[] bytes(Class<T> type, String topic, T record) {
        Serializer<?> known = serializers.computeIfAbsent(type, any -> AvroSerdes.serializer(type, registry));
        @SuppressWarnings("unchecked") // by its key
        Serializer<T> serializer = (Serializer<T>) known;
        return serializer.serialize(topic, record);
    }

    public void send(String topic, @Nullable String key, byte @Nullable [] value) {
        sendRaw(topic, key == null ? null : key.getBytes(StandardCharsets.UTF_8), value);
    }

    public void sendRaw(String topic, byte @Nullable [] key, byte @Nullable [] value) {
        TestInputTopic<byte[], byte[]> input =
                driver.createInputTopic(topic, new ByteArraySerializer(), new ByteArraySerializer());
        input.pipeInput(new TestRecord<>(key, value, now()));
    }

    /** Publishes a record that a broker, whose clock may differ from the pipeline's, stamps with its append time. */
    public <T extends SpecificRecord> void append(String topic, Class<T> type, String key, T record, Instant at) {
        append(topic, type, key, record, at, TimestampType.LOG_APPEND_TIME);
    }

    /** Publishes a record that carries the time of whom the type names. */
    public <T extends SpecificRecord> void append(
            String topic, Class<T> type, String key, T record, Instant at, TimestampType stampedBy) {
        times.seen(topic, stampedBy);
        driver.createInputTopic(topic, new ByteArraySerializer(), new ByteArraySerializer())
                .pipeInput(new TestRecord<>(key.getBytes(StandardCharsets.UTF_8), bytes(type, topic, record), at));
    }

    /** A record that came out; tombstones are seen by {@link #raw} only. */
    public record Out<T>(String key, T value, Headers headers, Instant timestamp) {}

    public List<TestRecord<byte[], byte[]>> raw(String topic) {
        return driver.createOutputTopic(topic, new ByteArrayDeserializer(), new ByteArrayDeserializer())
                .readRecordsToList();
    }

    private <T extends SpecificRecord> List<Out<T>> read(String topic, Class<T> type) {
        List<Out<T>> records = new ArrayList<>();
        try (Deserializer<T> deserializer = AvroSerdes.deserializer(type, registry)) {
            for (TestRecord<byte[], byte[]> record : raw(topic)) {
                if (record.value() != null) {
                    records.add(new Out<>(
                            new String(record.key(), StandardCharsets.UTF_8),
                            deserializer.deserialize(topic, record.value()),
                            record.headers(),
                            Instant.ofEpochMilli(record.timestamp())));
                }
            }
        }
        return records;
    }

    public List<Out<RetryRequest>> ready() {
        return read(topics.ready(), RetryRequest.class);
    }

    public List<Out<DeadLetter>> deadLetters() {
        return read(topics.deadLetters(), DeadLetter.class);
    }

    public List<Out<UserState>> users() {
        return read(topics.users(), UserState.class);
    }

    public List<Out<Outcome>> outcomes() {
        return read(topics.outcomes(), Outcome.class);
    }

    public List<Out<Outcome>> deadLetterChanges() {
        return read(topics.deadLetterChanges(), Outcome.class);
    }

    public List<Out<ErrorRate>> errorRates() {
        return read(topics.errorRates(), ErrorRate.class);
    }

    public List<Out<Alert>> alerts() {
        return read(topics.alerts(), Alert.class);
    }

    public List<Out<ScheduledRetry>> retries(String tier) {
        return read(topics.retry(tier), ScheduledRetry.class);
    }

    public List<TestRecord<byte[], byte[]>> quarantine() {
        return raw(topics.quarantine());
    }

    /** A failure of a POST with a key and a request, ended now; change what matters. */
    public JobFailure.Builder failure(String user, String job, int attempt) {
        return JobFailure.newBuilder()
                .setUserId(user)
                .setJobId(job)
                .setAttempt(attempt)
                .setService("music")
                .setOperation("music.song.generate")
                .setRoute("/v1/music/songs")
                .setCause(FailureCause.RESPONSE)
                .setHttpStatus(503)
                .setIdempotencyKey("key-" + user + "-" + job)
                .setRequest(new RequestPayload(
                        "application/json", ByteBuffer.wrap("{\"prompt\":\"x\"}".getBytes(StandardCharsets.UTF_8))))
                .setFailedAt(now());
    }

    /** The platform's error body. */
    public static String body(String inner) {
        return "{\"success\":false,\"data\":null,\"error\":" + inner + "}";
    }

    /** A lifecycle event, now. */
    public JobLifecycle event(String user, String job, int attempt, LifecycleStage stage) {
        return JobLifecycle.newBuilder()
                .setUserId(user)
                .setJobId(job)
                .setAttempt(attempt)
                .setStage(stage)
                .setService("music")
                .setOperation("music.song.generate")
                .setAt(now())
                .build();
    }

    @Override
    public void close() {
        serializers.values().forEach(Serializer::close);
        driver.close();
    }
}
