package dev.redrive.topology;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.streams.processor.TimestampExtractor;

/**
 * The times of inputs. The append time of a broker is taken as it is, whatever the instance's clock. A producer's time is
 * never negative and never ahead of the clock: one record dated wrongly moves nothing.
 *
 * <p>Kafka Streams hides from its processors whose time a record carries, so {@link #seen} must be called with what the
 * consumer fetches. Safe for use by several threads.
 */
public final class InputTimes implements TimestampExtractor {

    private final LongSupplier clock;

    /** Topics whose latest record carried its append time. */
    private final Set<String> stamped = ConcurrentHashMap.newKeySet();

    InputTimes(LongSupplier clock) {
        this.clock = clock;
    }

    /**
     * A record was fetched.
     *
     * @param topic its topic, to whose configuration the type belongs
     * @param type whose time it carries
     */
    public void seen(String topic, TimestampType type) {
        if (type != TimestampType.LOG_APPEND_TIME) {
            stamped.remove(topic);
        } else if (!stamped.contains(topic)) {
            stamped.add(topic);
        }
    }

    /** Whether the times of a topic's records are those at which brokers appended them. */
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
