package dev.redrive.bench;

import dev.redrive.config.ConfigLoader;
import dev.redrive.config.RedriveConfig;
import dev.redrive.contract.TopicNames;
import dev.redrive.runtime.RedrivePipeline;
import dev.redrive.runtime.RedrivePipeline.RuntimeSettings;
import dev.redrive.runtime.SteadyClock;
import dev.redrive.runtime.Wiring;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;

/** The application that processes the backlog of a {@link Drain}; its name appears in tables. */
enum Contender {
    /** Redrive itself. */
    PIPELINE("pipeline", null),
    /** The pass-through under exactly_once_v2. */
    CEILING("ceiling", PassThroughMain.class),
    /** The forwarder without transactions. */
    FORWARDER("forwarder", ForwarderMain.class);

    private final String word;

    @Nullable
    private final Class<?> main;

    Contender(String word, @Nullable Class<?> main) {
        this.word = word;
        this.main = main;
    }

    String word() {
        return word;
    }

    /** Returns the main class of its process; {@code null} for Redrive itself. */
    @Nullable
    Class<?> main() {
        return main;
    }

    /**
     * The routes of the pass-through and the forwarder: the same as Redrive's, without decoding the records. A retried
     * job passes a delay topic to the ready topic, two hops; the others go to the dead letters, one hop.
     */
    record Routes(TopicNames topics) {

        /** Header of every measured record: {@code 1} if the job is retryable, else {@code 0}. */
        static final String HEADER = "bench-retryable";

        static final byte[] RETRYABLE = {'1'};
        static final byte[] TERMINAL = {'0'};

        /** Returns the delay topic, the target of the first hop. */
        String between() {
            return topics.retry("10s");
        }

        /** Returns the target topic of a record in a topic. */
        String next(String topic, Headers headers) {
            if (topic.equals(between())) {
                return topics.ready();
            }
            return headers.lastHeader(HEADER).value()[0] == RETRYABLE[0] ? between() : topics.deadLetters();
        }
    }

    /**
     * The ceiling: a Kafka Streams application under {@code exactly_once_v2} that only forwards records unchanged, over
     * as many hops as Redrive. It uses the same settings as the pipeline.
     */
    static final class PassThroughMain {

        private static final Duration START = Duration.ofSeconds(60);

        private PassThroughMain() {}

        /** Runs until standard input ends; the arguments are a configuration file and the instance id. */
        public static void main(String[] args) throws IOException, InterruptedException {
            RedriveConfig config = ConfigLoader.load(Path.of(args[0]), Map.of());
            RuntimeSettings settings = Wiring.runtime(config, args[1]);
            Topology topology = topology(new Routes(config.topics().names()));
            try (RedrivePipeline pipeline = new RedrivePipeline(topology, settings, new SteadyClock(), null, null)) {
                pipeline.start();
                if (!pipeline.awaitRunning(START)) {
                    throw new IllegalStateException("not running after " + START);
                }
                System.out.println("running");
                while (System.in.read() >= 0) {
                    // Only the end of the input counts: it ends this process.
                }
            }
        }

        static Topology topology(Routes routes) {
            Topology topology = new Topology();
            source(topology, "failures", routes.topics().failures());
            source(topology, "between", routes.between());
            topology.addProcessor("pass", () -> new Pass(routes), "failures", "between");
            for (String sink : new String[] {
                routes.between(), routes.topics().ready(), routes.topics().deadLetters()
            }) {
                topology.addSink("to-" + sink, sink, new ByteArraySerializer(), new ByteArraySerializer(), "pass");
            }
            return topology;
        }

        private static void source(Topology topology, String node, String topic) {
            topology.addSource(
                    AutoOffsetReset.earliest(), node, new ByteArrayDeserializer(), new ByteArrayDeserializer(), topic);
        }

        private static final class Pass implements Processor<byte[], byte[], byte[], byte[]> {

            private final Routes routes;
            private @Nullable ProcessorContext<byte[], byte[]> context;

            Pass(Routes routes) {
                this.routes = routes;
            }

            @Override
            public void init(ProcessorContext<byte[], byte[]> given) {
                context = given;
            }

            @Override
            public void process(Record<byte[], byte[]> record) {
                ProcessorContext<byte[], byte[]> to = context;
                if (to == null) {
                    throw new IllegalStateException("process before init");
                }
                String topic = to.recordMetadata().orElseThrow().topic();
                to.forward(record, "to-" + routes.next(topic, record.headers()));
            }
        }
    }

    /**
     * A plain forwarder without Kafka Streams and transactions: consume, produce, commit, at least once. It shows the
     * combined cost of exactly-once and Kafka Streams.
     */
    static final class ForwarderMain {

        private static final Duration POLL = Duration.ofMillis(10);

        private ForwarderMain() {}

        /** Runs until standard input ends; the arguments are a configuration file and the instance id. */
        public static void main(String[] args) throws IOException, InterruptedException {
            RedriveConfig config = ConfigLoader.load(Path.of(args[0]), Map.of());
            AtomicBoolean ended = new AtomicBoolean();
            Thread work = new Thread(() -> forward(config, args[1], ended), "forwarder");
            work.start();
            while (System.in.read() >= 0) {
                // Only the end of the input counts: it ends this process.
            }
            ended.set(true);
            work.join();
        }

        private static void forward(RedriveConfig config, String instance, AtomicBoolean ended) {
            Routes routes = new Routes(config.topics().names());
            long intervalNanos = config.streams().commitInterval().toNanos();
            try (KafkaConsumer<byte[], byte[]> consumer = consumer(config, instance);
                    KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                            Lab.producerSettings(
                                    config.kafka().bootstrapServers().get(0)),
                            new ByteArraySerializer(),
                            new ByteArraySerializer())) {
                consumer.subscribe(List.of(routes.topics().failures(), routes.between()));
                boolean running = false;
                long committedNanos = System.nanoTime();
                while (!ended.get()) {
                    for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                        producer.send(
                                new ProducerRecord<>(
                                        routes.next(record.topic(), record.headers()),
                                        null,
                                        record.timestamp(),
                                        record.key(),
                                        record.value(),
                                        record.headers()),
                                (metadata, failure) -> {
                                    if (failure != null) {
                                        Runtime.getRuntime().halt(1);
                                    }
                                });
                    }
                    if (!running && !consumer.assignment().isEmpty()) {
                        running = true;
                        System.out.println("running");
                    }
                    if (System.nanoTime() - committedNanos > intervalNanos) {
                        producer.flush();
                        consumer.commitSync();
                        committedNanos = System.nanoTime();
                    }
                }
            }
        }

        private static KafkaConsumer<byte[], byte[]> consumer(RedriveConfig config, String instance) {
            Map<String, Object> settings = new HashMap<>(
                    Lab.consumerSettings(config.kafka().bootstrapServers().get(0)));
            settings.put("group.id", config.applicationId());
            settings.put("group.instance.id", instance);
            settings.put("max.poll.records", 1_000);
            settings.put("enable.auto.commit", "false");
            return new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        }
    }
}
