package dev.redrive.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.avro.GateState;
import dev.redrive.avro.RetryRequest;
import dev.redrive.avro.ScheduledRetry;
import dev.redrive.avro.UserState;
import dev.redrive.codec.JobKey;
import dev.redrive.domain.backlog.Lane;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RetriesCommandTest {

    private static final String USERS = "jobs.users";
    private static final String CHANGELOG = "redrive-due-changelog";
    private static final Instant NOW = TestTerminal.NOW;

    private final FakePipeline pipeline = new FakePipeline();
    private final TestTerminal terminal = TestTerminal.withInput("");
    private final List<ConsumerRecord<byte[], byte[]>> changes = new ArrayList<>();

    @Test
    void shouldShowWhatIsPendingInTheOrderOfDuesAndWhatHoldsIt() {
        GateState closed = new GateState("RATE_WINDOW", "music", NOW.minusSeconds(3), NOW.plusSeconds(9), 2, "TIME");
        users(user("u1", closed));
        put(0, "u1", "speech", 0, -5, "overdue");
        put(0, "u1", "music", 9, -10, "held");
        put(0, "u2", "music", 0, 60, "waiting");
        put(0, "u2", "music", 0, 1, "released");
        remove(0, "u2", "music", 0, 1, "released");

        int code = run("retries");

        assertThat(terminal.err()).isEmpty();
        assertThat(code).isZero();
        assertThat(terminal.outLines())
                .containsExactly(
                        "DUE                       STATE    USER  JOB      ATTEMPT  SERVICE  OPERATION        PRIORITY"
                                + "  CLASS      CODE  GATE         WAITS FOR  UNTIL",
                        "2026-11-22T11:59:50.000Z  BLOCKED  u1    held     2        music    music.generate   9"
                                + "         TRANSIENT  -     RATE_WINDOW  TIME       2026-11-22T12:00:09.000Z",
                        "2026-11-22T11:59:55.000Z  OVERDUE  u1    overdue  2        speech   speech.generate  0"
                                + "         TRANSIENT  -     -            -          -",
                        "2026-11-22T12:01:00.000Z  WAITING  u2    waiting  2        music    music.generate   0"
                                + "         TRANSIENT  -     -            DUE        2026-11-22T12:01:00.000Z");
        assertThat(pipeline.consumer.closed()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"--blocked-by", "--held-by"})
    void shouldShowOnlyWhatLiesBehindTheGateAskedForByEitherNameOfTheOption(String option) {
        users(
                user("u1", new GateState("CONCURRENCY", null, NOW, NOW.plusSeconds(60), 2, null)),
                user("u2", new GateState("QUOTA", null, NOW, NOW.plusSeconds(60), 1, null)),
                user("u3", new GateState("CONCURRENCY", null, NOW, NOW.plusSeconds(60), 1, null)),
                user("u3"));
        put(0, "u1", "music", 0, 5, "mine");
        put(0, "u2", "music", 0, 5, "of another gate");
        put(0, "u3", "music", 0, 5, "of a gate that opened");

        run("retries", option, "CONCURRENCY", "--output", "json");

        assertThat(terminal.outLines())
                .containsExactly("{\"dueAt\":\"2026-11-22T12:00:05.000Z\",\"state\":\"WAITING\",\"overdueMs\":0,"
                        + "\"userId\":\"u1\",\"jobId\":\"mine\",\"attempt\":2,\"service\":\"music\","
                        + "\"operation\":\"music.generate\",\"priority\":0,\"failureClass\":\"TRANSIENT\",\"code\":null,"
                        + "\"httpStatus\":null,\"gate\":\"CONCURRENCY\",\"heldSince\":\"2026-11-22T12:00:00.000Z\","
                        + "\"heldUntil\":\"2026-11-22T12:01:00.000Z\",\"waitsFor\":\"DUE\","
                        + "\"waitsUntil\":\"2026-11-22T12:00:05.000Z\"}");
    }

    @Test
    void shouldShowWhatOpensAGateOnlyWhereItIsStillClosedAtTheDue() {
        users(
                user("u1", new GateState("QUOTA", null, NOW, NOW.plusSeconds(60), 1, "ACCOUNT_CHANGE")),
                user("u2", new GateState("QUOTA", null, NOW, NOW.plusSeconds(60), 1, "RESET")));
        put(0, "u1", "music", 0, -5, "spent");
        put(0, "u2", "music", 0, 3_600, "waits for its due alone");

        run("retries", "--output", "json");

        assertThat(terminal.outLines())
                .satisfiesExactly(
                        line -> assertThat(line)
                                .contains("\"gate\":\"QUOTA\"", "\"heldUntil\":null")
                                .contains("\"waitsFor\":\"ACCOUNT_CHANGE\",\"waitsUntil\":null"),
                        line -> assertThat(line)
                                .contains("\"gate\":null", "\"waitsFor\":\"DUE\"")
                                .contains("\"waitsUntil\":\"2026-11-22T13:00:00.000Z\""));
    }

    @Test
    void shouldShowOnlyTheServiceAndTheOperationAskedFor() {
        users();
        put(0, "u1", "music", 0, 5, "a");
        put(0, "u1", "speech", 0, 5, "b");

        run("retries", "--service", "speech", "--output", "json");
        TestTerminal other = TestTerminal.withInput("");
        FakePipeline again = new FakePipeline();
        serve(again);
        other.run(again, "retries", "--operation", "music.generate", "--output", "json");

        assertThat(terminal.outLines()).singleElement().asString().contains("\"jobId\":\"b\"");
        assertThat(other.outLines()).singleElement().asString().contains("\"jobId\":\"a\"");
    }

    @Test
    void shouldShowThoseThatAreDueFirstAndTellOfTheRestEvenWhenEarlierOnesWereReleased() {
        users();
        for (int i = 0; i < 5; i++) {
            put(0, "u1", "music", 0, i, "job-" + i);
        }
        remove(0, "u1", "music", 0, 0, "job-0");

        run("retries", "--max", "2", "--output", "json");

        assertThat(terminal.outLines())
                .satisfiesExactly(
                        line -> assertThat(line).contains("\"jobId\":\"job-1\""),
                        line -> assertThat(line).contains("\"jobId\":\"job-2\""));
        assertThat(terminal.err()).isEqualTo("cut off: shown are the 2 of 4 that are due first; --max shows more\n");
    }

    @Test
    void shouldReadThePartitionOfTheUserAlone() {
        pipeline.topic(USERS, 0, 0, 0);
        pipeline.topic(CHANGELOG, 9, 2, 9);
        put(1, "u1", "music", 0, 5, "mine");
        put(1, "other", "music", 0, 5, "of a neighbour");
        pipeline.consumer.schedulePollTask(() -> {
            assertThat(pipeline.consumer.assignment()).containsExactly(new TopicPartition(CHANGELOG, 1));
            changes.forEach(pipeline.consumer::addRecord);
        });
        pipeline.consumer.schedulePollTask(() -> pipeline.consumer.addRecord(changes.get(0)));

        int code = terminal.run(pipeline, "retries", "--user", "u1", "--output", "json");

        assertThat(terminal.err()).isEmpty();
        assertThat(code).isZero();
        assertThat(terminal.outLines()).singleElement().asString().contains("\"jobId\":\"mine\"");
    }

    @Test
    void shouldReadAgainAPartitionThatEndedBeforeAnother() {
        users();
        pipeline.topic(CHANGELOG, 1, 3);
        put(0, "u1", "music", 0, 5, "of the partition that ends first");
        put(1, "u2", "music", 0, 6, "of the first poll");
        changes.add(new ConsumerRecord<>(
                CHANGELOG, 1, 2, changes.get(1).key(), changes.get(1).value()));
        pipeline.consumer.schedulePollTask(() -> changes.subList(0, 2).forEach(pipeline.consumer::addRecord));
        pipeline.consumer.schedulePollTask(() -> pipeline.consumer.addRecord(changes.get(2)));
        pipeline.consumer.schedulePollTask(() -> changes.forEach(pipeline.consumer::addRecord));

        int code = terminal.run(pipeline, "retries", "--timeout", "2s", "--output", "json");

        assertThat(terminal.err()).isEmpty();
        assertThat(code).isZero();
        assertThat(terminal.outLines())
                .satisfiesExactly(
                        line -> assertThat(line).contains("\"jobId\":\"of the partition that ends first\""),
                        line -> assertThat(line).contains("\"jobId\":\"of the first poll\""));
    }

    @Test
    void shouldSayThatThePipelineHasNotRunWhereItsChangelogIsMissing() {
        users();

        int code = terminal.run(pipeline, "retries");

        assertThat(code).isEqualTo(1);
        assertThat(terminal.err())
                .isEqualTo(
                        "redrive: TOPIC_UNFIT: the topic redrive-due-changelog does not exist at 127.0.0.1:19092"
                                + " (the pipeline creates it at its first start; its name begins with the applicationId of --config)\n");
    }

    private int run(String... args) {
        serve(pipeline);
        return terminal.run(pipeline, args);
    }

    /** The changelog is read twice. */
    private void serve(FakePipeline served) {
        if (served != pipeline) {
            served.topics(0, USERS);
        }
        served.topics(changes.size(), CHANGELOG);
        served.consumer.schedulePollTask(() -> changes.forEach(served.consumer::addRecord));
        served.consumer.schedulePollTask(() -> changes.forEach(served.consumer::addRecord));
    }

    private void users(UserState... states) {
        pipeline.topics(states.length, USERS);
        if (states.length > 0) {
            pipeline.consumer.schedulePollTask(() -> {
                for (int i = 0; i < states.length; i++) {
                    pipeline.consumer.addRecord(new ConsumerRecord<>(
                            USERS, 0, i, states[i].getUserId().getBytes(UTF_8), UsersCommandTest.value(states[i])));
                }
            });
        }
    }

    private static UserState user(String id, GateState... gates) {
        return UsersCommandTest.user(id, 1).setGates(Arrays.asList(gates)).build();
    }

    private void put(int partition, String user, String service, int priority, int dueInSeconds, String job) {
        // The due in the record may be an older one; the queue's own counts.
        RetryRequest retry = RetryRequest.newBuilder()
                .setUserId(user)
                .setJobId(job)
                .setAttempt(2)
                .setService(service)
                .setOperation(service + ".generate")
                .setMethod("POST")
                .setRoute("/v1")
                .setIdempotencyKey("key")
                .setDueAt(Instant.EPOCH)
                .setFailureClass("TRANSIENT")
                .setFirstFailedAt(NOW)
                .setFailedAt(NOW)
                .setPriority(priority)
                .build();
        byte[] value = FakePipeline.<ScheduledRetry>serializer()
                .serialize("jobs.retry.10s", new ScheduledRetry(retry, "10s", NOW));
        change(partition, user, service, priority, dueInSeconds, job, value);
    }

    private void remove(int partition, String user, String service, int priority, int dueInSeconds, String job) {
        change(partition, user, service, priority, dueInSeconds, job, null);
    }

    private void change(
            int partition,
            String user,
            String service,
            int priority,
            int dueInSeconds,
            String job,
            byte @Nullable [] value) {
        byte[] key = JobKey.place(
                JobKey.lane(new Lane(user, service, priority)),
                NOW.plusSeconds(dueInSeconds).toEpochMilli(),
                job);
        changes.add(new ConsumerRecord<>(CHANGELOG, partition, changes.size(), key, value));
    }
}
