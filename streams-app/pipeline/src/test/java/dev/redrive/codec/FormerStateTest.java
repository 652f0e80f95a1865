package dev.redrive.codec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.codec.avro.JobMemory;
import dev.redrive.codec.avro.OpenCommandMemory;
import dev.redrive.codec.avro.ServiceMemory;
import dev.redrive.codec.avro.UserMemory;
import dev.redrive.domain.classify.FailureClass;
import dev.redrive.domain.event.Input.Carried;
import dev.redrive.domain.lifecycle.JobState;
import dev.redrive.domain.lifecycle.JobState.AttemptSummary;
import dev.redrive.domain.lifecycle.JobState.Memo;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecordBase;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** State that an earlier version has stored; it outlives that version, in changelogs and on disk. */
class FormerStateTest {

    /** A pending retry as the first version of JobMemory has written it. */
    private static final String PENDING_V1 =
            "c30171074f7fbcb3884e020400a0a486b2c068000204808885b2c06802066b657906020101021272"
                    + "6564726976652d3100d09785b2c0680a6d757369630e0202125452414e5349454e54020862757379"
                    + "ee07808885b2c06800";

    @Test
    void shouldReadAJobThatTheFirstVersionHasStored() {
        // Given
        byte[] stored = HexFormat.of().parseHex(PENDING_V1);

        // When
        JobState state = JobStateCodec.decode(stored);

        // Then
        Instant failedAt = Instant.parse("2026-11-22T12:00:00Z");
        AttemptSummary first = new AttemptSummary(1, FailureClass.TRANSIENT, "busy", 503, failedAt);
        Carried carried = new Carried(Carried.METHOD, "", null, null, null, Map.of(), 7, false);
        assertThat(state)
                .isEqualTo(new JobState.Scheduled(
                        new Memo(
                                1,
                                2,
                                0,
                                failedAt,
                                "key",
                                3,
                                1,
                                List.of(first),
                                null,
                                null,
                                List.of("redrive-1"),
                                failedAt.plusSeconds(1),
                                "music",
                                carried),
                        2,
                        failedAt.plusSeconds(10)));
        assertThat(JobStateCodec.decode(JobStateCodec.encode(state))).isEqualTo(state);
    }

    @ParameterizedTest
    @ValueSource(classes = {JobMemory.class, UserMemory.class, ServiceMemory.class, OpenCommandMemory.class})
    void shouldReadWhatEveryFormerSchemaHasWritten(Class<? extends SpecificRecordBase> type) throws IOException {
        Schema present = SpecificData.get().getSchema(type);
        int versions = 0;
        while (true) {
            String name = "/redrive/state/v" + (versions + 1) + "/" + type.getSimpleName() + ".avsc";
            try (InputStream in = FormerStateTest.class.getResourceAsStream(name)) {
                if (in == null) {
                    break;
                }
                Schema former = new Schema.Parser().parse(in);
                assertThat(SchemaCompatibility.checkReaderWriterCompatibility(present, former)
                                .getType())
                        .as(name)
                        .isEqualTo(SchemaCompatibilityType.COMPATIBLE);
            }
            versions++;
        }
        assertThat(versions).isPositive();
    }

    /** What is added to the state of a job whose failures carry nothing must cost next to nothing: there are millions. */
    @Test
    void shouldSpendOneByteOnWhatIsNotThere() {
        byte[] former = HexFormat.of().parseHex(PENDING_V1);

        byte[] present = JobStateCodec.encode(JobStateCodec.decode(former));

        assertThat(present).hasSize(former.length + 9);
    }
}
