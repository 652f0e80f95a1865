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
 * The input records that this instance cannot get past: those that cannot be fetched, whose partitions are paused, and
 * those that have failed threads twice in a row. Safe for use by several threads.
 */
public final class StuckInputs {

    /** Number of failures from which a record is stuck; a single one may have any cause. */
    private static final int STUCK_FROM = 2;

    /**
     * Longer than the maximum backoff plus the start of a thread: without another failure the record has been passed.
     */
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

    /** Adds a record that cannot be fetched. */
    synchronized void unreadable(TopicPartition partition, long offset) {
        unreadable.put(partition, offset);
    }

    /** Returns the offset of the record that cannot be fetched; {@code null} if none is known. */
    synchronized @Nullable Long unreadableAt(TopicPartition partition) {
        return unreadable.get(partition);
    }

    /**
     * Notes that a consumer of this instance owns the partition, which is paused at a record that cannot be fetched.
     */
    synchronized void rests(TopicPartition partition) {
        resting.merge(partition, 1, Integer::sum);
    }

    /** Notes that this consumer no longer owns the partition. */
    synchronized void given(TopicPartition partition) {
        resting.computeIfPresent(partition, (same, consumers) -> consumers == 1 ? null : consumers - 1);
    }

    /** Counts a thread's failure at a record. */
    synchronized void failed(TopicPartition partition, long offset) {
        Failed before = failed.get(partition);
        int times = before != null && before.offset == offset && recent(before) ? before.times + 1 : 1;
        failed.put(partition, new Failed(offset, times, nanoTime.getAsLong()));
    }

    private boolean recent(Failed failure) {
        return nanoTime.getAsLong() - failure.lastNanos < FAILED_LATELY.toNanos();
    }

    /** Returns the records, ordered by topic and partition. */
    public synchronized List<Stuck> list() {
        Map<TopicPartition, Long> offsets = new TreeMap<>(ORDER);
        failed.forEach((partition, failure) -> {
            if (failure.times >= STUCK_FROM && recent(failure)) {
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

    /**
     * Returns the backoff before the next try after threads have failed repeatedly at the same record; zero if none
     * has.
     */
    synchronized Duration backoff() {
        int times = failed.values().stream()
                .filter(this::recent)
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
     * Records the input at which a thread fails, and lets the thread fail. Kafka Streams creates it, and passes it the
     * pipeline's {@link StuckInputs} by its configuration.
     */
    public static final class FailedInputs implements ProcessingExceptionHandler {

        /** Configuration key of the {@link StuckInputs}. */
        static final String STUCK_INPUTS = "redrive.stuck.inputs";

        private StuckInputs stuck = new StuckInputs(System::nanoTime);

        @Override
        public void configure(Map<String, ?> configs) {
            stuck = (StuckInputs) Objects.requireNonNull(configs.get(STUCK_INPUTS), STUCK_INPUTS);
        }

        @Override
        public Response handleError(ErrorHandlerContext context, Record<?, ?> record, Exception failure) {
            // A timer fails at no record; a registry failure is unrelated to the record.
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
