package dev.redrive.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CliTest {

    private final TestTerminal terminal = TestTerminal.withInput("");

    @Test
    void shouldNameTheCommandsToOneThatIsNotKnown() {
        TestTerminal terminal = TestTerminal.withInput("");

        int code = terminal.run("frobnicate", "--loud");

        assertThat(code).isEqualTo(2);
        assertThat(terminal.errLines().get(0))
                .isEqualTo(
                        "redrive: USAGE: there is no command 'frobnicate'; write one of dev, run, publish, tail, users,"
                                + " retries, cancel, expedite, dead-letters, redrives, holds, why, jobs, explain,"
                                + " simulate, inputs, topics, config, completion, bench, help, version");
    }

    @Test
    void shouldShowTheHelpThatWasAgreed() throws IOException {
        int code = terminal.run("--help");

        assertThat(code).isZero();
        assertThat(terminal.out()).isEqualTo(resource("help.txt"));
        assertThat(terminal.err()).isEmpty();
    }

    @Test
    void shouldFindTheCommandThatAFileOfArgumentsNames(@TempDir Path directory) throws IOException {
        Path arguments = Files.writeString(directory.resolve("arguments"), "explain --status 404");

        int code = terminal.run("@" + arguments);

        assertThat(terminal.err()).isEmpty();
        assertThat(code).isZero();
        assertThat(terminal.out()).startsWith("failure");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "dev",
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
                "simulate",
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
                "bench",
                "help",
                "version"
            })
    void shouldShowHelpOfEveryCommand(String command) {
        int code = terminal.run((command + " --help").split(" "));

        assertThat(code).isZero();
        assertThat(terminal.out()).startsWith("Usage: redrive " + command);
        assertThat(terminal.out().lines()).allMatch(line -> line.length() <= 110);
        assertThat(terminal.err()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--nonsense                            | Unknown option: '--nonsense'",
                "''                                    | a command is missing",
                "tial                                  | there is no command 'tial'",
                "publish                               | Missing required parameter: 'FILE'",
                "publish - --topic ready               | Invalid value for option '--topic'",
                "tail                                  | Missing required parameter: 'TOPIC'",
                "tail everything                       | Invalid value for positional parameter",
                "tail ready --timeout soon             | 'soon' is not a duration such as 500ms, 30s, 10m, 1h or 1d",
                "tail ready --timeout 9999d            | '9999d' is longer than 366d",
                "tail ready --max 0                    | --max takes 1 or more, not 0",
                "tail ready --tier 10s                 | --tier goes with 'tail retry' alone",
                "users --max 0                         | --max takes 1 to 100000, not 0",
                "users --blocked-by HOPE                  | Invalid value for option '--blocked-by'",
                "cancel                                | name whose retries: --user, or --operation, or both",
                "cancel --job j1                       | --job goes with --user",
                "cancel --user u --job j --operation o | --job and --operation do not go together",
                "expedite --operation o                | this is about all users: confirm it by --yes",
                "inputs                                | a command is missing: skip",
                "inputs skip --topic t --partition 0 --offset -1 | --partition and --offset take 0 or more",
                "inputs skip --topic t --partition 0 --offset 1  | confirm it by --yes",
                "tail ready --port-base 70000          | --port-base takes 1 to 65532, not 70000",
                "tail ready --topic-prefix a/b         | --topic-prefix: a topic prefix takes",
                "tail ready -b 127.0.0.1:1             | name the schema registry of these brokers too",
                "tail quarantine -b nowhere            | 'nowhere' is not the HOST:PORT of a broker",
                "tail ready -b 127.0.0.1:1 -s nowhere  | 'nowhere' is not the URL of a schema registry",
            })
    void shouldExitWithTwoAndSayWhy(String line, String sentence) {
        int code = terminal.run(line.isEmpty() ? new String[0] : line.split(" "));

        assertThat(code).isEqualTo(2);
        assertThat(terminal.errLines().get(0)).startsWith("redrive: USAGE: ").contains(sentence);
        assertThat(terminal.out()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"'', ''", "tail, tail", "topics create, topics create", "help, help"})
    void shouldTakeHelpAsAWordToo(String words, String command) {
        TestTerminal other = TestTerminal.withInput("");

        int code = terminal.run(("help " + words).strip().split(" "));
        other.run((command + " --help").strip().split(" "));

        assertThat(code).isZero();
        assertThat(terminal.out()).isEqualTo(other.out()).startsWith("Usage: redrive");
        assertThat(terminal.err()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "help nonsense, there is no command 'nonsense'; write one of dev",
        "help tail ready, there is no command 'ready'"
    })
    void shouldSayWhichWordHasNoHelp(String line, String sentence) {
        int code = terminal.run(line.split(" "));

        assertThat(code).isEqualTo(2);
        assertThat(terminal.errLines().get(0)).startsWith("redrive: USAGE: " + sentence);
    }

    @Test
    void shouldTakeVersionAsAWordToo() {
        int code = terminal.run("version");

        assertThat(code).isZero();
        assertThat(terminal.outLines()).singleElement().asString().startsWith("redrive ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"u\ufffd\ufffd", "u\udcc3\udcbc"})
    void shouldRefuseArgumentsThatLostTheirCharactersBeforeItActsOnAnother(String user) {
        FakePipeline pipeline = new FakePipeline();

        int code = terminal.run(pipeline, "cancel", "--user", user, "--job", "j1", "--no-wait");

        assertThat(code).isEqualTo(2);
        assertThat(pipeline.producer.history()).isEmpty();
        assertThat(terminal.errLines())
                .singleElement()
                .asString()
                .startsWith("redrive: USAGE: the bytes of the argument 'u")
                .contains("are not text in the encoding", "write UTF-8 in a locale such as C.UTF-8");
    }

    @Test
    void shouldRefuseItsEnvironmentVariablesThatLostTheirCharacters() {
        TestTerminal garbled = new TestTerminal("", Map.of("OTHER", "\ufffd", "REDRIVE_APPLICATION_ID", "\ufffd"));

        int code = garbled.run("config", "check");

        assertThat(code).isEqualTo(2);
        assertThat(garbled.err())
                .startsWith(
                        "redrive: USAGE: the bytes of the environment variable REDRIVE_APPLICATION_ID are not text");
    }

    @Test
    void shouldSayThatAFileHasNoPossibleName() {
        int code = terminal.run("publish", "--dry-run", "a\u0000b");

        assertThat(code).isEqualTo(1);
        assertThat(terminal.err()).startsWith("redrive: FILE_UNREADABLE: 'a\\u0000b' is no name of a file here: ");
    }

    @ParameterizedTest
    @CsvSource({
        "No space left on device, 1, redrive: DISK_FULL: standard output cannot be written: No space left on device",
        "Disk quota exceeded, 1, redrive: DISK_FULL: standard output cannot be written: Disk quota exceeded",
        "Input/output error, 1, redrive: OUTPUT_FAILED: standard output cannot be written: Input/output error",
        "Broken pipe, 0, ''",
    })
    void shouldNotLoseItsOutputInSilence(String failure, int expected, String sentence) {
        OutputStream full = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException(failure);
            }
        };

        int help = Cli.run(terminal.terminal(full), "--help");
        String first = terminal.err();
        int command = Cli.run(terminal.terminal(full), "config", "print");

        assertThat(help).isEqualTo(expected);
        assertThat(command).isEqualTo(expected);
        assertThat(first.strip()).isEqualTo(sentence);
        assertThat(terminal.err()).isEqualTo(first + first);
    }

    @Test
    void shouldShowNoControlCharactersInErrors() {
        int code = terminal.run("tail", "\u001b[2Jrea\u202edy\u009b1m");
        terminal.run("publish", "--dry-run", "no\nsuch\u001bfile", "--debug");

        assertThat(code).isEqualTo(2);
        assertThat(terminal.err())
                .contains("\\u001b[2Jrea\\u202edy\\u009b1m", "cannot read no; such\\u001bfile", "\tat ")
                .doesNotContain("\u001b", "\u202e", "\u009b");
    }

    @Test
    void shouldSuggestTheCommandThatWasMeant() {
        terminal.run("publsh");

        assertThat(terminal.err()).contains("publish");
    }

    @Test
    void shouldSayAtOnceThatNoBrokerAnswers() throws IOException {
        int port = freePort();

        int code = terminal.run("tail", "quarantine", "--port-base", Integer.toString(port));

        assertThat(code).isEqualTo(1);
        assertThat(terminal.errLines())
                .containsExactly("redrive: BROKER_UNREACHABLE: no broker answers at 127.0.0.1:" + port
                        + " (start one with 'redrive dev')");
    }

    @Test
    void shouldShowStackTracesOnlyWhenAsked() throws IOException {
        String port = Integer.toString(freePort());
        TestTerminal byVariable = new TestTerminal("", Map.of("REDRIVE_DEBUG", "1"));
        TestTerminal byOption = TestTerminal.withInput("");

        terminal.run("tail", "quarantine", "--port-base", port);
        byVariable.run("tail", "quarantine", "--port-base", port);
        byOption.run("tail", "quarantine", "--port-base", port, "--debug");

        assertThat(terminal.err()).doesNotContain("\tat ");
        assertThat(byVariable.err()).contains("\tat ");
        assertThat(byOption.err()).contains("\tat ");
    }

    @Test
    void shouldRefuseAFileThatIsNotThere() {
        int code = terminal.run("publish", "--dry-run", "no/such/file");

        assertThat(code).isEqualTo(1);
        assertThat(terminal.errLines())
                .containsExactly("redrive: FILE_UNREADABLE: cannot read no/such/file: no such file");
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private static String resource(String name) throws IOException {
        try (InputStream in = Objects.requireNonNull(CliTest.class.getResourceAsStream(name), name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
