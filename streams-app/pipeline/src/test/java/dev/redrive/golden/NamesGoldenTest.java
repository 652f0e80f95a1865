package dev.redrive.golden;

import dev.redrive.config.ConfigLoader;
import dev.redrive.config.RedriveConfig;
import dev.redrive.contract.HeaderNames;
import dev.redrive.metrics.MetricNames;
import dev.redrive.runtime.AccessPlan;
import dev.redrive.runtime.AccessPlan.Access;
import dev.redrive.runtime.TopicPlan;
import dev.redrive.runtime.TopicPlan.TopicDefinition;
import dev.redrive.runtime.Wiring;
import dev.redrive.state.StoreNames;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.junit.jupiter.api.Test;

/** Names that other programs, stored state and running pipelines know; those of nodes are in {@code topology.txt}. */
class NamesGoldenTest {

    private static final RedriveConfig DEFAULTS = ConfigLoader.load(null, Map.of());

    private final List<String> lines = new ArrayList<>();

    @Test
    void shouldKeepTheNamesAndFingerprintsOfAllSchemas() {
        for (Schema schema : AvroText.concat(AvroText.PUBLISHED, AvroText.STORED)) {
            lines.add(schema.getFullName() + " " + AvroText.hex(AvroText.head(schema)));
            Set<Schema> within = new LinkedHashSet<>();
            collect(schema, within);
            within.stream()
                    .filter(named -> !named.equals(schema))
                    .forEach(named -> lines.add("  " + named.getType() + " " + named.getFullName()));
        }

        Golden.check("names-schemas.txt", lines);
    }

    private static void collect(Schema schema, Set<Schema> into) {
        switch (schema.getType()) {
            case RECORD -> {
                if (into.add(schema)) {
                    schema.getFields().forEach(field -> collect(field.schema(), into));
                }
            }
            case ENUM, FIXED -> into.add(schema);
            case ARRAY -> collect(schema.getElementType(), into);
            case MAP -> collect(schema.getValueType(), into);
            case UNION -> schema.getTypes().forEach(branch -> collect(branch, into));
            default -> {
                // no name
            }
        }
    }

    @Test
    void shouldKeepTheNamesOfHeadersAndStores() throws IllegalAccessException {
        Set<String> headers = new TreeSet<>();
        for (Field field : HeaderNames.class.getFields()) {
            if (Modifier.isStatic(field.getModifiers())) {
                headers.add("header " + field.get(null));
            }
        }
        lines.addAll(headers);
        Stream.of(StoreNames.OF_USERS, StoreNames.OF_RATES)
                .flatMap(List::stream)
                .sorted()
                .forEach(store -> lines.add(
                        "store " + store + ", changelog " + StoreNames.changelog(DEFAULTS.applicationId(), store)));

        Golden.check("names-headers-stores.txt", lines);
    }

    @Test
    void shouldKeepTheTopicsAndTheRightsToThem() {
        TopicPlan plan = Wiring.topics(DEFAULTS);
        for (TopicDefinition topic : plan.topics()) {
            lines.add(topic.name() + ": partitions " + topic.partitions()
                    + (topic.partitionsMatter() ? " (fixed)" : "") + ", replicas " + topic.replicationFactor()
                    + (topic.timestampTypeMatters() ? ", timestamp type fixed" : "") + ", at least "
                    + topic.minRetention() + ", " + topic.configs() + ": " + topic.what());
        }
        for (Access access :
                AccessPlan.of(plan, DEFAULTS.applicationId(), "someone").rules()) {
            lines.add(access.principal() + ": " + access.resource() + " " + access.pattern() + " " + access.name() + " "
                    + access.operations().stream().map(Access.Operation::word).toList());
        }

        Golden.check("names-topics-access.txt", lines);
    }

    @Test
    void shouldKeepTheNamesTypesAndLabelsOfMetrics() {
        for (MetricNames metric : MetricNames.values()) {
            lines.add(metric.scraped() + " " + metric.kind() + " " + metric.labels());
        }
        lines.sort(null);

        Golden.check("names-metrics.txt", lines);
    }
}
