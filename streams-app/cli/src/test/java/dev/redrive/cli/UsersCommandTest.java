package dev.redrive.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.redrive.avro.GateState;
import dev.redrive.avro.LastFailure;
import dev.redrive.avro.QuotaState;
import dev.redrive.avro.RateWindowState;
import dev.redrive.avro.UserState;
import dev.redrive.cli.CommandFailure.Reason;
import dev.redrive.cli.Subcommand.OutputFormat;
import dev.redrive.contract.TopicNames;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UsersCommandTest {

    private static final String TOPIC = "jobs.users";
    private static final Instant NOW = TestTerminal.NOW;
    private static final GateState BUSY =
            new GateState("CONCURRENCY", null, NOW.minusSeconds(5), NOW.plusSeconds(55), 3, "SLOT");
    private static final GateState LIMITED =
            new GateState("RATE_WINDOW", "music", NOW.minusSeconds(2), NOW.plusSeconds(20), 2, "TIME");

    private final FakePipeline pipeline = new FakePipeline();
    private final TestTerminal terminal = TestTerminal.withInput("");

    @Test
    void shouldShowTheLastStateOfEachUserInALineAndForgetThoseWhoAreGone() {
        holds(
                user("b", 1).build(),
                user("gone", 1).build(),
                user("a", 1).build(),
                user("b", 3).setGates(List.of(BUSY)).build());
        tombstone(4, "gone");

        int code = terminal.run(pipeline, "users");

        assertThat(terminal.err()).isEmpty();
        assertThat(code).isZero();
        assertThat(terminal.outLines())
                .containsExactly(
                        "USER  ACTIVE  QUOTA STATE  PENDING  OPERATOR  QUOTA  CONCURRENCY"
                                + "                                                             RATE_WINDOW"
                                + "  SERVICE_HEALTH  LAST FAILURE",
                        "a     1/?     AVAILABLE    1        open      open   open"
                                + "                                                                    open"
                                + "         open            -",
                        "b     1/?     AVAILABLE    3        open      open   blocks 3 since 2026-11-22T11:59:55.000Z until"
                                + " 2026-11-22T12:00:55.000Z  open         open            -");
        assertThat(pipeline.consumer.closed()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"--blocked-by", "--held-by"})
    void shouldShowOnlyUsersThatTheGateBlocksNowByEitherNameOfTheOption(String option) {
        holds(
                user("a", 3).setGates(List.of(BUSY)).build(),
                user("b", 3).setGates(List.of(BUSY)).build(),
                user("c", 2).setGates(List.of(LIMITED)).build(),
                user("a", 3).build());

        terminal.run(pipeline, "users", option, "concurrency", "--output", "json");

        assertThat(terminal.outLines()).singleElement().asString().startsWith("{\"userId\":\"b\",");
    }

    @Test
    void shouldShowTheWholeStateOfOneUserAndReadItsPartitionAlone() {
        // Given three partitions, of which the producers' partitioner takes the second for "u1"
        pipeline.topic(TOPIC, 9, 1, 9);
        UserState state = user("u1", 5)
                .setActiveJobs(2)
                .setConcurrencyLimit(2)
                .setQuota(QuotaState.newBuilder()
                        .setStatus("EXHAUSTED")
                        .setReason("INSUFFICIENT_CREDITS")
                        .setSince(NOW.minusSeconds(60))
                        .setResetAt(NOW.plusSeconds(3600))
                        .build())
                .setPendingByService(Map.of("speech", 3, "music", 2))
                // One gate for lanes of two priorities
                .setGates(List.of(LIMITED, LIMITED, BUSY))
                .setRateWindows(List.of(RateWindowState.newBuilder()
                        .setService("music")
                        .setLimit(30)
                        .setRemaining(0)
                        .setObservedAt(NOW)
                        .setCallsLeaveAt(List.of(1L, 2L))
                        .build()))
                .setLastFailure(
                        new LastFailure("RATE_LIMITED", null, 429, "music", "music.song.generate\u001b[2J", NOW))
                .build();
        pipeline.consumer.schedulePollTask(() -> {
            assertThat(pipeline.consumer.assignment()).containsExactly(new TopicPartition(TOPIC, 1));
            pipeline.consumer.addRecord(record(1, 0, "u1", value(state)));
        });

        int code = terminal.run(pipeline, "users", "u1");

        assertThat(terminal.err()).isEmpty();
        assertThat(code).isZero();
        assertThat(terminal.outLines())
                .contains(
                        "active/limit     2/2",
                        "quota            EXHAUSTED INSUFFICIENT_CREDITS, reset 2026-11-22T13:00:00.000Z, since"
                                + " 2026-11-22T11:59:00.000Z",
                        "pending          5 (music 2, speech 3)",
                        "last failure     RATE_LIMITED 429, music music.song.generate\\u001b[2J, 2026-11-22T12:00:00.000Z",
                        "QUOTA           -        open    -                         -                         0        -",
                        "CONCURRENCY     -        closed  2026-11-22T11:59:55.000Z  2026-11-22T12:00:55.000Z  3        SLOT",
                        "RATE_WINDOW     music    closed  2026-11-22T11:59:58.000Z  2026-11-22T12:00:20.000Z  2        TIME",
                        "SERVICE_HEALTH  -        open    -                         -                         0        -",
                        "music        30     -       0          -      -             -            2            2026-11-22T12:00:00.000Z");
    }

    @Test
    void shouldShowWhatIsLearnedAndHowSureItIs() {
        // Given
        holds(user("u1", 1)
                .setConcurrencyLimit(3)
                .setConcurrencyLimitAt(NOW.minusSeconds(9))
                .setConcurrencyLimitSource("OBSERVED")
                .setConcurrencyTestsRefused(2)
                .setConcurrencyTestedAt(NOW.minusSeconds(1))
                .setOccupancyMs(8_000L)
                .setJobLengthSpread(0.8)
                .setJobLengthsSeen(32)
                .setQuota(QuotaState.newBuilder()
                        .setStatus("EXHAUSTED")
                        .setProbes(4)
                        .setProbedAt(NOW.minusSeconds(90))
                        .build())
                .setRateWindows(List.of(RateWindowState.newBuilder()
                        .setService("music")
                        .setLimit(30)
                        .setLimitSource("GUESSED")
                        .setObservedAt(NOW)
                        .build()))
                .build());

        // When
        terminal.run(pipeline, "users", "u1");

        // Then
        assertThat(terminal.outLines())
                .contains(
                        "active/limit     1/3, limit learned 2026-11-22T11:59:51.000Z, OBSERVED",
                        "tests of limit   2 refused in a row, one awaits its result since 2026-11-22T11:59:59.000Z",
                        "job length       median 8000 ms, two thirds within a factor of 2.2, 32 observations",
                        "quota probes     4, the last 2026-11-22T11:58:30.000Z",
                        "music        30     GUESSED  -          -      -             -            0            2026-11-22T12:00:00.000Z");
    }

    @Test
    void shouldNotShowWhatWasNotLearned() {
        holds(user("u1", 1).build());

        terminal.run(pipeline, "users", "u1");

        assertThat(terminal.out()).doesNotContain("tests of limit", "job length", "quota probes");
    }

    @Test
    void shouldShowWhatOpensAGateAndNoInstantThatHasPassed() {
        holds(user("u1", 5)
                .setGates(List.of(
                        new GateState("QUOTA", null, NOW.minusSeconds(90), NOW.plusSeconds(30), 5, "ACCOUNT_CHANGE"),
                        new GateState("RATE_WINDOW", "music", NOW.minusSeconds(9), NOW.minusSeconds(1), 2, "TIME"),
                        new GateState("SERVICE_HEALTH", "music", NOW.minusSeconds(9), NOW.minusSeconds(1), 2, "PROBE")))
                .build());

        terminal.run(pipeline, "users", "u1");

        assertThat(terminal.outLines())
                .contains(
                        "QUOTA           -        closed  2026-11-22T11:58:30.000Z  -      5        ACCOUNT_CHANGE",
                        "RATE_WINDOW     -        open    -                         -      0        -",
                        "SERVICE_HEALTH  music    closed  2026-11-22T11:59:51.000Z  -      2        PROBE");
    }

    @Test
    void shouldReportThatAUserHasNoState() {
        holds(user("a", 1).build());

        int code = terminal.run(pipeline, "users", "b");

        assertThat(code).isEqualTo(1);
        assertThat(terminal.err()).isEqualTo("redrive: NOT_FOUND: there is no state of a user with this id\n");
        assertThat(terminal.out()).isEmpty();
    }

    @Test
    void shouldReportThatAUserHasNoRetryBehindTheGate() {
        holds(user("a", 1).build());

        int code = terminal.run(pipeline, "users", "a", "--blocked-by", "QUOTA");

        assertThat(code).isEqualTo(1);
        assertThat(terminal.err()).isEqualTo("redrive: NOT_FOUND: the user has no retry behind QUOTA\n");
    }

    @Test
    void shouldSayThatThereAreMoreUsersThanAreShown() {
        holds(user("c", 1).build(), user("a", 1).build(), user("b", 1).build());

        terminal.run(pipeline, "users", "--max", "2", "--output", "json");

        assertThat(terminal.outLines())
                .satisfiesExactly(
                        line -> assertThat(line).startsWith("{\"userId\":\"a\","),
                        line -> assertThat(line).startsWith("{\"userId\":\"b\","));
        assertThat(terminal.err()).isEqualTo("cut off: shown are the first 2 users by id; --max shows more\n");
    }

    @Test
    void shouldShowTheFirstUsersByIdAlsoWhenOthersWereForgottenBeforeOneWentAway() {
        holds(
                user("a", 1).build(),
                user("b", 1).build(),
                user("c", 1).build(),
                user("d", 1).build());
        tombstone(4, "a");

        terminal.run(pipeline, "users", "--max", "1", "--output", "json");

        assertThat(terminal.outLines()).singleElement().asString().startsWith("{\"userId\":\"b\",");
        assertThat(terminal.err()).startsWith("cut off: shown are the first 1 users");
    }

    @Test
    void shouldLeaveOutAndCountWhatCannotBeDecoded() {
        pipeline.topics(1, TOPIC);
        pipeline.consumer.schedulePollTask(() -> pipeline.consumer.addRecord(record(0, 0, "a", new byte[] {7})));

        int code = terminal.run(pipeline, "users");

        assertThat(code).isZero();
        assertThat(terminal.outLines()).hasSize(1);
        assertThat(terminal.err()).isEqualTo("1 records could not be decoded and are left out\n");
    }

    @Test
    void shouldGiveUpWhenReadingTakesTooLong() {
        pipeline.topics(1, TOPIC);
        AtomicLong nanos = new AtomicLong();
        pipeline.consumer.schedulePollTask(
                () -> nanos.addAndGet(Duration.ofSeconds(61).toNanos()));
        UsersCommand.Query query = new UsersCommand.Query(null, null, 10, OutputFormat.table, Duration.ofSeconds(60));
        Connection connection =
                new Connection("127.0.0.1:1", "mock://cli-test", TopicNames.standard(), Map.of(), Map.of(), false);

        CommandFailure failure = catchThrowableOfType(
                CommandFailure.class,
                () -> new UsersCommand.Run(terminal.terminal(), query, connection, nanos::get).run(pipeline));

        assertThat(failure.reason()).isEqualTo(Reason.TIMED_OUT);
        assertThat(pipeline.consumer.closed()).isTrue();
    }

    @Test
    void shouldSayThatTheTopicMayNotBeRead() {
        pipeline.consumer.refuse(new TopicAuthorizationException(Set.of(TOPIC)));

        int code = terminal.run(pipeline, "users");

        assertThat(code).isEqualTo(1);
        assertThat(terminal.err()).startsWith("redrive: NOT_AUTHORIZED: ").contains(TOPIC);
    }

    private void holds(UserState... states) {
        pipeline.topics(states.length, TOPIC);
        pipeline.consumer.schedulePollTask(() -> {
            for (int i = 0; i < states.length; i++) {
                pipeline.consumer.addRecord(record(0, i, states[i].getUserId(), value(states[i])));
            }
        });
    }

    private void tombstone(long offset, String user) {
        pipeline.topics(offset + 1, TOPIC);
        pipeline.consumer.schedulePollTask(() -> pipeline.consumer.addRecord(record(0, offset, user, null)));
    }

    static UserState.Builder user(String id, int pending) {
        return UserState.newBuilder()
                .setUserId(id)
                .setUpdatedAt(NOW)
                .setActiveJobs(1)
                .setQuota(QuotaState.newBuilder().setStatus("AVAILABLE").build())
                .setPendingRetries(pending);
    }

    static byte @Nullable [] value(UserState state) {
        return FakePipeline.<UserState>serializer().serialize(TOPIC, state);
    }

    private static ConsumerRecord<byte[], byte[]> record(
            int partition, long offset, String key, byte @Nullable [] value) {
        return new ConsumerRecord<>(TOPIC, partition, offset, key.getBytes(UTF_8), value);
    }
}
