package dev.redrive.codec;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.avro.AccountChange;
import dev.redrive.avro.Alert;
import dev.redrive.avro.Command;
import dev.redrive.avro.DeadLetter;
import dev.redrive.avro.ErrorRate;
import dev.redrive.avro.JobFailure;
import dev.redrive.avro.JobLifecycle;
import dev.redrive.avro.Outcome;
import dev.redrive.avro.RetryRequest;
import dev.redrive.avro.ScheduledRetry;
import dev.redrive.avro.UserState;
import dev.redrive.codec.NaturalJson.NaturalJsonResult.Read;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.IndexedRecord;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

class NaturalJsonRoundTripTest {

    private static final Schema EVERY_TYPE = SchemaBuilder.record("Every")
            .fields()
            .requiredBoolean("bool")
            .requiredFloat("single")
            .requiredDouble("twice")
            .requiredLong("number")
            .name("fixed")
            .type(Schema.createFixed("Four", null, null, 4))
            .noDefault()
            .name("at")
            .type(LogicalTypes.timestampMillis().addToSchema(Schema.create(Schema.Type.LONG)))
            .noDefault()
            .name("maps")
            .type(Schema.createArray(Schema.createMap(SchemaBuilder.nullable().doubleType())))
            .noDefault()
            .endRecord();

    private final NaturalJson json = new NaturalJson();

    @Provide
    Arbitrary<Class<? extends SpecificRecord>> generatedTypes() {
        return Arbitraries.of(List.of(
                AccountChange.class,
                Alert.class,
                Command.class,
                DeadLetter.class,
                ErrorRate.class,
                JobFailure.class,
                JobLifecycle.class,
                Outcome.class,
                RetryRequest.class,
                ScheduledRetry.class,
                UserState.class));
    }

    @Property(tries = 500)
    void shouldReadBackWhatItWroteOfEveryGeneratedType(
            @ForAll("generatedTypes") Class<? extends SpecificRecord> type, @ForAll Random random) {
        SpecificData data = SpecificData.getForClass(type);
        IndexedRecord record = new Datum(data, random).record(data.getSchema(type));

        String text = json.write(record);

        assertThat(text).doesNotContain("\n");
        assertThat(json.read(text.getBytes(UTF_8), type)).isEqualTo(new Read<>(record));
    }

    @Property(tries = 200)
    void shouldReadBackWhatItWroteOfAnySchema(@ForAll Random random) {
        IndexedRecord record = new Datum(GenericData.get(), random).record(EVERY_TYPE);

        assertThat(json.read(json.write(record).getBytes(UTF_8), EVERY_TYPE)).isEqualTo(new Read<>(record));
    }

    /** Data of any schema, drawn with a liking for extremes. */
    private record Datum(GenericData data, Random random) {

        private static final List<String> TEXTS = List.of(
                "",
                "u1",
                "line\nbreak",
                "\u0000\u001b[31m",
                "ü €",
                "\ud83d\ude00",
                "\"\\",
                "null",
                "{\"base64\":\"AA\"}");
        private static final List<Long> NUMBERS = List.of(0L, 1L, -1L, Long.MAX_VALUE, Long.MIN_VALUE, 1L << 53);
        private static final List<Double> FLOATS =
                List.of(0.0, -1.5, 0.1, 1e300, Double.MIN_VALUE, Double.NaN, Double.NEGATIVE_INFINITY);

        @Nullable
        Object of(Schema schema) {
            return switch (schema.getType()) {
                case UNION -> random.nextBoolean() ? null : of(schema.getTypes().get(1));
                case RECORD -> record(schema);
                case ENUM -> data.createEnum(pick(schema.getEnumSymbols()), schema);
                case ARRAY -> array(schema);
                case MAP -> map(schema);
                case STRING -> pick(TEXTS);
                case BYTES ->
                    ByteBuffer.wrap(
                            random.nextBoolean() ? bytes(5) : pick(TEXTS).getBytes(UTF_8));
                case FIXED -> data.createFixed(null, bytes(schema.getFixedSize()), schema);
                case INT -> (int) (long) pick(NUMBERS);
                case LONG -> number(schema);
                case FLOAT -> (float) (double) pick(FLOATS);
                case DOUBLE -> pick(FLOATS);
                case BOOLEAN -> random.nextBoolean();
                case NULL -> null;
            };
        }

        private Object number(Schema schema) {
            long number = pick(NUMBERS);
            boolean typed = schema.getLogicalType() != null
                    && data.getConversionByClass(Instant.class, schema.getLogicalType()) != null;
            return typed ? Instant.ofEpochMilli(number) : (Object) number;
        }

        IndexedRecord record(Schema schema) {
            IndexedRecord record = (IndexedRecord) data.newRecord(null, schema);
            schema.getFields().forEach(field -> record.put(field.pos(), of(field.schema())));
            return record;
        }

        private List<@Nullable Object> array(Schema schema) {
            List<@Nullable Object> items = new ArrayList<>();
            for (int i = random.nextInt(3); i > 0; i--) {
                items.add(of(schema.getElementType()));
            }
            return items;
        }

        private Map<String, @Nullable Object> map(Schema schema) {
            Map<String, @Nullable Object> entries = new LinkedHashMap<>();
            for (int i = random.nextInt(3); i > 0; i--) {
                entries.put(pick(TEXTS), of(schema.getValueType()));
            }
            return entries;
        }

        private byte[] bytes(int length) {
            byte[] bytes = new byte[length];
            random.nextBytes(bytes);
            return bytes;
        }

        private <T> T pick(List<T> choices) {
            return choices.get(random.nextInt(choices.size()));
        }
    }
}
