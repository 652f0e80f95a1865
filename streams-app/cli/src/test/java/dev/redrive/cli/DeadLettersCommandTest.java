package dev.redrive.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.cli.StubApi.Answer;
import java.io.IOException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeadLettersCommandTest {

    private static final String ID = "6e1f0b5e-0000-4000-8000-00000000000";
    private static final String ANSWERED = "{\"commandId\":\"c\",\"kind\":\"DISCARD\",\"state\":\"APPLIED\",\"jobs\":1,"
            + "\"failedJobs\":0,\"partitions\":1,\"answered\":1,\"rejections\":[],\"dueAt\":null}";

    @SuppressWarnings("NullAway.Init")
    private StubApi api;

    private final TestTerminal terminal = TestTerminal.withInput("");

    @BeforeEach
    void start() throws IOException {
        api = new StubApi();
    }

    @AfterEach
    void stop() {
        api.close();
    }

    static String letter(int number, String user, String code) {
        return ("{\"id\":\"%s%d\",\"user\":\"%s\",\"job\":\"job-%d\",\"attempt\":3,\"state\":\"OPEN\","
                        + "\"stateAt\":\"2026-11-22T11:00:00Z\",\"deadLetteredAt\":\"2026-11-22T11:00:00Z\","
                        + "\"firstFailedAt\":\"2026-11-22T10:00:00Z\",\"group\":\"g1\",\"service\":\"music\","
                        + "\"operation\":\"music.song.generate\",\"reason\":\"QUOTA_EXHAUSTED\",\"class\":\"QUOTA\","
                        + "\"code\":%s,\"status\":402,\"batch\":null,\"labels\":{\"tier\":\"gold\"},\"redrives\":0,"
                        + "\"redriveId\":null,\"withRequest\":true}")
                .formatted(ID, number, user, number, code);
    }

    private static String page(int from, int to, String next) {
        String letters = IntStream.range(from, to)
                .mapToObj(i -> letter(i, "u" + i, "\"INSUFFICIENT_CREDITS\""))
                .collect(Collectors.joining(","));
        return "{\"letters\":[" + letters + "],\"count\":{\"count\":450,\"exact\":false},\"next\":"
                + (next.isEmpty() ? "null" : "\"" + next + "\"") + ",\"asOf\":\"1\"}";
    }

    @Test
    void shouldFollowCursorsToTheEnd() {
        api.on("GET /v1/dead-letters?filter=state%3AOPEN&limit=200", page(0, 200, "c+1"));
        api.on("GET /v1/dead-letters?filter=state%3AOPEN&limit=200&cursor=c%2B1", page(200, 400, "c2"));
        api.on("GET /v1/dead-letters?filter=state%3AOPEN&limit=200&cursor=c2", page(400, 450, ""));

        int code = api.run(
                terminal, "dead-letters", "list", "--filter", "state:OPEN", "--limit", "1000", "--output", "json");

        assertThat(code).isZero();
        assertThat(terminal.outLines()).hasSize(450);
        assertThat(terminal.outLines().get(449)).isEqualTo(letter(449, "u449", "\"INSUFFICIENT_CREDITS\""));
        assertThat(terminal.err()).isEmpty();
    }

    @Test
    void shouldEndAtTheLimitAndNoteThatThereAreMore() {
        api.on("GET /v1/dead-letters?limit=200", page(0, 200, "c1"));
        api.on("GET /v1/dead-letters?limit=50&cursor=c1", page(200, 250, "c2"));

        api.run(terminal, "dead-letters", "list", "--limit", "250", "--output", "csv");

        assertThat(terminal.outLines()).hasSize(251);
        assertThat(terminal.errLines()).containsExactly("cut off: shown are the first 250 of 450+; --limit shows more");
    }

    @Test
    void shouldKeepTablesWithinHundredColumnsAndIdsWhole() {
        api.on(
                "GET /v1/dead-letters?limit=100",
                "{\"letters\":[" + letter(1, "a-user-with-a-very-long-name-of-forty-chars", "null") + ","
                        + letter(2, "u2", "\"INSUFFICIENT_CREDITS\"")
                        + "],\"count\":{\"count\":2,\"exact\":true},\"next\":null,\"asOf\":\"1\"}");

        api.run(terminal, "dead-letters", "list");

        assertThat(terminal.outLines())
                .hasSize(3)
                .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(100));
        assertThat(terminal.outLines().get(0)).matches("ID +STATE +AGE +USER +JOB +OPERATION +CODE");
        assertThat(terminal.outLines().get(1)).matches(ID + "1  OPEN +1h +a-user-w\\S*…  job-1 +music\\S*…  QUOTA");
        assertThat(terminal.outLines().get(2)).startsWith(ID + "2  OPEN ");
    }

    @Test
    void shouldQuoteAndDisarmWhatComesFromOutsideInCsv() {
        api.on(
                "GET /v1/dead-letters?limit=100",
                "{\"letters\":[" + letter(1, "=1+1", "\"a,\\\"b\\\"\\u001b[2J\\n\"")
                        + "],\"count\":{\"count\":1,\"exact\":true},\"next\":null,\"asOf\":\"1\"}");

        api.run(terminal, "dead-letters", "list", "--output", "csv");

        assertThat(terminal.outLines())
                .containsExactly(
                        "id,state,age,user,job,operation,code",
                        ID + "1,OPEN,1h,'=1+1,job-1,music.song.generate,\"a,\"\"b\"\"\\u001b[2J\\u000a\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"table", "json", "csv"})
    void shouldEscapeHostileTextInEveryFormat(String format) {
        api.on(
                "GET /v1/dead-letters?limit=100",
                "{\"letters\":[" + letter(1, "\\u001b]0;x\\u0007", "\"\\u202e\\u200b\"")
                        + "],\"count\":{\"count\":1,\"exact\":true},\"next\":null,\"asOf\":\"1\"}");

        api.run(terminal, "dead-letters", "list", "--output", format);

        assertThat(terminal.out().replace("\n", "")).matches("[ -~…]+").containsIgnoringCase("\\u001b");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"letters\":7,\"next\":null}",
                "{\"letters\":[],\"next\":\"c1\"}",
            })
    void shouldRefuseAnAnswerThatIsNotAPage(String answer) {
        api.on("GET /v1/dead-letters?limit=100", answer);

        assertThat(api.run(terminal, "dead-letters", "list")).isEqualTo(1);

        assertThat(terminal.errLines()).containsExactly("redrive: API_FAILED: the answer is not a page of letters");
    }

    @Test
    void shouldNotReadTheSamePageForEver() {
        api.on("GET /v1/dead-letters?limit=200", page(0, 1, "c1"));
        api.on("GET /v1/dead-letters?limit=200&cursor=c1", page(0, 1, "c1"));

        assertThat(api.run(terminal, "dead-letters", "list", "--limit", "1000")).isEqualTo(1);

        assertThat(api.requests()).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "100001", "x"})
    void shouldRefuseALimitOutOfRange(String limit) {
        assertThat(api.run(terminal, "dead-letters", "list", "--limit", limit)).isEqualTo(2);
        assertThat(api.requests()).isEmpty();
    }

    @Test
    void shouldShowALetterWithItsPayload() {
        api.on(
                "GET /v1/dead-letters/" + ID + "1",
                "{\"letter\":" + letter(1, "u1", "\"INSUFFICIENT_CREDITS\"")
                        + ",\"payload\":{\"status\":\"SHOWN\",\"message\":\"no credits\",\"remedy\":\"top up\",\"errorBody\":\"{}\","
                        + "\"requestContentType\":\"application/json\",\"requestBody\":\"{\\n\\\"a\\\":\\\"\\u001b\\\"}\","
                        + "\"history\":[{\"attempt\":1,\"class\":\"QUOTA\",\"code\":null,\"httpStatus\":402,"
                        + "\"failedAt\":\"2026-11-22T10:00:00Z\"}]},\"asOf\":\"1\"}");

        assertThat(api.run(terminal, "dead-letters", "show", ID + "1")).isZero();

        assertThat(terminal.outLines())
                .contains(
                        "id            " + ID + "1",
                        "state         OPEN since 2026-11-22T11:00:00Z",
                        "failure       QUOTA INSUFFICIENT_CREDITS 402",
                        "message no credits",
                        "1        2026-11-22T10:00:00Z  QUOTA  -     402",
                        "request (application/json)",
                        "  {",
                        "  \"a\":\"\\u001b\"}");
    }

    @Test
    void shouldShowWhyThereIsNoPayload() {
        api.on(
                "GET /v1/dead-letters/x",
                "{\"letter\":" + letter(1, "u1", "null") + ",\"payload\":{\"status\":\"HIDDEN\"},\"asOf\":\"1\"}");

        api.run(terminal, "dead-letters", "show", "x");

        assertThat(terminal.outLines()).endsWith("", "payload: HIDDEN");
    }

    @Test
    void shouldCountByAFieldTheLargestFirst() {
        api.on(
                "GET /v1/dead-letters/counts?by=code",
                "{\"count\":{\"count\":500000,\"exact\":false},\"by\":{\"a\":1,\"b\":499999},\"asOf\":\"1\"}");

        api.run(terminal, "dead-letters", "count", "--by", "code");

        assertThat(terminal.outLines()).containsExactly("500000+", "   499999  b", "        1  a");
    }

    @Test
    void shouldListGroups() {
        String group =
                "{\"group\":\"g1\",\"service\":\"music\",\"operation\":\"o\",\"reason\":\"r\",\"class\":\"QUOTA\",\"code\":null,"
                        + "\"status\":402,\"open\":5,\"total\":7,\"users\":2,\"firstSeenAt\":\"2026-11-20T12:00:00Z\","
                        + "\"lastSeenAt\":\"2026-11-21T12:00:00Z\",\"state\":\"OPEN\",\"until\":null,\"regressed\":%s,\"note\":\"n\","
                        + "\"decidedBy\":null,\"decidedAt\":null}";
        api.on(
                "GET /v1/dead-letters/groups?limit=100",
                "{\"groups\":[" + group.formatted("true") + "," + group.formatted("false")
                        + "],\"next\":null,\"asOf\":\"1\"}");

        api.run(terminal, "dead-letters", "groups");

        assertThat(terminal.outLines())
                .containsExactly(
                        "GROUP  STATE      OPEN  TOTAL  USERS  LAST  OPERATION  CODE   NOTE",
                        "g1     REGRESSED  5     7      2      1d    o          QUOTA  n",
                        "g1     OPEN       5     7      2      1d    o          QUOTA  n");
    }

    @Test
    void shouldDiscardEachLetterAndStopAtTheFirstThatCannotBe() {
        api.on("POST /v1/dead-letters/a/discard", ANSWERED);
        api.on(
                "POST /v1/dead-letters/b/discard",
                Answer.json(
                        409,
                        "{\"title\":\"The resource is not in a state that permits this\",\"reason\":\"STATE_CONFLICT\",\"detail\":\"the letter is REDRIVING\"}"));

        int code = api.run(terminal, "dead-letters", "discard", "a", "b", "c", "--reason", "gone");

        assertThat(code).isEqualTo(1);
        assertThat(terminal.outLines()).containsExactly("a  APPLIED");
        assertThat(terminal.err()).contains("STATE_CONFLICT").contains("the letter is REDRIVING");
        assertThat(api.requests())
                .containsExactly(
                        "POST /v1/dead-letters/a/discard {\"reason\":\"gone\"}",
                        "POST /v1/dead-letters/b/discard {\"reason\":\"gone\"}");
    }

    @Test
    void shouldNoteDecisionsAboutGroups() {
        String request = "POST /v1/dead-letters/groups/g1";
        api.on(request, "{\"group\":\"g1\",\"state\":\"IGNORED\",\"until\":\"2026-11-29T12:00:00Z\"}");

        api.run(terminal, "dead-letters", "note", "g1", "a note");
        api.run(terminal, "dead-letters", "ignore", "g1", "--for", "7d", "--note", "later");
        api.run(terminal, "dead-letters", "ignore", "g1", "--until", "2026-12-24T12:00:00Z");
        api.run(terminal, "dead-letters", "resolve", "g1", "--note", "fixed");
        api.run(terminal, "dead-letters", "reopen", "g1");

        assertThat(api.requests())
                .containsExactly(
                        request + " {\"state\":\"NOTED\",\"note\":\"a note\"}",
                        request + " {\"state\":\"IGNORED\",\"note\":\"later\",\"until\":\"2026-11-29T12:00:00Z\"}",
                        request + " {\"state\":\"IGNORED\",\"until\":\"2026-12-24T12:00:00Z\"}",
                        request + " {\"state\":\"RESOLVED\",\"note\":\"fixed\"}",
                        request + " {\"state\":\"OPEN\"}");
        assertThat(terminal.outLines()).hasSize(5).containsOnly("g1  IGNORED until 2026-11-29T12:00:00Z");
    }
}
