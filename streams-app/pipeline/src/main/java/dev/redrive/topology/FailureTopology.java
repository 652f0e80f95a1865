package dev.redrive.topology;

import dev.redrive.codec.DomainMapper;
import dev.redrive.codec.InputReader;
import dev.redrive.codec.OutputWriter;
import dev.redrive.codec.OutputWriter.RateWriter;
import dev.redrive.config.RedriveConfig;
import dev.redrive.contract.TopicNames;
import dev.redrive.domain.decide.RetryPolicy.Tier;
import dev.redrive.domain.engine.SharedServices;
import dev.redrive.domain.lifecycle.Pipeline;
import dev.redrive.domain.stats.AlertRules;
import dev.redrive.state.HeapStore.HeapBudget;
import dev.redrive.state.HeapStore.HeapStoreBuilder;
import dev.redrive.state.StoreNames;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.TimestampExtractor;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;

/**
 * The topology: one sub-topology for users and everything about them, and one that adds up the error rates. All topics
 * of the first have the same number of partitions and the user as key, so that one task handles all of one user.
 */
public final class FailureTopology {

    /**
     * Maximum size of a record of an internal topic in bytes; above the broker's default, because entries embed inputs.
     */
    private static final Map<String, String> PAYLOAD_CHANGELOG = Map.of("max.message.bytes", "2097152");

    /**
     * Timestamp of every retry that arrives. Kafka Streams takes the oldest of a task's inputs first; with its own
     * timestamp a retry would wait for all failures published before it, however late that makes it.
     */
    static final long FIRST_MS = 0;

    /** The heap of the job filters is the stores' divided by this, in addition to it. */
    private static final int FILTER_PART = 4;

    private final RedriveConfig config;
    private final TopicNames topics;
    private final List<Tier> tiers;
    private final Pipeline pipeline;
    private final Map<String, Object> registry;
    private final DomainMapper mapper;
    private final AlertRules alerts;
    private final LongSupplier clock;
    private final InputTimes times;
    private final RegistryOutages outages;
    private final Signals signals;
    private final HeapBudget heap;
    private final HeapBudget filters;
    private final SharedServices services = new SharedServices();

    /**
     * Creates the topology's definition.
     *
     * @param config names, bounds and intervals
     * @param pipeline the decisions
     * @param registry settings of the registry's clients, by Confluent's keys
     * @param mapper from records to the domain
     * @param alerts when to raise an alert
     * @param clock the time, epoch milliseconds
     * @param signals receives the tasks' events for metrics
     */
    public FailureTopology(
            RedriveConfig config,
            Pipeline pipeline,
            Map<String, Object> registry,
            DomainMapper mapper,
            AlertRules alerts,
            LongSupplier clock,
            Signals signals) {
        this.config = config;
        this.topics = config.topics().names();
        this.tiers = config.retry().tierList();
        this.pipeline = pipeline;
        this.registry = Map.copyOf(registry);
        this.mapper = mapper;
        this.alerts = alerts;
        this.clock = clock;
        this.times = new InputTimes(clock);
        this.outages = new RegistryOutages(System::nanoTime);
        this.signals = signals;
        int maxHeapBytes = config.streams().heapBytes(Runtime.getRuntime().maxMemory());
        this.heap = new HeapBudget(maxHeapBytes);
        this.filters = new HeapBudget(maxHeapBytes / FILTER_PART);
    }

    /**
     * Returns the extractor of the inputs' timestamps; the consumers must call {@link InputTimes#seen} for what they
     * fetch.
     */
    public InputTimes times() {
        return times;
    }

    /** Returns the record of the tasks' failures to reach the schema registry. */
    public RegistryOutages outages() {
        return outages;
    }

    public Topology build() {
        Topology topology = new Topology();
        source(topology, NodeNames.FAILURES, times, topics.failures());
        source(topology, NodeNames.LIFECYCLE, times, topics.lifecycle());
        source(topology, NodeNames.ACCOUNTS, times, topics.accounts());
        source(topology, NodeNames.COMMANDS, times, topics.commands());
        source(
                topology,
                NodeNames.RETRIES,
                (record, partitionTimeMs) -> FIRST_MS,
                tiers.stream().map(tier -> topics.retry(tier.name())).toArray(String[]::new));
        topology.addProcessor(
                NodeNames.PIPELINE,
                this::pipelineProcessor,
                NodeNames.FAILURES,
                NodeNames.LIFECYCLE,
                NodeNames.ACCOUNTS,
                NodeNames.COMMANDS,
                NodeNames.RETRIES);
        for (String store : StoreNames.OF_USERS) {
            topology.addStateStore(store(store), NodeNames.PIPELINE);
        }
        partitionedSink(topology, NodeNames.TO_FAILURES, topics.failures());
        partitionedSink(topology, NodeNames.TO_LIFECYCLE, topics.lifecycle());
        partitionedSink(topology, NodeNames.TO_ACCOUNTS, topics.accounts());
        partitionedSink(topology, NodeNames.TO_COMMANDS, topics.commands());
        for (Tier tier : tiers) {
            sink(topology, NodeNames.toTier(tier), topics.retry(tier.name()), NodeNames.PIPELINE);
        }
        sink(topology, NodeNames.TO_READY, topics.ready(), NodeNames.PIPELINE);
        sink(topology, NodeNames.TO_DEAD_LETTERS, topics.deadLetters(), NodeNames.PIPELINE);
        sink(topology, NodeNames.TO_DEAD_LETTER_CHANGES, topics.deadLetterChanges(), NodeNames.PIPELINE);
        sink(topology, NodeNames.TO_USERS, topics.users(), NodeNames.PIPELINE);
        sink(topology, NodeNames.TO_OUTCOMES, topics.outcomes(), NodeNames.PIPELINE);
        sink(topology, NodeNames.TO_QUARANTINE, topics.quarantine(), NodeNames.PIPELINE);
        sink(topology, NodeNames.TO_PARTS, topics.errorRateParts(), NodeNames.PIPELINE);
        sink(topology, NodeNames.TO_OVERDUE_ALERTS, topics.alerts(), NodeNames.PIPELINE);

        source(topology, NodeNames.PARTS, times, topics.errorRateParts());
        topology.addProcessor(NodeNames.ERROR_RATES, this::errorRateProcessor, NodeNames.PARTS);
        for (String store : StoreNames.OF_RATES) {
            topology.addStateStore(store(store), NodeNames.ERROR_RATES);
        }
        sink(topology, NodeNames.TO_ERROR_RATES, topics.errorRates(), NodeNames.ERROR_RATES);
        sink(topology, NodeNames.TO_ALERTS, topics.alerts(), NodeNames.ERROR_RATES);
        sink(topology, NodeNames.TO_PARTS_QUARANTINE, topics.quarantine(), NodeNames.ERROR_RATES);
        sink(topology, NodeNames.TO_PARTS_OUTCOMES, topics.outcomes(), NodeNames.ERROR_RATES);
        return topology;
    }

    private PipelineProcessor pipelineProcessor() {
        return new PipelineProcessor(
                config,
                pipeline,
                alerts,
                () -> new InputReader(
                        registry,
                        mapper,
                        config.limits().maxRecordBytes(),
                        config.limits().maxOutputBytes()),
                () -> new OutputWriter(registry, topics),
                this::rateWriter,
                clock,
                times,
                outages,
                signals,
                filters,
                services);
    }

    private ErrorRateProcessor errorRateProcessor() {
        return new ErrorRateProcessor(
                alerts, config, this::rateWriter, () -> new OutputWriter(registry, topics), clock, signals);
    }

    private RateWriter rateWriter() {
        return new RateWriter(registry, topics, config.errorRates().window());
    }

    private static void source(Topology topology, String node, TimestampExtractor times, String... topics) {
        topology.addSource(
                AutoOffsetReset.earliest(),
                node,
                times,
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer(),
                topics);
    }

    private static void sink(Topology topology, String node, String topic, String parent) {
        topology.addSink(node, topic, new ByteArraySerializer(), new ByteArraySerializer(), parent);
    }

    /** Adds a sink that sets the partition itself, whatever partitioner the producer's configuration has. */
    private static void partitionedSink(Topology topology, String node, String topic) {
        topology.addSink(
                node,
                topic,
                new ByteArraySerializer(),
                new ByteArraySerializer(),
                (to, key, value, partitions) -> Optional.of(Set.of(Forwarder.partition(key, partitions))),
                NodeNames.PIPELINE);
    }

    private StoreBuilder<KeyValueStore<Bytes, byte[]>> store(String name) {
        return new HeapStoreBuilder(name, PAYLOAD_CHANGELOG, heap);
    }

    /** The names of the topology's nodes. */
    static final class NodeNames {

        static final String FAILURES = "failures-source";
        static final String LIFECYCLE = "lifecycle-source";
        static final String ACCOUNTS = "accounts-source";
        static final String COMMANDS = "commands-source";
        static final String RETRIES = "retries-source";
        static final String PARTS = "error-rate-parts-source";

        static final String PIPELINE = "pipeline";
        static final String ERROR_RATES = "error-rates";

        static final String TO_FAILURES = "failures-sink";
        static final String TO_LIFECYCLE = "lifecycle-sink";
        static final String TO_ACCOUNTS = "accounts-sink";
        static final String TO_COMMANDS = "commands-sink";
        static final String TO_READY = "ready-sink";
        static final String TO_DEAD_LETTERS = "dead-letters-sink";
        static final String TO_DEAD_LETTER_CHANGES = "dead-letter-changes-sink";
        static final String TO_USERS = "users-sink";
        static final String TO_OUTCOMES = "outcomes-sink";
        static final String TO_QUARANTINE = "quarantine-sink";
        static final String TO_PARTS = "error-rate-parts-sink";
        static final String TO_ERROR_RATES = "error-rates-sink";
        static final String TO_PARTS_QUARANTINE = "error-rate-parts-quarantine-sink";
        static final String TO_PARTS_OUTCOMES = "error-rate-parts-outcomes-sink";
        static final String TO_ALERTS = "alerts-sink";
        static final String TO_OVERDUE_ALERTS = "overdue-alerts-sink";

        /** Outputs whose topics keep Kafka's own limit, by node. */
        static final Set<String> SMALL = Set.of(
                TO_FAILURES,
                TO_LIFECYCLE,
                TO_ACCOUNTS,
                TO_DEAD_LETTER_CHANGES,
                TO_USERS,
                TO_OUTCOMES,
                TO_PARTS,
                TO_PARTS_OUTCOMES,
                TO_ERROR_RATES,
                TO_ALERTS,
                TO_OVERDUE_ALERTS);

        static String toTier(Tier tier) {
            return "retry-" + tier.name() + "-sink";
        }

        private NodeNames() {}
    }

    /**
     * The times of inputs. The append time of a broker is used unchanged, whatever the instance's clock. A producer's
     * timestamp that is negative or ahead of the clock is replaced by the clock's time, so that one wrong timestamp moves
     * nothing.
     *
     * <p>Kafka Streams hides the timestamp type of a record from its processors, so {@link #seen} must be called with what
     * the consumer fetches. Safe for use by several threads.
     */
    public static final class InputTimes implements TimestampExtractor {

        private final LongSupplier clock;

        /** Topics whose latest record carried the broker's append time. */
        private final Set<String> stamped = ConcurrentHashMap.newKeySet();

        InputTimes(LongSupplier clock) {
            this.clock = clock;
        }

        /**
         * Records the timestamp type of a fetched record.
         *
         * @param topic the record's topic, whose configuration determines the type
         * @param type the record's timestamp type
         */
        public void seen(String topic, TimestampType type) {
            if (type != TimestampType.LOG_APPEND_TIME) {
                stamped.remove(topic);
            } else if (!stamped.contains(topic)) {
                stamped.add(topic);
            }
        }

        /** Returns whether the timestamps of a topic's records are the brokers' append times. */
        boolean stampedByBroker(String topic) {
            return stamped.contains(topic);
        }

        @Override
        public long extract(ConsumerRecord<Object, Object> record, long partitionTimeMs) {
            if (stampedByBroker(record.topic())) {
                return record.timestamp();
            }
            long nowMs = clock.getAsLong();
            return record.timestamp() < 0 ? nowMs : Math.min(record.timestamp(), nowMs);
        }
    }
}
