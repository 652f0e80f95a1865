package dev.redrive.golden;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.redrive.avro.DeadLetter;
import dev.redrive.topology.PipelineHarness;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.test.TestRecord;
import org.jspecify.annotations.Nullable;

/** Takes down, step by step, what a pipeline writes to topics and changelogs. */
final class PipelineRecorder {

    private static final String APPLICATION = "harness-";

    private final List<String> outputs = new ArrayList<>();
    private final List<String> changelogs = new ArrayList<>();
    private final Map<String, DeadLetter> deadLetters = new HashMap<>();

    List<String> outputs() {
        return outputs;
    }

    List<String> changelogs() {
        return changelogs;
    }

    /** The last dead letter of a job. */
    DeadLetter deadLetter(String jobId) {
        return Objects.requireNonNull(deadLetters.get(jobId), jobId);
    }

    static <T extends SpecificRecord> void send(
            PipelineHarness pipeline, String topic, String key, T record, Headers headers) {
        @SuppressWarnings("unchecked") // a record is of its class
        Class<T> type = (Class<T>) record.getClass();
        sendRaw(pipeline, topic, key.getBytes(UTF_8), pipeline.bytes(type, topic, record), headers);
    }

    static void sendRaw(
            PipelineHarness pipeline, String topic, byte @Nullable [] key, byte @Nullable [] value, Headers headers) {
        pipeline.driver()
                .createInputTopic(topic, new ByteArraySerializer(), new ByteArraySerializer())
                .pipeInput(new TestRecord<>(key, value, headers, pipeline.now()));
    }

    /** Takes down what an action brings about, and what was done without a step before it. */
    void step(PipelineHarness pipeline, String what, Runnable action) {
        action.run();
        outputs.add("== " + what);
        changelogs.add("== " + what);
        for (String topic : new TreeSet<>(pipeline.driver().producedTopicNames())) {
            List<TestRecord<byte[], byte[]>> records = pipeline.raw(topic);
            if (topic.startsWith(APPLICATION)) {
                records.stream()
                        .sorted(Comparator.comparing(record -> AvroText.hex(record.key())))
                        .forEach(record -> changelogs.add(topic.substring(APPLICATION.length()) + ": "
                                + AvroText.hex(record.key()) + " -> " + AvroText.stored(record.value())));
            } else {
                records.forEach(record -> output(topic, record));
            }
        }
    }

    private void output(String topic, TestRecord<byte[], byte[]> record) {
        outputs.add(topic + " at " + record.getRecordTime() + ", key " + AvroText.hex(record.key()));
        for (Header header : record.headers()) {
            byte[] value = header.value();
            outputs.add("  " + header.key() + ": " + (value == null ? "null" : new String(value, UTF_8)));
        }
        outputs.add("  " + AvroText.wire(record.value()));
        if (topic.equals("jobs.dead-letters")) {
            DeadLetter letter = AvroText.published(DeadLetter.getClassSchema(), record.value());
            deadLetters.put(letter.getJobId(), letter);
        }
    }
}
