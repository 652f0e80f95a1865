package dev.redrive.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.avro.Command;
import dev.redrive.avro.GateState;
import dev.redrive.avro.LastFailure;
import dev.redrive.avro.Outcome;
import dev.redrive.avro.QuotaState;
import dev.redrive.avro.RateWindowState;
import dev.redrive.avro.RetryRequest;
import dev.redrive.avro.ScheduledRetry;
import dev.redrive.avro.UserState;
import dev.redrive.codec.JobKey;
import dev.redrive.domain.backlog.Lane;
import dev.redrive.golden.AvroText;
import dev.redrive.golden.Golden;
import dev.redrive.runtime.AccessPlan.Access;
import dev.redrive.runtime.Finding.AccessFinding;
import dev.redrive.runtime.Finding.TopicFinding;
import dev.redrive.runtime.TopicAdmin.TopicCreation;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What scripts and people read from the command line, and what it writes to topics. */
class CliGoldenTest {

    private static final Instant NOW = TestTerminal.NOW;
    private static final String ID = "COMMAND-ID";

    /** Those of the laboratory are in another test, that of the root is in {@code help.txt}. */
    private static final List<String> COMMANDS = List.of(
            "run",
            "publish",
            "tail",
            "users",
            "retries",
            "cancel",
            "expedite",
            "dead-letters",
            "dead-letters list",
            "dead-letters show",
            "dead-letters count",
            "dead-letters groups",
            "dead-letters discard",
            "dead-letters note",
            "dead-letters ignore",
            "dead-letters resolve",
            "dead-letters reopen",
            "redrives",
            "redrives plan",
            "redrives start",
            "redrives status",
            "redrives results",
            "redrives pause",
            "redrives resume",
            "redrives cancel",
            "redrives list",
            "holds",
            "holds add",
            "holds end",
            "why",
            "jobs",
            "jobs show",
            "explain",
            "inputs",
            "inputs skip",
            "topics",
            "topics create",
            "topics check",
            "topics list",
            "topics export",
            "config",
            "config check",
            "config print",
            "completion",
            "help",
            "version");

    private final List<String> lines = new ArrayList<>();

    @Test
    void shouldPrintTheHelpThatItAlwaysPrinted() {
        COMMANDS.forEach(command -> plain("", command + " --help"));

        Golden.check("cli-help.txt", lines);
    }

    @Test
    void shouldPrintTheConfigurationAndTheExportsOfTheDefaults() {
        plain("", "config print");
        plain("", "config check");
        for (TopicsExport.Format format : TopicsExport.Format.values()) {
            plain("", "topics export --format " + format);
        }

        Golden.check("cli-config-exports.txt", lines);
    }

    @Test
    void shouldExplainAsItAlwaysDid() {
        String failures =
                "{\"httpStatus\":429,\"responseHeaders\":{\"Retry-After\":\"30\"},\"userId\":\"u\",\"jobId\":\"j\"}\n"
                        + "{\"httpStatus\":402,\"errorBody\":\"{\\\"error\\\":{\\\"code\\\":\\\"INSUFFICIENT_CREDITS\\\"}}\"}\n"
                        + "{\"cause\":\"TIMEOUT\"}\n"
                        + "{\"httpStatus\":200,\"errorMessage\":\"x\",\"cause\":\"ASYNC\"}\n";
        plain(failures, "explain - --output json");
        plain(failures, "explain - --output json --trace");
        plain("", "explain --status 503 --idempotency-key k1 --charged 1 --trace");
        plain("", "explain --status 404");
        plain("", "explain --status 429 --header Retry-After:soon");

        Golden.check("cli-explain.txt", lines);
    }

    @Test
    void shouldShowUsersRetriesAndRecordsAsItAlwaysDid() {
        users("users --output json");
        users("users");
        users("users u1 --output json");
        users("users u1");
        retries("retries --output json");
        retries("retries");
        tail("tail outcomes --from-beginning --max 2");
        tail("tail outcomes --from-beginning --max 2 --value-only");
        TopicFinding finding =
                new TopicFinding("jobs.users", TopicFinding.Reason.CLEANUP_POLICY_DIFFERS, "delete", "compact", "do");
        lines.add("topics create --output json");
        lines.add(JsonLine.of(
                new TopicCreation("jobs.users", TopicCreation.Result.DIFFERS, "it is there", List.of(finding))));
        lines.add("topics check --output json");
        lines.add(JsonLine.of(finding));
        lines.add(JsonLine.of(new AccessFinding(
                Access.Resource.GROUP,
                "redrive",
                Access.Pattern.LITERAL,
                Access.Operation.READ,
                AccessFinding.Reason.NOT_AUTHORIZED)));

        Golden.check("cli-views.txt", lines);
    }

    @Test
    void shouldPublishAndCommandAsItAlwaysDid() {
        String job = "\"userId\":\"ü1\",\"jobId\":\"j1\"";
        publish(
                "failures",
                "{" + job + ",\"service\":\"music\",\"operation\":\"o\",\"httpStatus\":429,\"method\":\"put\"}");
        publish("failures", "{" + job + ",\"service\":\"music\",\"operation\":\"o\"}");
        publish("lifecycle", "{" + job + ",\"attempt\":1,\"stage\":\"accepted\"}");
        publish("accounts", "{\"userId\":\"ü1\",\"change\":\"ALLOWANCE_RESET\",\"allowanceRemaining\":7}");
        publish("commands", "{" + job + ",\"kind\":\"CANCEL\"}");
        issue("cancel --user u1 --job j1 --issued-by me --output json", null);
        issue("cancel --user u1 --job j1 --issued-by me", null);
        issue("cancel --user u1 --operation o --issued-by me --output json", null);
        issue("expedite --operation o --yes --issued-by me --output json", null);
        issue("expedite --user u1 --issued-by me --no-wait --output json", null);
        issue("expedite --user u1 --job j1 --issued-by me --output json", "NOT_PENDING");

        Golden.check("cli-writes.txt", lines);
    }

    @Test
    void shouldEndMistakesWithTheReasonsAndExitCodesThatItAlwaysHad() {
        for (String line : List.of(
                "",
                "tial",
                "--nonsense",
                "tail",
                "tail ready --max 0",
                "users --held-by HOPE",
                "cancel",
                "expedite --operation o",
                "inputs skip --topic t --partition 0 --offset 1",
                "publish --dry-run no/such/file",
                "explain",
                "explain --cause bad",
                "explain --status 429 --config nowhere",
                "config check --config nowhere",
                "topics export --format nonsense",
                "users nobody",
                "tail ready",
                "retries")) {
            mistake("", line);
        }
        mistake("{}\nnonsense\n", "publish -");
        mistake("{}", "explain - --output json");

        Golden.check("cli-mistakes.txt", lines);
    }

    private static String[] args(String line) {
        return line.isEmpty() ? new String[0] : line.split(" ");
    }

    private void plain(String input, String line) {
        TestTerminal terminal = TestTerminal.withInput(input);
        taken(line, terminal, terminal.run(args(line)));
    }

    private void taken(String line, TestTerminal terminal, int code) {
        lines.add("$ redrive " + line + " -> " + code);
        lines.addAll(terminal.outLines());
        terminal.errLines().forEach(error -> lines.add("! " + error));
    }

    /** Of a sentence only its stable beginning. */
    private void mistake(String input, String line) {
        FakePipeline pipeline = new FakePipeline();
        pipeline.topics(0, "jobs.users");
        TestTerminal terminal = TestTerminal.withInput(input);
        int code = terminal.run(pipeline, args(line));
        lines.add("$ redrive " + line + " -> " + code);
        terminal.errLines().stream()
                .filter(error -> error.startsWith("redrive: ") || error.startsWith("stdin:"))
                .forEach(error -> lines.add("! " + stable(error)));
    }

    private static String stable(String error) {
        String[] words = error.split(": ", 3);
        return words[0] + ": " + words[1];
    }

    private void users(String line) {
        FakePipeline pipeline = new FakePipeline();
        UserState.Builder open = UsersCommandTest.user("u2", 1);
        serve(pipeline, "jobs.users", List.of(gated(), open.build()));
        TestTerminal terminal = TestTerminal.withInput("");
        taken(line, terminal, terminal.run(pipeline, args(line)));
    }

    private static UserState gated() {
        return UsersCommandTest.user("u1", 5)
                .setActiveJobs(2)
                .setConcurrencyLimit(2)
                .setPlan("pro")
                .setQuota(QuotaState.newBuilder()
                        .setStatus("EXHAUSTED")
                        .setReason("INSUFFICIENT_CREDITS")
                        .setSince(NOW.minusSeconds(60))
                        .setResetAt(NOW.plusSeconds(3_600))
                        .build())
                .setPendingByService(Map.of("music", 5))
                .setGates(List.of(
                        new GateState("CONCURRENCY", null, NOW.minusSeconds(5), NOW.plusSeconds(55), 5, "SLOT"),
                        new GateState("QUOTA", null, NOW.minusSeconds(60), NOW.plusSeconds(3_600), 5, "RESET"),
                        new GateState("RATE_WINDOW", "music", NOW.minusSeconds(2), NOW.plusSeconds(20), 5, "TIME"),
                        new GateState("SERVICE_HEALTH", "music", NOW.minusSeconds(2), NOW.plusSeconds(1), 5, "PROBE")))
                .setRateWindows(List.of(RateWindowState.newBuilder()
                        .setService("music")
                        .setLimit(30)
                        .setRemaining(0)
                        .setObservedAt(NOW)
                        .setCallsLeaveAt(List.of(1L, 2L))
                        .build()))
                .setLastFailure(new LastFailure("RATE_LIMITED", "code", 429, "music", "music.song.generate", NOW))
                .build();
    }

    private void retries(String line) {
        FakePipeline pipeline = new FakePipeline();
        serve(pipeline, "jobs.users", List.of(gated()));
        List<ConsumerRecord<byte[], byte[]>> changes = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            String user = i == 2 ? "u2" : "u1";
            byte[] key = JobKey.place(
                    JobKey.lane(new Lane(user, "music", i)),
                    NOW.plusSeconds(10L * i - 10).toEpochMilli(),
                    "job-" + i);
            changes.add(new ConsumerRecord<>("redrive-due-changelog", 0, i, key, scheduled(user, "job-" + i, i)));
        }
        pipeline.topics(changes.size(), "redrive-due-changelog");
        for (int reading = 0; reading < 2; reading++) {
            pipeline.consumer.schedulePollTask(() -> changes.forEach(pipeline.consumer::addRecord));
        }
        TestTerminal terminal = TestTerminal.withInput("");
        taken(line, terminal, terminal.run(pipeline, args(line)));
    }

    private static byte @Nullable [] scheduled(String user, String job, int priority) {
        RetryRequest retry = RetryRequest.newBuilder()
                .setUserId(user)
                .setJobId(job)
                .setAttempt(2)
                .setService("music")
                .setOperation("music.song.generate")
                .setMethod("POST")
                .setRoute("/v1")
                .setIdempotencyKey("key")
                .setDueAt(Instant.EPOCH)
                .setFailureClass("TRANSIENT")
                .setCode("busy")
                .setHttpStatus(503)
                .setFirstFailedAt(NOW)
                .setFailedAt(NOW)
                .setPriority(priority)
                .build();
        return FakePipeline.<ScheduledRetry>serializer()
                .serialize("jobs.retry.10s", new ScheduledRetry(retry, "10s", NOW));
    }

    private void tail(String line) {
        FakePipeline pipeline = new FakePipeline();
        byte[] value = FakePipeline.<Outcome>serializer()
                .serialize(
                        "jobs.outcomes",
                        outcome().setJobId("j1").setDueAt(NOW.plusMillis(1_500)).build());
        RecordHeaders headers = new RecordHeaders();
        headers.add("retry-attempt", "2".getBytes(UTF_8));
        headers.add("raw", new byte[] {(byte) 0xff});
        pipeline.topics(2, "jobs.outcomes");
        pipeline.consumer.schedulePollTask(() -> {
            pipeline.consumer.addRecord(record(0, value, headers));
            pipeline.consumer.addRecord(record(1, new byte[] {7}, new RecordHeaders()));
        });
        TestTerminal terminal = TestTerminal.withInput("");
        taken(line, terminal, terminal.run(pipeline, args(line)));
    }

    private static ConsumerRecord<byte[], byte[]> record(long offset, byte @Nullable [] value, RecordHeaders headers) {
        return new ConsumerRecord<>(
                "jobs.outcomes",
                0,
                offset,
                NOW.toEpochMilli(),
                TimestampType.CREATE_TIME,
                -1,
                -1,
                "u1".getBytes(UTF_8),
                value,
                headers,
                Optional.empty());
    }

    private static Outcome.Builder outcome() {
        return Outcome.newBuilder()
                .setUserId("u1")
                .setInput("COMMAND")
                .setOutcome("APPLIED")
                .setAt(NOW);
    }

    private static void serve(FakePipeline pipeline, String topic, List<UserState> states) {
        pipeline.topics(states.size(), topic);
        pipeline.consumer.schedulePollTask(() -> {
            for (int i = 0; i < states.size(); i++) {
                UserState state = states.get(i);
                pipeline.consumer.addRecord(new ConsumerRecord<>(
                        topic, 0, i, state.getUserId().getBytes(UTF_8), UsersCommandTest.value(state)));
            }
        });
    }

    private void publish(String topic, String json) {
        FakePipeline pipeline = new FakePipeline();
        pipeline.topics(0, "jobs.accounts");
        TestTerminal terminal = TestTerminal.withInput(json);
        taken("publish - --topic " + topic, terminal, terminal.run(pipeline, "publish", "-", "--topic", topic));
        written(pipeline);
    }

    /** Gives an answer once the command was sent. */
    private void issue(String line, @Nullable String rejection) {
        FakePipeline pipeline = new FakePipeline();
        pipeline.topics(3, "jobs.outcomes");
        pipeline.consumer.schedulePollTask(() -> {
            Command command = (Command) pipeline.producer.history().get(0).value();
            Outcome.Builder answer = outcome()
                    .setUserId(command.getUserId())
                    .setJobId(command.getJobId())
                    .setCommandId(command.getCommandId())
                    .setJobs(command.getJobId() == null ? 7 : null)
                    .setSourcePartition(0);
            if (rejection != null) {
                answer.setOutcome("REJECTED").setReason(rejection);
            }
            byte[] value = FakePipeline.<Outcome>serializer().serialize("jobs.outcomes", answer.build());
            pipeline.consumer.addRecord(new ConsumerRecord<>("jobs.outcomes", 0, 3, new byte[0], value));
        });
        TestTerminal terminal = TestTerminal.withInput("");
        int code = terminal.run(pipeline, args(line));
        int first = lines.size();
        taken(line, terminal, code);
        Command command = (Command) pipeline.producer.history().get(0).value();
        lines.subList(first, lines.size()).replaceAll(text -> text.replace(command.getCommandId(), ID));
        written(pipeline);
    }

    private void written(FakePipeline pipeline) {
        for (ProducerRecord<String, SpecificRecord> record : pipeline.producer.history()) {
            lines.add(record.topic() + " partition " + record.partition() + ", timestamp " + record.timestamp()
                    + ", key " + record.key());
            for (Header header : record.headers()) {
                lines.add("  " + header.key() + ": " + new String(header.value(), UTF_8));
            }
            lines.add("  " + AvroText.record(named(record.value())));
        }
    }

    /** A command's id is chosen at random. */
    private static SpecificRecord named(SpecificRecord record) {
        if (record instanceof Command command) {
            assertThat(UUID.fromString(command.getCommandId()).version()).isEqualTo(4);
            return Command.newBuilder(command).setCommandId(ID).build();
        }
        return record;
    }
}
