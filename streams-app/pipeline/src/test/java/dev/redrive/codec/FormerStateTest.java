package dev.redrive.codec;

import static java.nio.charset.StandardCharsets.UTF_8;
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
import dev.redrive.domain.service.Health;
import dev.redrive.domain.service.ServiceState;
import dev.redrive.domain.user.Concurrency;
import dev.redrive.domain.user.JobLengths;
import dev.redrive.domain.user.LimitEstimate;
import dev.redrive.domain.user.RateWindow;
import dev.redrive.domain.user.Slots;
import dev.redrive.domain.user.UserState;
import dev.redrive.state.ServiceStore.ServiceStateCodec;
import dev.redrive.state.UserStore.UserMemoryCodec;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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

    /** Users and services as the first version has stored them: a name, hexadecimal digits, and what they mean. */
    private static List<byte[]> stored(String... names) throws IOException {
        try (InputStream in = Objects.requireNonNull(
                FormerStateTest.class.getResourceAsStream("/dev/redrive/golden/former-users-services.txt"))) {
            return new String(in.readAllBytes(), UTF_8)
                    .lines()
                    .map(line -> line.split(": ", 2))
                    .filter(line -> List.of(names).contains(line[0]))
                    .map(line -> HexFormat.of().parseHex(line[1].split(" ", 2)[0]))
                    .toList();
        }
    }

    @Test
    void shouldReadUsersThatTheFirstVersionHasStored() throws IOException {
        Instant t0 = Instant.parse("2026-11-22T12:00:00.123Z");
        List<byte[]> users = stored("user", "quota");
        assertThat(users).hasSize(6);
        for (byte[] stored : users) {
            // When
            UserState user = UserMemoryCodec.decode(stored);

            // Then its limits were reported, its job length is known, and nothing was probed
            Concurrency concurrency = user.concurrency();
            assertThat(concurrency.active()).isEqualTo(1);
            assertThat(concurrency.limit())
                    .isEqualTo(LimitEstimate.of(2, t0.plusSeconds(3), LimitEstimate.Source.REPORTED));
            assertThat(concurrency.lengths()).isEqualTo(JobLengths.ofMedian(Duration.ofMillis(900)));
            assertThat(concurrency.slots()).isEqualTo(Slots.NONE);
            assertThat(concurrency.refusals()).isZero();
            assertThat(user.quota().rampReleases()).isEqualTo(19);
            assertThat(user.quota().probes()).isZero();
            assertThat(user.quota().probedAt()).isNull();
            RateWindow music = Objects.requireNonNull(user.rateWindows().get("music"));
            assertThat(music.limit())
                    .isEqualTo(LimitEstimate.of(20, music.observedAt(), LimitEstimate.Source.REPORTED));
            assertThat(music.trackedFrom()).isNull();
            assertThat(Objects.requireNonNull(user.rateWindows().get("speech")).limit())
                    .isNull();
            assertThat(UserMemoryCodec.decode(UserMemoryCodec.encode(user))).isEqualTo(user);
        }
        assertThat(UserMemoryCodec.decode(
                        stored("user of whom nothing is known").get(0)))
                .isEqualTo(UserState.NEW);
    }

    @Test
    void shouldReadServicesThatTheFirstVersionHasStored() throws IOException {
        List<byte[]> services = stored("broken", "probing", "recovering");
        assertThat(services).hasSize(3);
        for (byte[] stored : services) {
            ServiceState service = ServiceStateCodec.decode(stored);

            assertThat(service.lengths()).isEqualTo(JobLengths.ofMedian(Duration.ofMillis(2_500)));
            assertThat(service.caution()).isZero();
            assertThat(service.credit()).isZero();
            assertThat(service.unsoundSince()).isNotNull();
            assertThat(ServiceStateCodec.decode(ServiceStateCodec.encode(service)))
                    .isEqualTo(service);
        }
        ServiceState sound = ServiceStateCodec.decode(stored("sound").get(0));
        assertThat(sound.lengths()).isNull();
        assertThat(sound.health()).isEqualTo(new Health.Sound(8_200));
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
