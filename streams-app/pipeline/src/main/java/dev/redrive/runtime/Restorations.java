package dev.redrive.runtime;

import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.processor.StateRestoreListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts the stores that are being restored at this moment, and tells in the log what a restoration took. */
final class Restorations implements StateRestoreListener {

    private static final Logger LOG = LoggerFactory.getLogger(Restorations.class);

    private int open;
    private int stores;
    private long restoredRecords;
    private long startedNanos;

    synchronized boolean any() {
        return open > 0;
    }

    @Override
    public synchronized void onRestoreStart(TopicPartition partition, String store, long from, long to) {
        if (open == 0) {
            startedNanos = System.nanoTime();
            stores = 0;
            restoredRecords = 0;
        }
        open++;
        stores++;
    }

    @Override
    public void onBatchRestored(TopicPartition partition, String store, long end, long records) {}

    @Override
    public void onRestoreEnd(TopicPartition partition, String store, long records) {
        end(records);
    }

    @Override
    public void onRestoreSuspended(TopicPartition partition, String store, long records) {
        end(records);
    }

    private synchronized void end(long records) {
        open--;
        restoredRecords += records;
        if (open == 0 && restoredRecords > 0) {
            long tookMs = (System.nanoTime() - startedNanos) / 1_000_000;
            LOG.info("restored {} records of {} stores in {} ms", restoredRecords, stores, tookMs);
        }
    }
}
