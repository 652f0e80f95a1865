package dev.redrive.bench;

import dev.redrive.contract.TopicNames;
import org.apache.kafka.common.header.Headers;

/**
 * Where the pass-through and the forwarder send a record: the ways that Redrive sends it, without looking into it. A job
 * that is retried goes over a delay topic to the ready topic, two hops; the others go to the dead letters, one hop.
 */
record Routes(TopicNames topics) {

    /** Header of every record that is measured with: {@code 1} where the job is retryable, else {@code 0}. */
    static final String HEADER = "bench-retryable";

    static final byte[] RETRYABLE = {'1'};
    static final byte[] TERMINAL = {'0'};

    /** The delay topic that takes the first hop. */
    String between() {
        return topics.retry("10s");
    }

    /** Where a record goes that stands in a topic. */
    String next(String topic, Headers headers) {
        if (topic.equals(between())) {
            return topics.ready();
        }
        return headers.lastHeader(HEADER).value()[0] == RETRYABLE[0] ? between() : topics.deadLetters();
    }
}
