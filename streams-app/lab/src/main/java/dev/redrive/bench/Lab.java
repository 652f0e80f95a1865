package dev.redrive.bench;

import dev.redrive.bench.Benchmark.BenchException;
import dev.redrive.dev.DevRegistry;
import dev.redrive.dev.EmbeddedBroker;
import dev.redrive.serde.AvroSerdes;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.Deserializer;

/** A broker in a separate process, a schema registry in this one, and queries on them. Used by one thread. */
final class Lab implements AutoCloseable {

    /** Partitions of every topic: the configuration's default, divisible by 1, 2 and 3 instances. */
    static final int PARTITIONS = 6;

    static final String CLIENTS =
            "batches of 128 KiB, zstd, acks=all; pipeline and ceiling commit every second while a backlog waits, linger 5 ms of all others";

    private static final long TIMEOUT_S = 60;
    private static final Duration PAUSE = Duration.ofMillis(20);

    private final Path directory;
    private final Child broker;
    private final String bootstrapServers;
    private final DevRegistry registry;
    private final Admin admin;
    private final List<Child> children = new ArrayList<>();
    private final Thread hook = new Thread(() -> List.copyOf(children).forEach(Child::kill), "bench-end");

    private Lab(Path directory, Child broker, String bootstrapServers, DevRegistry registry) {
        this.directory = directory;
        this.broker = broker;
        this.bootstrapServers = bootstrapServers;
        this.registry = registry;
        this.admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers));
        children.add(broker);
        Runtime.getRuntime().addShutdownHook(hook);
    }

    static Lab start(Path directory) {
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Child broker = Child.start(
                directory.resolve("broker.log"),
                List.of("-Xms1g", "-Xmx1g", "-XX:+UseParallelGC"),
                List.of(BrokerMain.class.getName(), directory.resolve("broker").toString()));
        return new Lab(directory, broker, broker.answer(), DevRegistry.start(directory.resolve("registry"), 0));
    }

    Path directory() {
        return directory;
    }

    String bootstrapServers() {
        return bootstrapServers;
    }

    String registryUrl() {
        return registry.url();
    }

    /** Returns the producer settings of the pipeline's own clients, so that batching does not affect the comparison. */
    static Map<String, Object> producerSettings(String bootstrapServers) {
        return Map.ofEntries(
                Map.entry("bootstrap.servers", bootstrapServers),
                Map.entry("linger.ms", 5),
                Map.entry("batch.size", 128 * 1024),
                Map.entry("compression.type", "zstd"),
                Map.entry("compression.zstd.level", 1),
                Map.entry("max.request.size", 2 * 1024 * 1024),
                Map.entry("buffer.memory", 64L << 20),
                Map.entry("acks", "all"));
    }

    static Map<String, Object> consumerSettings(String bootstrapServers) {
        return Map.ofEntries(
                Map.entry("bootstrap.servers", bootstrapServers),
                Map.entry("isolation.level", "read_committed"),
                Map.entry("auto.offset.reset", "earliest"),
                Map.entry("max.poll.records", 5_000));
    }

    /** Returns a consumer of committed records, from the beginning, without a group. */
    KafkaConsumer<byte[], byte[]> consumer() {
        return new KafkaConsumer<>(
                consumerSettings(bootstrapServers), new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /** Returns a deserializer for values written with the lab's registry. */
    <T extends SpecificRecord> Deserializer<T> values(Class<T> type) {
        return AvroSerdes.deserializer(type, Map.of("schema.registry.url", registryUrl()));
    }

    /** Deletes a directory if it exists. */
    static void deleteTree(Path directory) {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the total file size of a directory in bytes; nothing may write to it meanwhile. */
    static long treeBytes(Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Duration brokerCpu() {
        return broker.cpu();
    }

    /** Starts a process that ends with this one. */
    Child child(String log, List<String> options, List<String> main) {
        Child child = Child.start(directory.resolve(log + ".log"), options, main);
        children.add(child);
        return child;
    }

    /** Returns the bytes appended to each topic so far, as stored in the logs. */
    Map<String, Long> appended() {
        Map<String, Long> bytes = new TreeMap<>();
        for (String pair : broker.ask("appended").split(",")) {
            int equals = pair.lastIndexOf('=');
            if (equals > 0) {
                bytes.put(pair.substring(0, equals), Long.parseLong(pair.substring(equals + 1)));
            }
        }
        return bytes;
    }

    /** Returns the bytes appended to each topic between two snapshots, without unchanged topics. */
    static Map<String, Long> between(Map<String, Long> before, Map<String, Long> after) {
        Map<String, Long> grown = new TreeMap<>(after);
        grown.replaceAll((topic, bytes) -> bytes - before.getOrDefault(topic, 0L));
        grown.values().removeIf(bytes -> bytes == 0);
        return grown;
    }

    /** Returns the partitions of existing topics, in order of number. */
    static List<TopicPartition> partitions(String... topics) {
        return Stream.of(topics)
                .flatMap(topic -> Stream.iterate(0, i -> i < PARTITIONS, i -> i + 1)
                        .map(partition -> new TopicPartition(topic, partition)))
                .toList();
    }

    private Map<TopicPartition, ListOffsetsResultInfo> ends(String... topics) {
        Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
        partitions(topics).forEach(partition -> wanted.put(partition, OffsetSpec.latest()));
        return get(admin.listOffsets(wanted, new ListOffsetsOptions(IsolationLevel.READ_COMMITTED))
                .all());
    }

    /** Returns the number of records and markers of committed transactions that a group has not yet committed. */
    long lag(String group, String... topics) {
        Map<TopicPartition, ListOffsetsResultInfo> ends = ends(topics);
        Map<TopicPartition, OffsetAndMetadata> committed =
                get(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata());
        long lag = 0;
        for (var end : ends.entrySet()) {
            OffsetAndMetadata at = committed.get(end.getKey());
            lag += end.getValue().offset() - (at == null ? 0 : at.offset());
        }
        return lag;
    }

    void deleteTopics(String... prefixes) {
        List<String> gone = get(admin.listTopics().names()).stream()
                .filter(name -> Stream.of(prefixes).anyMatch(name::startsWith))
                .toList();
        get(admin.deleteTopics(gone).all());
    }

    static <T> T get(KafkaFuture<T> future) {
        try {
            return future.get(TIMEOUT_S, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new BenchException("the broker did not answer: " + e, List.of(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted", List.of(), e);
        }
    }

    /** Polls until the condition is met, about every 20 ms. */
    void await(Duration timeout, String what, BooleanSupplier condition) {
        await(timeout, PAUSE, what, condition);
    }

    /** Polls until the condition is met, with pauses, and fails if a child process ends meanwhile. */
    void await(Duration timeout, Duration pause, String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + timeout.toNanos();
        while (!condition.getAsBoolean()) {
            for (Child child : children) {
                if (!child.alive()) {
                    throw new BenchException(
                            "a process ended by itself; its log: " + child.log() + "\n" + child.tail());
                }
            }
            if (System.nanoTime() - deadline > 0) {
                throw new BenchException("not within " + timeout.toSeconds() + " s: " + what);
            }
            if (Thread.currentThread().isInterrupted()) {
                throw new BenchException("interrupted");
            }
            LockSupport.parkNanos(pause.toNanos());
        }
    }

    /** Waits until nothing has been appended for 1.5 s. */
    void awaitQuiet(String prefix) {
        long[] seen = {-1, System.nanoTime()};
        await(Duration.ofSeconds(60), "the topics to be at rest", () -> {
            long now = appended().entrySet().stream()
                    .filter(topic -> topic.getKey().startsWith(prefix))
                    .mapToLong(Map.Entry::getValue)
                    .sum();
            if (now != seen[0]) {
                seen[0] = now;
                seen[1] = System.nanoTime();
            }
            return System.nanoTime() - seen[1] > Duration.ofMillis(1_500).toNanos();
        });
    }

    /** Stops monitoring a process that was started here: it may end from now on. */
    void forget(Child child) {
        children.remove(child);
    }

    @Override
    public void close() {
        Runtime.getRuntime().removeShutdownHook(hook);
        admin.close(Duration.ofSeconds(5));
        registry.close();
        children.forEach(Child::close);
    }

    /**
     * The broker's process. It prints its address, and answers each line with the bytes appended to each topic so far,
     * as stored in the log: {@code topic=bytes,…}. Compaction and retention do not reduce them. It ends with its
     * standard input, so that it never outlives the measurement.
     */
    static final class BrokerMain {

        private static final String APPENDED = "kafka.server:type=BrokerTopicMetrics,name=BytesInPerSec,topic=*";

        private BrokerMain() {}

        /** Runs until standard input ends; the argument is the data directory. */
        public static void main(String[] args) throws IOException, JMException {
            try (EmbeddedBroker broker = EmbeddedBroker.start(Path.of(args[0]));
                    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
                System.out.println(broker.bootstrapServers());
                while (in.readLine() != null) {
                    System.out.println(appended());
                }
            }
        }

        private static String appended() throws JMException {
            MBeanServer beans = ManagementFactory.getPlatformMBeanServer();
            StringJoiner line = new StringJoiner(",");
            for (ObjectName name : beans.queryNames(new ObjectName(APPENDED), null)) {
                line.add(name.getKeyProperty("topic") + "=" + beans.getAttribute(name, "Count"));
            }
            return line.toString();
        }
    }
}
