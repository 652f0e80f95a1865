package dev.redrive.serde;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.avro.DeadLetter;
import dev.redrive.avro.FailureCause;
import dev.redrive.avro.JobFailure;
import dev.redrive.avro.RequestPayload;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serializer;

class SerdePropertiesTest {

    private static final Map<String, Object> CONFIG = Map.of("schema.registry.url", "mock://properties");

    private final Serializer<JobFailure> writer = AvroSerdes.serializer(JobFailure.class, CONFIG);
    private final Deserializer<JobFailure> reader = AvroSerdes.deserializer(JobFailure.class, CONFIG);
    private final Serializer<DeadLetter> letterWriter = AvroSerdes.serializer(DeadLetter.class, CONFIG);
    private final Deserializer<DeadLetter> letterReader = AvroSerdes.deserializer(DeadLetter.class, CONFIG);

    @Provide
    Arbitrary<JobFailure> failures() {
        Arbitrary<String> text = Arbitraries.strings()
                .withCharRange('\0', '\uD7FF')
                .withCharRange('\uE000', '\uFFFF')
                .ofMaxLength(40);
        Arbitrary<Map<String, String>> map = Arbitraries.maps(text, text).ofMaxSize(5);
        Arbitrary<Instant> instant =
                Arbitraries.longs().between(-1L << 45, 1L << 45).map(Instant::ofEpochMilli);
        Arbitrary<RequestPayload> payload = Combinators.combine(
                        text, Arbitraries.bytes().array(byte[].class).ofMaxSize(100))
                .as((type, body) -> new RequestPayload(type, ByteBuffer.wrap(body)));
        return Combinators.combine(
                        text,
                        Arbitraries.integers(),
                        Arbitraries.of(FailureCause.class),
                        text.injectNull(0.3),
                        map,
                        payload.injectNull(0.3),
                        instant,
                        instant.injectNull(0.3))
                .as((word, number, cause, optional, labels, request, at, deadline) -> JobFailure.newBuilder()
                        .setUserId(word)
                        .setJobId(word)
                        .setAttempt(number)
                        .setService(word)
                        .setOperation(word)
                        .setCause(cause)
                        .setHttpStatus(number)
                        .setErrorBody(optional)
                        .setResponseHeaders(labels)
                        .setRequest(request)
                        .setFailedAt(at)
                        .setDeadline(deadline)
                        .setLabels(labels)
                        .build());
    }

    @Property(tries = 300)
    void shouldReadBackWhatItWrote(@ForAll("failures") JobFailure failure) {
        assertThat(reader.deserialize("t", writer.serialize("t", failure))).isEqualTo(failure);
    }

    @Property(tries = 1_000)
    void shouldTellWrongBytesByNothingButItsOwnException(@ForAll @Size(max = 200) byte[] garbage) {
        byte[] bytes = letterWriter.serialize("t", Samples.deadLetter());
        byte[] wrong = ByteBuffer.allocate(5 + garbage.length)
                .put(bytes, 0, 5)
                .put(garbage)
                .array();

        assertReadOrUndecodable(garbage);
        assertReadOrUndecodable(wrong);
    }

    @Property(tries = 2_000)
    void shouldTellOneFlippedByteByNothingButItsOwnException(
            @ForAll @IntRange(max = 10_000) int where, @ForAll byte value) {
        byte[] bytes = letterWriter.serialize("t", Samples.deadLetter());
        bytes[where % bytes.length] = value;

        assertReadOrUndecodable(bytes);
    }

    private void assertReadOrUndecodable(byte[] bytes) {
        try {
            assertThat(letterReader.deserialize("t", bytes)).isNotNull();
        } catch (UndecodableException e) {
            assertThat(e.reason()).isNotNull();
        }
    }
}
