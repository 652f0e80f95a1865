package dev.redrive.runtime;

import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.processor.StateRestoreListener;

/** Counts the stores that are being restored at this moment. */
final class Restorations implements StateRestoreListener {

    private final AtomicInteger open = new AtomicInteger();

    boolean any() {
        return open.get() > 0;
    }

    @Override
    public void onRestoreStart(TopicPartition partition, String store, long from, long to) {
        open.incrementAndGet();
    }

    @Override
    public void onBatchRestored(TopicPartition partition, String store, long end, long records) {}

    @Override
    public void onRestoreEnd(TopicPartition partition, String store, long records) {
        open.decrementAndGet();
    }

    @Override
    public void onRestoreSuspended(TopicPartition partition, String store, long records) {
        open.decrementAndGet();
    }
}
