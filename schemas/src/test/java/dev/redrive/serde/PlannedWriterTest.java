package dev.redrive.serde;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.redrive.avro.DeadLetter;
import dev.redrive.avro.JobFailure;
import dev.redrive.avro.JobLifecycle;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DatumWriter;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.avro.specific.SpecificRecord;
import org.apache.avro.specific.SpecificRecordBase;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PlannedWriterTest {

    static List<SpecificRecord> samples() {
        return Samples.ALL;
    }

    private static <T extends SpecificRecord> byte[] bytes(DatumWriter<T> writer, T record) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        BinaryEncoder out = EncoderFactory.get().directBinaryEncoder(bytes, null);
        writer.write(record, out);
        out.flush();
        return bytes.toByteArray();
    }

    @ParameterizedTest
    @MethodSource("samples")
    void shouldHaveAPlanThatWritesWhatAvroWrites(SpecificRecord sample) throws IOException {
        SpecificDatumWriter<SpecificRecord> avro =
                new SpecificDatumWriter<>(sample.getSchema(), Models.copyOf(sample.getClass()));

        DatumWriter<SpecificRecord> planned = PlannedWriter.of(sample);

        assertThat(planned).isInstanceOf(PlannedWriter.class);
        assertThat(bytes(planned, sample)).isEqualTo(bytes(avro, sample));
    }

    @Test
    void shouldWriteWhatIsOptionalAndMissing() throws IOException {
        JobFailure failure = Samples.jobFailure();
        JobFailure bare = JobFailure.newBuilder(failure)
                .setHttpStatus(null)
                .setErrorBody(null)
                .setRequest(null)
                .setDeadline(null)
                .build();
        DeadLetter letter =
                DeadLetter.newBuilder(Samples.deadLetter()).setFailure(bare).build();

        assertThat(bytes(PlannedWriter.of(letter), letter))
                .isEqualTo(
                        bytes(new SpecificDatumWriter<>(letter.getSchema(), Models.copyOf(DeadLetter.class)), letter));
    }

    @Test
    void shouldNameTheFieldThatIsMissing() {
        JobLifecycle lacking = JobLifecycle.newBuilder(Samples.jobLifecycle()).build();
        lacking.put("jobId", null);

        assertThatThrownBy(() -> bytes(PlannedWriter.of(lacking), lacking)).hasMessageContaining("jobId is missing");
    }

    /** A class that somebody made of another schema. */
    private static final class Odd extends SpecificRecordBase {

        private final Schema schema;
        private final Object value;

        Odd(String type, Object value) {
            this.schema = new Schema.Parser()
                    .parse("{\"type\":\"record\",\"name\":\"Odd\",\"fields\":[{\"name\":\"v\",\"type\":" + type
                            + "}]}");
            this.value = value;
        }

        @Override
        public Schema getSchema() {
            return schema;
        }

        @Override
        public Object get(int field) {
            return value;
        }

        @Override
        public void put(int field, Object given) {
            throw new UnsupportedOperationException();
        }
    }

    @Test
    void shouldLeaveToAvroWhatItHasNoPlanFor() throws IOException {
        Odd last = new Odd("[\"string\",\"null\"]", "text");
        Odd bare = new Odd("{\"type\":\"long\",\"logicalType\":\"timestamp-millis\"}", 3L);

        assertThat(bytes(PlannedWriter.of(last), last)).containsExactly(0, 8, 't', 'e', 'x', 't');
        assertThat(bytes(PlannedWriter.of(bare), bare)).containsExactly(6);
    }
}
