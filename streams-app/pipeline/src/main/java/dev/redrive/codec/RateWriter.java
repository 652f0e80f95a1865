package dev.redrive.codec;

import dev.redrive.avro.Alert;
import dev.redrive.avro.ErrorRate;
import dev.redrive.contract.TopicNames;
import dev.redrive.domain.decide.StableIds;
import dev.redrive.domain.stats.AlertRules.AlertKind;
import dev.redrive.domain.stats.Windows.Part;
import java.time.Duration;
import java.time.Instant;
import org.apache.kafka.common.serialization.Serializer;

/** Writes error rates and alerts. Belongs to one thread. */
public final class RateWriter {

    private final TopicNames topics;
    private final Duration windowSize;
    private final Serializer<ErrorRate> rates;
    private final Serializer<Alert> alerts;

    /**
     * A writer.
     *
     * @param serdes gives serializers
     * @param topics the names that the schemas' subjects are made of
     * @param windowSize length of a window
     */
    public RateWriter(RegistrySerdes serdes, TopicNames topics, Duration windowSize) {
        this.topics = topics;
        this.windowSize = windowSize;
        this.rates = serdes.serializer(ErrorRate.class);
        this.alerts = serdes.serializer(Alert.class);
    }

    /** The failures of one class and code in a window. */
    public byte[] rate(Part part, long failures, long submitted, Instant now) {
        Instant start = Instant.ofEpochMilli(part.windowStartMs());
        return rates.serialize(
                topics.errorRates(),
                new ErrorRate(
                        start,
                        start.plus(windowSize),
                        part.service(),
                        part.operation(),
                        part.word(),
                        part.code(),
                        failures,
                        submitted,
                        part.late(),
                        now));
    }

    /**
     * An alert about a group.
     *
     * @param kind what kind of finding
     * @param fingerprint the group
     * @param part names the group, and the window that it was found in
     * @param count how many
     * @param summary one sentence for people
     */
    public byte[] alert(AlertKind kind, String fingerprint, Part part, long count, String summary, Instant now) {
        String id = StableIds.uuid("alert", kind.name(), fingerprint, Long.toString(part.windowStartMs()))
                .toString();
        return alerts.serialize(
                topics.alerts(),
                new Alert(
                        id,
                        kind.name(),
                        fingerprint,
                        part.service(),
                        part.operation(),
                        part.word(),
                        part.code(),
                        count,
                        summary,
                        now));
    }
}
