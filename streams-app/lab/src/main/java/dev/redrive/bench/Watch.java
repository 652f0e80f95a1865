package dev.redrive.bench;

import dev.redrive.bench.Benchmark.BenchException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;

/**
 * Reads the results that are appended after its creation, on its own thread and committed ones only, and passes each
 * with the time at which it was read.
 */
final class Watch implements AutoCloseable {

    private static final Duration POLL = Duration.ofMillis(200);

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Visitor visitor;
    private final long target;
    private final Thread thread;
    private final CountDownLatch reached = new CountDownLatch(1);
    private final AtomicReference<@Nullable RuntimeException> failure = new AtomicReference<>();
    private volatile long seen;
    private volatile long reachedNanos;

    /** Receives each record, on the watch's thread, and when it was read, in epoch milliseconds of the wall clock. */
    @FunctionalInterface
    interface Visitor {
        void see(ConsumerRecord<byte[], byte[]> record, long visibleAtMs);
    }

    /**
     * Starts the watch: it sees every record that is appended after this call.
     *
     * @param target number of records to wait for
     */
    Watch(Lab lab, long target, Visitor visitor, String... topics) {
        this.target = target;
        this.visitor = visitor;
        this.consumer = lab.consumer();
        List<TopicPartition> partitions = Lab.partitions(topics);
        consumer.assign(partitions);
        consumer.seekToEnd(partitions);
        partitions.forEach(consumer::position);
        this.thread = new Thread(this::run, "bench-watch");
        thread.start();
    }

    private void run() {
        try {
            while (true) {
                ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
                long nanos = System.nanoTime();
                long visibleAtMs = System.currentTimeMillis();
                for (ConsumerRecord<byte[], byte[]> record : records) {
                    visitor.see(record, visibleAtMs);
                }
                long before = seen;
                seen = before + records.count();
                if (before < target && seen >= target) {
                    reachedNanos = nanos;
                    reached.countDown();
                }
            }
        } catch (WakeupException e) {
            // Sent by close().
        } catch (RuntimeException e) {
            failure.set(e);
            reached.countDown();
        } finally {
            consumer.close();
        }
    }

    long seen() {
        return seen;
    }

    /**
     * Waits until the target is reached.
     *
     * @return when the last record of the target was seen, by {@link System#nanoTime()}
     */
    long await(Lab lab, Duration timeout) {
        lab.await(timeout, target + " results", () -> reached.getCount() == 0);
        RuntimeException failed = failure.get();
        if (failed != null) {
            throw new BenchException("the results could not be read", List.of(), failed);
        }
        return reachedNanos;
    }

    @Override
    public void close() {
        consumer.wakeup();
        try {
            thread.join(TimeUnit.SECONDS.toMillis(30));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
