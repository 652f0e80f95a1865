package dev.redrive.cli;

import dev.redrive.contract.TopicNames;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;

/** One run of {@code redrive tail}. */
final class TailRun {

    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(1);
    private static final long PATIENCE_MS = 5_000;

    /** So many lines are written one by one, so that a reader such as {@code head} that has enough is noticed. */
    private static final int SINGLE_LINES = 200;

    private final Terminal terminal;
    private final TailQuery query;
    private final Connection connection;
    private final LongSupplier nanoTime;
    private final LineOutput out;
    private final byte @Nullable [] wantedKey;

    private long shown;
    private long lastShownNanos;
    private Map<TopicPartition, Long> backlog = Map.of();
    private volatile boolean stopped;

    TailRun(Terminal terminal, TailQuery query, Connection connection, LongSupplier nanoTime) {
        this.terminal = terminal;
        this.query = query;
        this.connection = connection;
        this.nanoTime = nanoTime;
        this.out = new LineOutput(terminal.out());
        String user = query.user();
        this.wantedKey = user == null ? null : user.getBytes(StandardCharsets.UTF_8);
    }

    /** Shows records until there is a reason to end, and returns the exit code. */
    int run(PipelineClients clients) {
        RecordJson json = new RecordJson(
                query.topic() == OutputTopic.QUARANTINE ? null : clients.values(connection), query.valueOnly());
        Consumer<byte[], byte[]> consumer = clients.consumer(connection);
        try (Interruption interruption = Interruption.calls(() -> stop(consumer), PATIENCE_MS)) {
            show(consumer, json);
        } catch (WakeupException e) {
            // Only an interruption wakes the consumer up.
            stopped = true;
        } catch (KafkaException e) {
            throw connection.failure(e);
        } finally {
            consumer.close(CloseOptions.timeout(CLOSE_TIMEOUT));
        }
        return Subcommand.OK;
    }

    private void stop(Consumer<?, ?> consumer) {
        stopped = true;
        consumer.wakeup();
    }

    private void show(Consumer<byte[], byte[]> consumer, RecordJson json) {
        List<TopicPartition> partitions = partitions(consumer);
        consumer.assign(partitions);
        if (query.fromBeginning()) {
            consumer.seekToBeginning(partitions);
        } else {
            consumer.seekToEnd(partitions);
            // Seeking is lazy; asking for the position fixes it before the first new record is written.
            partitions.forEach(consumer::position);
        }
        backlog = query.timeout() == null ? Map.of() : consumer.endOffsets(partitions);
        lastShownNanos = nanoTime.getAsLong();
        while (!stopped && !full() && !idle(consumer)) {
            ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
            for (ConsumerRecord<byte[], byte[]> record : records) {
                if (!full() && wanted(record)) {
                    out.line(json.line(record));
                    shown++;
                    if (shown <= SINGLE_LINES) {
                        out.flush();
                    }
                    lastShownNanos = nanoTime.getAsLong();
                }
            }
            out.flush();
        }
    }

    private boolean wanted(ConsumerRecord<byte[], byte[]> record) {
        return wantedKey == null || Arrays.equals(wantedKey, record.key());
    }

    private boolean full() {
        Long max = query.max();
        return max != null && shown >= max;
    }

    /** Whether nothing was shown for too long; what was there before the start is read to its end first. */
    private boolean idle(Consumer<?, ?> consumer) {
        Duration timeout = query.timeout();
        if (timeout == null || nanoTime.getAsLong() - lastShownNanos < timeout.toNanos()) {
            return false;
        }
        return backlog.entrySet().stream().allMatch(end -> consumer.position(end.getKey()) >= end.getValue());
    }

    private List<TopicPartition> partitions(Consumer<byte[], byte[]> consumer) {
        List<String> topics =
                query.topic() == OutputTopic.RETRY && query.tiers().isEmpty()
                        ? tiers(consumer)
                        : topics(connection.topics()).toList();
        return topics.stream()
                .map(topic -> found(consumer.partitionsFor(topic), topic))
                .flatMap(Collection::stream)
                .map(info -> new TopicPartition(info.topic(), info.partition()))
                .toList();
    }

    private List<PartitionInfo> found(@Nullable List<PartitionInfo> partitions, String topic) {
        if (partitions == null || partitions.isEmpty()) {
            throw connection.missing(topic, null);
        }
        return partitions;
    }

    private List<String> tiers(Consumer<byte[], byte[]> consumer) {
        String ready = connection.topics().ready();
        String start = connection.topics().retry("");
        List<String> tiers = consumer.listTopics().keySet().stream()
                .filter(topic -> topic.startsWith(start) && !topic.equals(ready))
                .sorted()
                .toList();
        if (tiers.isEmpty()) {
            throw new CommandFailure(
                    Reason.TOPIC_UNFIT,
                    "no topic of delayed retries exists at " + connection.bootstrapServers()
                            + " (create it with 'redrive topics create')");
        }
        return tiers;
    }

    private Stream<String> topics(TopicNames names) {
        return switch (query.topic()) {
            case READY -> Stream.of(names.ready());
            case DEAD_LETTERS -> Stream.of(names.deadLetters());
            case USERS -> Stream.of(names.users());
            case OUTCOMES -> Stream.of(names.outcomes());
            case ERROR_RATES -> Stream.of(names.errorRates());
            case ALERTS -> Stream.of(names.alerts());
            case QUARANTINE -> Stream.of(names.quarantine());
            case RETRY -> query.tiers().stream().map(names::retry);
        };
    }
}
