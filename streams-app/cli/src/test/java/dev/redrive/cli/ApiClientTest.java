package dev.redrive.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.cli.StubApi.Answer;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests to the API, and what becomes of answers that are errors or not as documented. */
class ApiClientTest {

    private static final String COUNTS = "GET /v1/dead-letters/counts";
    private static final String COUNTED = "{\"count\":{\"count\":7,\"exact\":true},\"asOf\":\"1\"}";

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

    private int count(String... more) {
        String[] args = new String[more.length + 2];
        args[0] = "dead-letters";
        args[1] = "count";
        System.arraycopy(more, 0, args, 2, more.length);
        return api.run(terminal, args);
    }

    @ParameterizedTest
    @CsvSource({
        "400, FILTER_INVALID, 2",
        "400, CURSOR_INVALID, 1",
        "401, UNAUTHENTICATED, 1",
        "403, ROLE_MISSING, 1",
        "404, NOT_FOUND, 1",
        "409, STATE_CONFLICT, 1",
        "500, INTERNAL, 1",
        "503, UNAVAILABLE, 1"
    })
    void shouldReportAnErrorWithTheReasonOfTheApi(int status, String reason, int code) {
        api.on(
                COUNTS,
                Answer.json(
                        status,
                        "{\"type\":\"urn:redrive:error:%s\",\"title\":\"A title\",\"status\":%d,\"reason\":\"%s\",\"detail\":\"a detail\"}"
                                .formatted(reason, status, reason)));

        assertThat(count()).isEqualTo(code);

        assertThat(terminal.errLines()).containsExactly("redrive: " + reason + ": A title: a detail");
        assertThat(terminal.out()).isEmpty();
    }

    @Test
    void shouldShowHowFarTheIndexIsAndWhenToTryAgain() {
        String problem =
                "{\"title\":\"The index is catching up\",\"status\":503,\"reason\":\"INDEX_CATCHING_UP\",\"percent\":40}";
        api.on(COUNTS, new Answer(503, Map.of("Retry-After", "5"), problem.getBytes(UTF_8)));

        assertThat(count()).isEqualTo(1);

        assertThat(terminal.errLines())
                .containsExactly(
                        "redrive: INDEX_CATCHING_UP: The index is catching up, 40 % is read; try again in 5 s");
    }

    @Test
    void shouldNameARejectedCommandAndItsReasonOnce() {
        api.on(
                COUNTS,
                Answer.json(
                        409,
                        "{\"title\":\"The pipeline has rejected the command\",\"status\":409,\"reason\":\"COMMAND_REJECTED\","
                                + "\"detail\":\"LOOP_CAP\",\"rejection\":\"LOOP_CAP\",\"commandId\":\"c1\"}"));

        assertThat(count()).isEqualTo(1);

        assertThat(terminal.errLines())
                .containsExactly(
                        "redrive: COMMAND_REJECTED: The pipeline has rejected the command: LOOP_CAP; command c1");
    }

    @Test
    void shouldShowEachWrongFieldOnALineOfItsOwn() {
        api.on(
                COUNTS,
                Answer.json(
                        400,
                        "{\"title\":\"A field of the body is not valid\",\"status\":400,\"reason\":\"BODY_INVALID\",\"errors\":"
                                + "[{\"pointer\":\"/rate\",\"detail\":\"is too large\"},{\"pointer\":\"\",\"detail\":\"no\"}]}"));

        assertThat(count()).isEqualTo(2);

        assertThat(terminal.errLines())
                .containsExactly(
                        "/rate: is too large", "no", "redrive: BODY_INVALID: A field of the body is not valid");
    }

    @Test
    void shouldEscapeHostileTextInErrors() {
        api.on(
                COUNTS,
                Answer.json(
                        409,
                        "{\"title\":\"\\u001b[2J\",\"reason\":\"\\u001b]0;x\\u0007\",\"detail\":\"a\\nb\\u202e\",\"rejection\":\"\\u009b\"}"));

        assertThat(count()).isEqualTo(1);

        assertThat(terminal.errLines()).containsExactly("redrive: REJECTED: \\u001b[2J: a; b\\u202e (\\u009b)");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{",
                "{} {}",
                "{\"count\":1,\"count\":2}",
                "<html>",
                "{\"a\":\"\u0001\"}",
                "{\"a\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}"
            })
    void shouldRefuseAnAnswerThatIsNotTheJsonOfTheApi(String answer) {
        api.on(COUNTS, answer);

        assertThat(count()).isEqualTo(1);

        assertThat(terminal.err()).startsWith("redrive: API_FAILED: " + api.url() + ": the answer is not");
    }

    @Test
    void shouldRefuseAnErrorThatIsNotOfTheApi() {
        api.on(COUNTS, new Answer(502, Map.of(), "<html>bad gateway</html>".getBytes(UTF_8)));

        assertThat(count()).isEqualTo(1);

        assertThat(terminal.err())
                .startsWith(
                        "redrive: API_UNAVAILABLE: " + api.url() + " answers with status 502, not by Redrive's API");
    }

    @Test
    void shouldRefuseAnAnswerThatIsTooLarge() {
        byte[] large = new byte[ApiClient.MAX_ANSWER_BYTES + 1];
        api.on(COUNTS, new Answer(200, Map.of(), large));

        assertThat(count()).isEqualTo(1);

        assertThat(terminal.err()).startsWith("redrive: API_FAILED: " + api.url() + ": the answer is larger than");
    }

    @Test
    void shouldFollowNoRedirect() {
        api.on(COUNTS, new Answer(307, Map.of("Location", api.url() + "/elsewhere"), new byte[0]));

        assertThat(count()).isEqualTo(1);

        assertThat(terminal.err()).startsWith("redrive: API_FAILED: " + api.url() + ": it redirects");
        assertThat(api.requests()).containsExactly(COUNTS);
    }

    @Test
    void shouldReportAnAddressWhereNothingAnswers() {
        api.close();

        assertThat(count()).isEqualTo(1);

        assertThat(terminal.err()).startsWith("redrive: API_UNREACHABLE: nothing answers at " + api.url());
    }

    @Test
    void shouldReportAConnectionThatBreaks() throws IOException {
        try (ServerSocket closing = new ServerSocket(0)) {
            Thread closer = new Thread(() -> {
                // The client repeats a request that reads only.
                while (!closing.isClosed()) {
                    try (Socket accepted = closing.accept()) {
                        accepted.getInputStream().read();
                    } catch (IOException e) {
                        return;
                    }
                }
            });
            closer.start();

            int code = terminal.run("dead-letters", "count", "--server", "http://127.0.0.1:" + closing.getLocalPort());

            assertThat(code).isEqualTo(1);
            assertThat(terminal.err()).startsWith("redrive: API_UNREACHABLE: the connection to");
        }
    }

    @Test
    void shouldGiveUpWhenTheAnswerDoesNotComeToItsEnd() throws IOException {
        try (ServerSocket silent = new ServerSocket(0)) {
            Thread stalling = new Thread(() -> {
                try (Socket accepted = silent.accept()) {
                    accepted.getOutputStream().write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{".getBytes(UTF_8));
                    while (accepted.getInputStream().read() >= 0) {
                        // Until the client closes the connection.
                    }
                } catch (IOException e) {
                    // The client resets the connection.
                    return;
                }
            });
            stalling.setDaemon(true);
            stalling.start();

            int code = terminal.run(
                    "dead-letters",
                    "count",
                    "--timeout",
                    "200ms",
                    "--server",
                    "http://127.0.0.1:" + silent.getLocalPort());

            assertThat(code).isEqualTo(1);
            assertThat(terminal.err()).startsWith("redrive: TIMED_OUT: ");
        }
    }

    @Test
    void shouldTakeAddressAndTokenFromTheEnvironment() {
        api.on(COUNTS, COUNTED);
        terminal = new TestTerminal("", Map.of("REDRIVE_SERVER", api.url() + "/", "REDRIVE_TOKEN", "secret-1"));

        assertThat(terminal.run("dead-letters", "count")).isZero();

        assertThat(terminal.outLines()).containsExactly("7");
        assertThat(api.tokens()).containsExactly("Bearer secret-1");
    }

    @Test
    void shouldPreferTheTokenOfTheFile(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("token"), "secret-2\n");
        api.on(COUNTS, COUNTED);
        terminal = new TestTerminal("", Map.of("REDRIVE_TOKEN", "secret-1"));

        assertThat(count("--token-file", file.toString())).isZero();

        assertThat(api.tokens()).containsExactly("Bearer secret-2");
    }

    @Test
    void shouldSendNoTokenInClearTextToAnotherMachine() {
        terminal = new TestTerminal("", Map.of("REDRIVE_TOKEN", "secret-1"));

        int code = terminal.run("dead-letters", "count", "--server", "http://redrive.example.com");

        assertThat(code).isEqualTo(2);
        assertThat(terminal.err()).contains("clear text to redrive.example.com").doesNotContain("secret-1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"two words", "line\nbreak", "umläut"})
    void shouldRefuseATokenThatIsNotOne(String token) {
        terminal = new TestTerminal("", Map.of("REDRIVE_TOKEN", token));

        assertThat(count()).isEqualTo(2);

        assertThat(terminal.err()).contains("REDRIVE_TOKEN must hold one token").doesNotContain(token);
        assertThat(api.requests()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"127.0.0.1:1", "ftp://h", "http://", "http://u:p@h", "http://h?a=b", "http://h#f", "http://a b"})
    void shouldRefuseAnAddressThatIsNotOneOfAServer(String address) {
        assertThat(terminal.run("dead-letters", "count", "--server", address)).isEqualTo(2);

        assertThat(terminal.err()).startsWith("redrive: USAGE: the server's address is not valid: ");
    }

    @Test
    void shouldEscapeIdsInPathsAndFiltersInQueries() {
        String filter = "code:\"a b\" user:ü&limit=9#+%";
        api.on("GET /v1/dead-letters/a%2Fb%20%3F", Answer.json(404, "{\"title\":\"none\",\"reason\":\"NOT_FOUND\"}"));

        count("--filter", filter);
        api.run(terminal, "dead-letters", "show", "a/b ?");

        assertThat(api.requests())
                .isEqualTo(List.of(
                        COUNTS + "?filter=code%3A%22a%20b%22%20user%3A%C3%BC%26limit%3D9%23%2B%25",
                        "GET /v1/dead-letters/a%2Fb%20%3F"));
    }
}
