package dev.redrive.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code redrive holds}, {@code redrive why} and {@code redrive jobs}. */
class OperatorCommandsTest {

    private static final String APPLIED = "{\"commandId\":\"c\",\"kind\":\"HOLD\",\"state\":\"APPLIED\",\"jobs\":0,"
            + "\"failedJobs\":0,\"partitions\":6,\"answered\":6,\"rejections\":[],\"dueAt\":null}";

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

    @Test
    void shouldHoldAndEndTheHold() {
        api.on("POST /v1/holds", APPLIED).on("POST /v1/holds/release", APPLIED);

        api.run(terminal, "holds", "add", "--service", "music", "--for", "60s", "--reason", "outage");
        api.run(terminal, "holds", "add", "--all", "--until", "2026-12-24T12:00:00Z", "--reason", "move");
        api.run(terminal, "holds", "end", "--user", "u1", "--operation", "o", "--reason", "back");

        assertThat(api.requests())
                .containsExactly(
                        "POST /v1/holds {\"service\":\"music\",\"reason\":\"outage\",\"until\":\"2026-11-22T12:01:00Z\"}",
                        "POST /v1/holds {\"all\":true,\"reason\":\"move\",\"until\":\"2026-12-24T12:00:00Z\"}",
                        "POST /v1/holds/release {\"user\":\"u1\",\"operation\":\"o\",\"reason\":\"back\"}");
        assertThat(terminal.outLines())
                .containsExactly(
                        "APPLIED by 6 of 6 partitions until 2026-11-22T12:01:00Z",
                        "APPLIED by 6 of 6 partitions until 2026-12-24T12:00:00Z",
                        "APPLIED by 6 of 6 partitions");
    }

    @Test
    void shouldFailWhenAPartitionRejectsTheHold() {
        api.on(
                "POST /v1/holds",
                APPLIED.replace("APPLIED", "REJECTED")
                        .replace("\"rejections\":[]", "\"rejections\":[\"TOO_MANY_HOLDS\"]"));

        int code = api.run(terminal, "holds", "add", "--all", "--for", "60s", "--reason", "outage");

        assertThat(code).isEqualTo(1);
        assertThat(terminal.outLines()).endsWith("rejected: TOO_MANY_HOLDS");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "holds add --for 1h --reason r",
                "holds add --all --user u --for 1h --reason r",
                "holds add --all --reason r",
                "holds add --all --for 1h",
                "holds add --all --for 1h --until 2026-12-24T12:00:00Z --reason r",
                "holds add --all --until tomorrow --reason r",
                "holds end --reason r",
                "holds",
                "jobs",
                "redrives",
                "dead-letters",
                "why u1",
            })
    void shouldRefuseOptionsThatAreMissingOrContradictEachOther(String line) {
        assertThat(api.run(terminal, line.split(" "))).isEqualTo(2);

        assertThat(api.requests()).isEmpty();
    }

    @Test
    void shouldShowWhyAJobWaits() {
        api.on(
                "GET /v1/jobs/u1/j1/why",
                "{\"user\":\"u1\",\"job\":\"j1\",\"attempt\":2,\"dueAt\":\"2026-11-22T12:00:00Z\",\"at\":\"2026-11-22T12:00:01Z\","
                        + "\"explanation\":{\"state\":\"SCHEDULED\",\"gates\":["
                        + "{\"gate\":\"OPERATOR\",\"open\":false,\"until\":\"2026-11-22T13:00:00Z\",\"opening\":\"TIME\",\"status\":\"HELD\",\"reason\":\"a\\u001b[2Jb\"},"
                        + "{\"gate\":\"CONCURRENCY\",\"open\":true,\"used\":1,\"limit\":5}],"
                        + "\"ahead\":4,\"forecastAt\":\"2026-11-22T13:00:00Z\",\"forecastBasis\":\"OPERATOR\"}}");

        assertThat(api.run(terminal, "why", "u1", "j1")).isZero();

        assertThat(terminal.outLines())
                .containsExactly(
                        "state    SCHEDULED",
                        "attempt  2",
                        "due      2026-11-22T12:00:00Z",
                        "ahead    4 of the user's retries",
                        "forecast 2026-11-22T13:00:00Z, by OPERATOR",
                        "as of    2026-11-22T12:00:01Z",
                        "",
                        "GATE         STATE   UNTIL                 OPENED BY  DETAIL",
                        "OPERATOR     closed  2026-11-22T13:00:00Z  TIME       HELD, reason a\\u001b[2Jb",
                        "CONCURRENCY  open    -                     -          used 1, limit 5");
    }

    @Test
    void shouldShowTheDeadLettersOfAJob() {
        api.on(
                "GET /v1/jobs/u1/job-1",
                "{\"user\":\"u1\",\"job\":\"job-1\",\"letters\":[" + DeadLettersCommandTest.letter(1, "u1", "null")
                        + "],\"asOf\":\"1\"}");

        assertThat(api.run(terminal, "jobs", "show", "u1", "job-1")).isZero();

        assertThat(terminal.outLines()).hasSize(2);
        assertThat(terminal.outLines().get(1)).contains("OPEN", "job-1", "QUOTA");
    }
}
