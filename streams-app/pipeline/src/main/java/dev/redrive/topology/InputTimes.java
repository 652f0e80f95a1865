package dev.redrive.topology;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.streams.processor.TimestampExtractor;

/**
 * The times of inputs. The append time of a broker is used unchanged, whatever the instance's clock. A producer's
 * timestamp that is negative or ahead of the clock is replaced by the clock's time, so that one wrong timestamp moves
 * nothing.
 *
 * <p>Kafka Streams hides the timestamp type of a record from its processors, so {@link #seen} must be called with what
 * the consumer fetches. Safe for use by several threads.
 */
public final class InputTimes implements TimestampExtractor {

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
