package dev.redrive.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.cli.StubApi.Answer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RedrivesCommandTest {

    private static final String PLAN = "POST /v1/redrives";
    private static final String ONE = "GET /v1/redrives/r1";
    private static final String START = "POST /v1/redrives/r1/start";

    @SuppressWarnings("NullAway.Init")
    private StubApi api;

    private TestTerminal terminal = TestTerminal.withInput("");

    @BeforeEach
    void start() throws IOException {
        api = new StubApi();
    }

    @AfterEach
    void stop() {
        api.close();
    }

    private static String redrive(String state, int planned, int issued, String results) {
        return ("{\"id\":\"r1\",\"state\":\"%s\",\"halt\":%s,\"action\":\"REDRIVE\",\"filter\":\"code:A since:1h\","
                        + "\"planned\":%d,\"countNeeded\":%b,\"blocked\":{\"LOOP_CAP\":3,\"QUOTA_EXHAUSTED\":40},"
                        + "\"reasons\":{\"QUOTA_EXHAUSTED\":%d},\"samples\":[\"l1\",\"l2\"],\"durationMs\":4000,"
                        + "\"ratePerSecond\":500,\"rampSeconds\":0,\"canary\":50,\"minSuccessPercent\":95,\"override\":false,"
                        + "\"actor\":\"ann\",\"plannedAt\":\"2026-11-22T11:59:00Z\",\"expiresAt\":\"2026-11-22T12:14:00Z\","
                        + "\"startedBy\":\"bob\",\"startedAt\":\"2026-11-22T11:59:30Z\",\"reason\":\"refilled\",\"issued\":%d,"
                        + "\"endedAt\":null,\"results\":{%s}}")
                .formatted(
                        state,
                        state.equals("HALTED") ? "\"CANARY_FAILED\"" : "null",
                        planned,
                        planned > 1000,
                        planned,
                        issued,
                        results);
    }

    @Test
    void shouldPlanByAFilterAndShowWhatThePlanCovers() {
        api.on(PLAN, Answer.json(201, redrive("PLANNED", 2000, 0, "")));

        int code = api.run(
                terminal,
                "redrives",
                "plan",
                "--filter",
                "code:A since:1h",
                "--rate",
                "500",
                "--ramp",
                "2m",
                "--canary",
                "50",
                "--canary-wait",
                "5m",
                "--min-success",
                "95",
                "--override");

        assertThat(code).isZero();
        assertThat(api.requests())
                .containsExactly(PLAN
                        + " {\"action\":\"REDRIVE\",\"filter\":\"code:A since:1h\",\"ratePerSecond\":500,\"rampSeconds\":120,"
                        + "\"canary\":50,\"canaryWaitSeconds\":300,\"minSuccessPercent\":95,\"override\":true}");
        assertThat(terminal.outLines())
                .containsExactly(
                        "redrive  r1",
                        "state    PLANNED",
                        "action   REDRIVE",
                        "filter   code:A since:1h",
                        "letters  2000, and 43 are blocked and left out",
                        "duration about 4s at 500 letters a second",
                        "canary   50 letters; halts below 95 % success",
                        "expires  2026-11-22T12:14:00Z",
                        "",
                        "blocked, by reason",
                        "       40  QUOTA_EXHAUSTED",
                        "        3  LOOP_CAP",
                        "",
                        "letters, by reason",
                        "     2000  QUOTA_EXHAUSTED",
                        "",
                        "samples",
                        "  l1",
                        "  l2",
                        "",
                        "start it with: redrive redrives start r1 --reason TEXT --count N");
    }

    @Test
    void shouldPlanTheIdsOfAFileOrOfStandardInput(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("ids"), "a\n\n  b \r\nc");
        api.on(PLAN, redrive("PLANNED", 3, 0, ""));
        terminal = TestTerminal.withInput("d\n");

        api.run(terminal, "redrives", "plan", "--ids-file", file.toString(), "--discard");
        api.run(terminal, "redrives", "plan", "--ids-file", "-");

        assertThat(api.requests())
                .containsExactly(
                        PLAN + " {\"action\":\"DISCARD\",\"letters\":[\"a\",\"b\",\"c\"]}",
                        PLAN + " {\"action\":\"REDRIVE\",\"letters\":[\"d\"]}");
    }

    @Test
    void shouldPlanTheLettersThatFailedAgain() {
        api.on(PLAN, redrive("PLANNED", 3, 0, ""));

        api.run(terminal, "redrives", "plan", "--failed-of", "r0", "--output", "json");

        assertThat(api.requests()).containsExactly(PLAN + " {\"action\":\"REDRIVE\",\"failedOf\":\"r0\"}");
        assertThat(terminal.outLines()).containsExactly(redrive("PLANNED", 3, 0, ""));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "--filter a:b --failed-of r0", "--ids-file - --failed-of r0"})
    void shouldRefuseAPlanThatIsNotOfExactlyOneKindOfLetters(String options) {
        String[] args = ("redrives plan " + options).strip().split(" ");

        assertThat(api.run(terminal, args)).isEqualTo(2);

        assertThat(api.requests()).isEmpty();
    }

    @Test
    void shouldRefuseIdsThatAreTooManyOrNone() {
        String many = IntStream.range(0, 20_001).mapToObj(i -> "id" + i).collect(Collectors.joining("\n"));

        terminal = TestTerminal.withInput(many);
        assertThat(api.run(terminal, "redrives", "plan", "--ids-file", "-")).isEqualTo(1);
        assertThat(terminal.err()).startsWith("redrive: TOO_MANY: ");
        terminal = TestTerminal.withInput("\n\n");
        assertThat(api.run(terminal, "redrives", "plan", "--ids-file", "-")).isEqualTo(1);
        assertThat(terminal.err()).startsWith("redrive: INPUT_INVALID: ");
        terminal = TestTerminal.withInput("x".repeat(37));
        assertThat(api.run(terminal, "redrives", "plan", "--ids-file", "-")).isEqualTo(1);
        assertThat(terminal.err()).startsWith("redrive: INPUT_INVALID: line 1 ");
        assertThat(api.requests()).isEmpty();
    }

    @Test
    void shouldStartASmallPlanWithoutItsCount() {
        api.on(ONE, redrive("PLANNED", 1000, 0, "")).on(START, redrive("RUNNING", 1000, 0, ""));

        assertThat(api.run(terminal, "redrives", "start", "r1", "--reason", "refilled"))
                .isZero();

        assertThat(api.requests()).containsExactly(ONE, START + " {\"reason\":\"refilled\"}");
        assertThat(terminal.outLines()).contains("state    RUNNING", "letters  0 of 1000 issued");
    }

    @Test
    void shouldAskForTheCountOfALargePlanOnATerminal() {
        api.on(ONE, redrive("PLANNED", 1001, 0, "")).on(START, redrive("RUNNING", 1001, 0, ""));
        terminal = TestTerminal.answering("1001\n");

        assertThat(api.run(terminal, "redrives", "start", "r1", "--reason", "refilled"))
                .isZero();

        assertThat(api.requests()).contains(START + " {\"reason\":\"refilled\",\"count\":1001}");
        assertThat(terminal.err()).startsWith("The plan covers 1001 letters. Type their number to start: ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"y\n", "1000\n", ""})
    void shouldNotStartALargePlanWhoseCountIsTypedWrong(String typed) {
        api.on(ONE, redrive("PLANNED", 1001, 0, ""));
        terminal = TestTerminal.answering(typed);

        assertThat(api.run(terminal, "redrives", "start", "r1", "--reason", "refilled"))
                .isEqualTo(1);

        assertThat(api.requests()).containsExactly(ONE);
        assertThat(terminal.err()).contains("REJECTED");
    }

    @Test
    void shouldRequireTheCountOfALargePlanWithoutATerminal() {
        api.on(ONE, redrive("PLANNED", 1001, 0, ""));

        assertThat(api.run(terminal, "redrives", "start", "r1", "--reason", "refilled"))
                .isEqualTo(2);

        assertThat(api.requests()).containsExactly(ONE);
        assertThat(terminal.err()).contains("--count").doesNotContain("1001");
    }

    @Test
    void shouldSendTheCountThatIsGiven() {
        api.on(START, Answer.json(409, "{\"title\":\"The count is not the plan's\",\"reason\":\"COUNT_DIFFERS\"}"));

        int code = api.run(terminal, "redrives", "start", "r1", "--reason", "refilled", "--count", "7");

        assertThat(code).isEqualTo(1);
        assertThat(api.requests()).containsExactly(START + " {\"reason\":\"refilled\",\"count\":7}");
        assertThat(terminal.errLines()).containsExactly("redrive: COUNT_DIFFERS: The count is not the plan's");
    }

    @Test
    void shouldWaitUntilAllLettersHaveEnded() {
        api.on(START, redrive("RUNNING", 3, 0, ""))
                .on(
                        ONE,
                        redrive("PLANNED", 3, 0, ""),
                        redrive("RUNNING", 3, 1, ""),
                        redrive("PAUSED", 3, 2, "\"RELEASED\":1"),
                        redrive("DONE", 3, 3, "\"SUCCEEDED\":2,\"RETRYING\":1"),
                        redrive("DONE", 3, 3, "\"SUCCEEDED\":3"));

        int code = api.run(terminal, "redrives", "start", "r1", "--reason", "refilled", "--wait", "--interval", "1ms");

        assertThat(code).isZero();
        assertThat(api.requests()).hasSize(6);
        assertThat(terminal.outLines()).contains("state    DONE", "        3  SUCCEEDED");
    }

    @ParameterizedTest
    @CsvSource({
        "DONE, 3, SUCCEEDED:2 DEAD_AGAIN:1",
        "DONE, 3, SUCCEEDED:2 BLOCKED:1",
        "HALTED, 1, DEAD_AGAIN:1",
        "HALTED, 2, RELEASED:2",
        "CANCELLED, 2, SUCCEEDED:2"
    })
    void shouldExitWithThreeWhenLettersAreLeft(String state, int issued, String results) {
        String json = "\"" + results.replace(":", "\":").replace(" ", ",\"");
        api.on(ONE, redrive(state, 3, issued, json));

        assertThat(api.run(terminal, "redrives", "status", "r1", "--wait")).isEqualTo(3);

        assertThat(terminal.out()).contains("state    " + state);
    }

    @Test
    void shouldGoOnWaitingWhileTheApiIsAway() {
        api.on(
                ONE,
                Answer.json(200, redrive("RUNNING", 1, 0, "")),
                Answer.json(503, "{\"title\":\"The index is catching up\",\"reason\":\"INDEX_CATCHING_UP\"}"),
                Answer.json(502, "gateway"),
                Answer.json(200, redrive("DONE", 1, 1, "\"SUCCEEDED\":1")));

        assertThat(api.run(terminal, "redrives", "status", "r1", "--wait", "--interval", "1ms"))
                .isZero();

        assertThat(terminal.err()).isEmpty();
    }

    @Test
    void shouldNotWaitForWhatTheApiRefuses() {
        api.on(
                ONE,
                Answer.json(200, redrive("RUNNING", 1, 0, "")),
                Answer.json(403, "{\"title\":\"no\",\"reason\":\"ROLE_MISSING\"}"));

        assertThat(api.run(terminal, "redrives", "status", "r1", "--wait", "--interval", "1ms"))
                .isEqualTo(1);

        assertThat(terminal.errLines()).containsExactly("redrive: ROLE_MISSING: no");
    }

    @Test
    void shouldWaitNoLongerThanAsked() {
        api.on(ONE, redrive("RUNNING", 1, 0, ""));

        int code = api.run(terminal, "redrives", "status", "r1", "--wait", "--interval", "1ms", "--max-wait", "5ms");

        assertThat(code).isEqualTo(1);
        assertThat(terminal.err()).startsWith("redrive: TIMED_OUT: it has not ended within 5 ms, and goes on");
    }

    @Test
    void shouldDrawTheProgressWhereStandardErrorIsATerminal() {
        String running = redrive("RUNNING", 4, 2, "\"SUCCEEDED\":1,\"DEAD_AGAIN\":1");
        api.on(ONE, running, running, redrive("DONE", 4, 4, "\"SUCCEEDED\":4"));
        StringWriter err = new StringWriter();
        Terminal drawing = new Terminal(
                new ByteArrayInputStream("".getBytes(UTF_8)),
                new ByteArrayOutputStream(),
                new PrintWriter(err, true),
                Clock.systemUTC(),
                Map.of("REDRIVE_SERVER", api.url()),
                false,
                false,
                true);

        Cli.run(drawing, "redrives", "status", "r1", "--wait", "--interval", "1ms");

        assertThat(err.toString())
                .contains("]  50 %  RUNNING, 2 issued, 1 succeeded, 1 dead again, 0 blocked")
                .endsWith("\r\u001b[K");
    }

    @Test
    void shouldPauseResumeAndCancel() {
        api.on("POST /v1/redrives/r1/pause", redrive("PAUSED", 3, 1, ""))
                .on("POST /v1/redrives/r1/resume", redrive("RUNNING", 3, 1, ""))
                .on("POST /v1/redrives/r1/cancel", redrive("CANCELLED", 3, 1, ""));

        api.run(terminal, "redrives", "pause", "r1");
        api.run(terminal, "redrives", "resume", "r1", "--reason", "fixed");
        api.run(terminal, "redrives", "cancel", "r1", "--reason", "wrong filter", "--output", "json");

        assertThat(api.requests())
                .containsExactly(
                        "POST /v1/redrives/r1/pause {}",
                        "POST /v1/redrives/r1/resume {\"reason\":\"fixed\"}",
                        "POST /v1/redrives/r1/cancel {\"reason\":\"wrong filter\"}");
        assertThat(terminal.outLines()).contains("state    PAUSED", "state    RUNNING", redrive("CANCELLED", 3, 1, ""));
    }

    @Test
    void shouldListTheResultsOfOneKindOverSeveralPages() {
        String path = "GET /v1/redrives/r1/results?result=DEAD_AGAIN&limit=200";
        api.on(path, results(0, 200, "\"c1\"")).on(path + "&cursor=c1", results(200, 237, "null"));

        api.run(terminal, "redrives", "results", "r1", "--result", "dead-again", "--limit", "500", "--output", "csv");

        assertThat(terminal.outLines())
                .hasSize(238)
                .startsWith("letter,result,at,detail", "l0,DEAD_AGAIN,2026-11-22T12:00:00Z,QUOTA");
    }

    private static String results(int from, int to, String next) {
        String results = IntStream.range(from, to)
                .mapToObj(i -> "{\"letter\":\"l" + i
                        + "\",\"result\":\"DEAD_AGAIN\",\"detail\":\"QUOTA\",\"at\":\"2026-11-22T12:00:00Z\"}")
                .collect(Collectors.joining(","));
        return "{\"results\":[" + results + "],\"next\":" + next + ",\"asOf\":\"1\"}";
    }

    @Test
    void shouldRefuseAResultThatThereIsNot() {
        assertThat(api.run(terminal, "redrives", "results", "r1", "--result", "lost"))
                .isEqualTo(2);

        assertThat(terminal.err()).contains("dead-again");
    }

    @Test
    void shouldListRedrives() {
        api.on(
                "GET /v1/redrives?limit=100",
                "{\"redrives\":[" + redrive("RUNNING", 30, 20, "") + "],\"next\":null,\"asOf\":\"1\"}");

        api.run(terminal, "redrives", "list");

        assertThat(terminal.outLines())
                .containsExactly(
                        "ID  STATE    PLANNED  ISSUED  AGE  ACTOR  FILTER           REASON",
                        "r1  RUNNING  30       20      1m   ann    code:A since:1h  refilled");
    }
}
