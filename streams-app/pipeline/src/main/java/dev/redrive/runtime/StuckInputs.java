package dev.redrive.runtime;

import dev.redrive.serde.RegistryUnavailableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.errors.ErrorHandlerContext;
import org.apache.kafka.streams.errors.ProcessingExceptionHandler;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;

/**
 * The input records that this instance cannot get past: those that cannot be fetched, whose partitions rest, and those
 * that threads have failed at twice in a row. Safe for use by several threads.
 */
public final class StuckInputs {

    /** Failures at one record from which it is stuck; one may have any cause. */
    private static final int STUCK_FROM = 2;

    /** Longer than the longest backoff and the start of a thread: without a further failure the record has been passed. */
    private static final Duration FAILED_LATELY = Duration.ofMinutes(2);

    private static final Duration MIN_BACKOFF = Duration.ofSeconds(1);
    private static final Duration MAX_BACKOFF = Duration.ofSeconds(30);

    private static final Comparator<TopicPartition> ORDER =
            Comparator.comparing(TopicPartition::topic).thenComparing(TopicPartition::partition);

    private final LongSupplier nanoTime;
    private final Map<TopicPartition, Long> unreadable = new HashMap<>();
    private final Map<TopicPartition, Integer> resting = new HashMap<>();
    private final Map<TopicPartition, Failed> failed = new HashMap<>();

    StuckInputs(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** A record that the instance cannot get past. */
    public record Stuck(String topic, int partition, long offset) {}

    private record Failed(long offset, int times, long lastNanos) {}

    /** A record cannot be fetched. */
    synchronized void unreadable(TopicPartition partition, long offset) {
        unreadable.put(partition, offset);
    }

    /** The offset of the record that cannot be fetched; {@code null} where none is known. */
    synchronized @Nullable Long unreadableAt(TopicPartition partition) {
        return unreadable.get(partition);
    }

    /** A consumer of this instance has the partition, which rests at a record that cannot be fetched. */
    synchronized void rests(TopicPartition partition) {
        resting.merge(partition, 1, Integer::sum);
    }

    /** That consumer has it no more. */
    synchronized void given(TopicPartition partition) {
        resting.computeIfPresent(partition, (same, consumers) -> consumers == 1 ? null : consumers - 1);
    }

    /** A thread has failed at a record. */
    synchronized void failed(TopicPartition partition, long offset) {
        Failed before = failed.get(partition);
        int times = before != null && before.offset == offset && lately(before) ? before.times + 1 : 1;
        failed.put(partition, new Failed(offset, times, nanoTime.getAsLong()));
    }

    private boolean lately(Failed failure) {
        return nanoTime.getAsLong() - failure.lastNanos < FAILED_LATELY.toNanos();
    }

    /** The records, in the order of their topics and partitions. */
    public synchronized List<Stuck> list() {
        Map<TopicPartition, Long> offsets = new TreeMap<>(ORDER);
        failed.forEach((partition, failure) -> {
            if (failure.times >= STUCK_FROM && lately(failure)) {
                offsets.put(partition, failure.offset);
            }
        });
        unreadable.forEach((partition, offset) -> {
            if (resting.containsKey(partition)) {
                offsets.put(partition, offset);
            }
        });
        List<Stuck> stuck = new ArrayList<>();
        offsets.forEach((partition, offset) -> stuck.add(new Stuck(partition.topic(), partition.partition(), offset)));
        return stuck;
    }

    /** How long to wait before the next try, after threads have failed at the same record again; zero where none has. */
    synchronized Duration backoff() {
        int times = failed.values().stream()
                .filter(this::lately)
                .mapToInt(Failed::times)
                .max()
                .orElse(0);
        if (times < STUCK_FROM) {
            return Duration.ZERO;
        }
        Duration wait = MIN_BACKOFF.multipliedBy(1L << Math.min(times - STUCK_FROM, 10));
        return wait.compareTo(MAX_BACKOFF) > 0 ? MAX_BACKOFF : wait;
    }

    /**
     * Notes at which input record a thread fails, and lets it fail. Kafka Streams makes it, and hands it the {@link
     * StuckInputs} of the pipeline by its configuration.
     */
    public static final class FailedInputs implements ProcessingExceptionHandler {

        /** Names the {@link StuckInputs} in the configuration of Kafka Streams. */
        static final String STUCK_INPUTS = "redrive.stuck.inputs";

        private StuckInputs stuck = new StuckInputs(System::nanoTime);

        @Override
        public void configure(Map<String, ?> configs) {
            stuck = (StuckInputs) Objects.requireNonNull(configs.get(STUCK_INPUTS), STUCK_INPUTS);
        }

        @Override
        public Response handleError(ErrorHandlerContext context, Record<?, ?> record, Exception failure) {
            // A timer fails at no record; a registry that is away says nothing about one.
            if (context.topic() != null && context.offset() >= 0 && !ofRegistry(failure)) {
                stuck.failed(new TopicPartition(context.topic(), context.partition()), context.offset());
            }
            return Response.fail();
        }

        private static boolean ofRegistry(Throwable failure) {
            for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
                if (cause instanceof RegistryUnavailableException) {
                    return true;
                }
            }
            return false;
        }
    }
}
