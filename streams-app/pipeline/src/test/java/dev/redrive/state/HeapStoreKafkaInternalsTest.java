package dev.redrive.state;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.state.HeapStore.HeapBudget;
import dev.redrive.state.HeapStore.HeapStoreBuilder;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.common.utils.LogContext;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.processor.TaskId;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.internals.ProcessorStateManager;
import org.apache.kafka.streams.processor.internals.StateDirectory;
import org.apache.kafka.streams.processor.internals.Task.TaskType;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.apache.kafka.streams.state.internals.CachedStateStore;
import org.apache.kafka.streams.state.internals.WrappedStateStore;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The internals of Kafka Streams that the heap store relies on (docs/decisions/0004-heap-store.md). A failure after an
 * upgrade of Kafka names what to check in {@link HeapStore} before the upgrade is taken.
 */
class HeapStoreKafkaInternalsTest {

    private static final String STORE = "store";
    private static final String INPUT = "input";
    private static final String CHANGELOG = "app-store-changelog";

    /** Inherited from Kafka's wrapper, because the store on disk alone knows the answer. */
    private static final Set<String> RIGHTLY_INHERITED = Set.of(
            "committedOffset", "getPosition", "isOpen", "managesOffsets", "name", "persistent", "setFlushListener");

    /** Not supported: {@code flush} is deprecated and unused, {@code query} bypasses the heap and is never called. */
    private static final Set<String> NEVER_CALLED = Set.of("flush", "query");

    @TempDir
    Path directory;

    private final MemoryStore disk = new MemoryStore();
    private final HeapStore store = new HeapStore(disk, new HeapBudget(1_000_000));

    @Test
    void shouldDecideForEachMethodOfAStoreWhereItIsAnswered() {
        Set<String> undecided = new TreeSet<>();
        for (Class<?> contract : List.of(KeyValueStore.class, CachedStateStore.class)) {
            for (Method method : contract.getMethods()) {
                String name = method.getName();
                if (!declares(name, method.getParameterCount())
                        && !RIGHTLY_INHERITED.contains(name)
                        && !NEVER_CALLED.contains(name)) {
                    undecided.add(method.toString());
                }
            }
        }

        assertThat(undecided)
                .as("Kafka Streams' stores have new methods: override each in HeapStore if it reads or writes entries, "
                        + "which may be on the heap alone, else name it here")
                .isEmpty();
    }

    private static boolean declares(String name, int parameters) {
        return Arrays.stream(HeapStore.class.getDeclaredMethods())
                .anyMatch(method -> method.getName().equals(name) && method.getParameterCount() == parameters);
    }

    @Test
    void shouldNotBeTakenForAStoreWhoseChangelogIsConvertedWhenItIsRestored() {
        assertThat(List.of(
                        WrappedStateStore.isTimestamped(store),
                        WrappedStateStore.isVersioned(store),
                        WrappedStateStore.isHeadersAware(store)))
                .as("StateManagerUtil.converterForStore: restoring must not change the bytes of the values")
                .containsOnly(false);
    }

    @Test
    void shouldWriteTheChangelogThatKafkasOwnCacheWrites() {
        List<TestRecord<String, byte[]>> ours = changelog(heap());
        List<TestRecord<String, byte[]>> kafkas = changelog(
                Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore(STORE), Serdes.Bytes(), Serdes.ByteArray())
                        .withCachingEnabled());

        assertThat(lines(ours))
                .as("InternalProcessorContext.logChange and CachedStateStore.flushCache: once for each key and commit, "
                        + "before the commit, with Kafka's own bytes and headers")
                .isEqualTo(lines(kafkas))
                .containsExactlyInAnyOrder("a=2", "b=null", "c=1", "a=3");
    }

    private static List<String> lines(List<TestRecord<String, byte[]>> records) {
        return records.stream()
                .map(record -> record.key() + "=" + (record.value() == null ? null : new String(record.value(), UTF_8))
                        + (record.headers().toArray().length == 0 ? "" : " " + record.headers()))
                .sorted()
                .toList();
    }

    /** Returns the changelog of two commits: {@code a} is changed twice in the first, {@code b} written and deleted. */
    private List<TestRecord<String, byte[]>> changelog(StoreBuilder<KeyValueStore<Bytes, byte[]>> store) {
        try (TopologyTestDriver driver = driver(store, new AtomicReference<>())) {
            var input = driver.createInputTopic(INPUT, new StringSerializer(), new ByteArraySerializer());
            input.pipeInput("u", "a=1 b=1 a=2 c=1 b=".getBytes(UTF_8));
            input.pipeInput("u", "a=3".getBytes(UTF_8));
            return driver.createOutputTopic(CHANGELOG, new StringDeserializer(), new ByteArrayDeserializer())
                    .readRecordsToList();
        }
    }

    @Test
    void shouldBeFoundInsideTheWrappersOfAProcessorsStore() {
        AtomicReference<HeapStore> found = new AtomicReference<>();
        try (TopologyTestDriver driver = driver(heap(), found)) {
            assertThat(found.get())
                    .as("WrappedStateStore.findInner must find the heap store in what getStateStore returns")
                    .isSameAs(HeapStore.under(driver.getKeyValueStore(STORE)));
        }
    }

    @Test
    void shouldWriteToDiskBeforeItsOffsetsAreCommitted() {
        try (StateDirectory states = new StateDirectory(new StreamsConfig(properties()), Time.SYSTEM, false, false)) {
            ProcessorStateManager manager = manager(states);
            HeapStoreTest.put(store, "a", "1");

            manager.commit();

            assertThat(disk.get(HeapStoreTest.key("a")))
                    .as("ProcessorStateManager.commit must call StateStore.commit, also when a task ends in order")
                    .isEqualTo("1".getBytes(UTF_8));
        }
    }

    @Test
    void shouldWriteToDiskAndEmptyTheHeapWhenTheTaskBecomesAStandby() throws ReflectiveOperationException {
        try (StateDirectory states = new StateDirectory(new StreamsConfig(properties()), Time.SYSTEM, false, false)) {
            ProcessorStateManager manager = manager(states);
            HeapStoreTest.put(store, "a", "1");
            HeapStoreTest.put(store, "b", "1");
            Method recycle = ProcessorStateManager.class.getDeclaredMethod("recycle");
            recycle.setAccessible(true);

            recycle.invoke(manager);
            disk.put(HeapStoreTest.key("a"), "2".getBytes(UTF_8));

            assertThat(HeapStoreTest.get(store, "a"))
                    .as("ProcessorStateManager.recycle must call CachedStateStore.clearCache")
                    .isEqualTo("2");
            assertThat(HeapStoreTest.get(store, "b")).isEqualTo("1");
        }
    }

    /** Returns the manager of a task that has the store. */
    private ProcessorStateManager manager(StateDirectory states) {
        ProcessorStateManager manager = new ProcessorStateManager(
                new TaskId(0, 0), TaskType.ACTIVE, false, new LogContext(), states, Map.of(), Set.<TopicPartition>of());
        manager.registerStore(store, (key, value) -> {}, null);
        return manager;
    }

    private StoreBuilder<KeyValueStore<Bytes, byte[]>> heap() {
        return new HeapStoreBuilder(STORE, Map.of(), new HeapBudget(1_000_000));
    }

    private Properties properties() {
        Properties properties = new Properties();
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "app");
        properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "unused:9092");
        properties.put(StreamsConfig.STATE_DIR_CONFIG, directory.toString());
        return properties;
    }

    private TopologyTestDriver driver(
            StoreBuilder<KeyValueStore<Bytes, byte[]>> store, AtomicReference<HeapStore> found) {
        Topology topology = new Topology();
        topology.addSource("source", new StringDeserializer(), new ByteArrayDeserializer(), INPUT)
                .addProcessor("processor", () -> new Writer(found), "source")
                .addStateStore(store, "processor");
        return new TopologyTestDriver(topology, properties(), Instant.EPOCH);
    }

    /** Puts each {@code key=value} of a record into the store; no value deletes. */
    private static final class Writer implements Processor<String, byte[], Void, Void> {

        private final AtomicReference<HeapStore> found;
        private KeyValueStore<Bytes, byte[]> store = new MemoryStore();

        Writer(AtomicReference<HeapStore> found) {
            this.found = found;
        }

        @Override
        public void init(ProcessorContext<Void, Void> context) {
            store = context.getStateStore(STORE);
            found.set(HeapStore.under(store));
        }

        @Override
        public void process(Record<String, byte[]> record) {
            for (String change : new String(record.value(), UTF_8).split(" ")) {
                String[] parts = change.split("=", -1);
                store.put(HeapStoreTest.key(parts[0]), parts[1].isEmpty() ? null : parts[1].getBytes(UTF_8));
            }
        }
    }
}
