package dev.redrive.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.cli.ReadmeTest.ShellBlock;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs {@code redrive dev} from the distribution, and the short commands against it. */
class DevCommandIT {

    private static final String FAILURE = "{\"userId\":\"u1\",\"jobId\":\"%s\",\"attempt\":1,\"service\":\"music\","
            + "\"operation\":\"music.song.generate\",\"httpStatus\":%d,\"idempotencyKey\":\"k-%s\"}\n";

    @TempDir
    Path directory;

    private final Map<String, TestTerminal> shown = new LinkedHashMap<>();
    private String portBase = "";
    private Process dev;

    @BeforeEach
    void start() throws IOException {
        portBase = Integer.toString(freePortBase());
        dev = new ProcessBuilder(
                        Path.of("../target/redrive/bin/redrive")
                                .toAbsolutePath()
                                .toString(),
                        "dev",
                        "--no-load",
                        "--no-summary",
                        "--port-base",
                        portBase,
                        "--data-dir",
                        directory.resolve("data").toString())
                .redirectError(directory.resolve("err").toFile())
                .start();
        BufferedReader out = new BufferedReader(new InputStreamReader(dev.getInputStream(), UTF_8));
        String line = out.readLine();
        while (line != null && !line.startsWith("topics ")) {
            line = out.readLine();
        }
        assertThat(line).as("the line that is printed when all has started").isNotNull();
    }

    @AfterEach
    void stop() {
        dev.destroyForcibly();
    }

    @Test
    void shouldGiveBackWhatWasPublishedAndEndInOrder() throws Exception {
        TestTerminal publish =
                TestTerminal.withInput(FAILURE.formatted("j1", 503, "1") + FAILURE.formatted("j2", 400, "2"));
        TestTerminal ready = TestTerminal.withInput("");
        TestTerminal dead = TestTerminal.withInput("");
        TestTerminal topics = TestTerminal.withInput("");

        assertThat(publish.run("publish", "-", "--port-base", portBase))
                .as(publish.err())
                .isZero();
        ready.run("tail", "ready", "--from-beginning", "--max", "1", "--timeout", "30s", "--port-base", portBase);
        dead.run("tail", "dead-letters", "--from-beginning", "--max", "1", "--timeout", "30s", "--port-base", portBase);
        topics.run("topics", "check", "--port-base", portBase);

        assertThat(ready.out())
                .contains("\"headers\":{\"idempotency-key\":\"k-1\",\"retry-attempt\":\"2\"}", "\"jobId\":\"j1\"");
        assertThat(dead.out()).contains("\"reason\":\"INVALID_REQUEST\"", "\"jobId\":\"j2\"");
        assertThat(topics.out()).matches("all [0-9]+ topics are as they should be, and no right is missing\n");

        dev.destroy();
        assertThat(dev.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(dev.exitValue()).isZero();
        assertThat(directory.resolve("err")).content(UTF_8).isEmpty();
        assertThat(directory.resolve("data/redrive.log")).content(UTF_8).contains("REBALANCING -> RUNNING");
    }

    /** What the comments of the README's block promise, command by command. */
    @Test
    void shouldDoWhatTheReadmeShows() throws IOException {
        // Given the block that publishes two failures and shows what becomes of them
        String readme = Files.readString(Path.of("../../README.md"), UTF_8);
        ShellBlock block = ShellBlock.in(readme).stream()
                .filter(one -> one.commands().contains(List.of("redrive", "publish", "-")))
                .findFirst()
                .orElseThrow();

        // When it is run line by line
        Map<String, Integer> codes = new LinkedHashMap<>();
        for (int i = 0; i < block.commands().size(); i++) {
            List<String> words = block.commands().get(i);
            if (words.get(0).equals("redrive")) {
                String name = String.join(" ", words.subList(1, Math.min(3, words.size())));
                TestTerminal terminal = TestTerminal.inRealTime(block.inputs().get(i));
                shown.put(name, terminal);
                codes.put(name, terminal.run(here(words.subList(1, words.size()))));
            }
        }

        // Then each shows what its comment says
        codes.forEach((name, code) -> {
            if (!name.startsWith("cancel")) {
                assertThat(code).as("%s: %s", name, shown(name).err()).isZero();
            }
        });
        assertThat(shown("tail ready").out())
                .contains("\"idempotency-key\":\"k1\"", "\"jobId\":\"j1\"", "\"attempt\":2");
        assertThat(shown("tail dead-letters").out())
                .contains("\"jobId\":\"j2\"", "INVALID_REQUEST", "change the input: prompt (missing_required_field)");
        assertThat(shown("tail outcomes").out()).containsSubsequence("SCHEDULED", "RELEASED");
        assertThat(shown("users u1").out()).contains("u1");
        assertThat(shown("explain --status").out()).contains("QUOTA_EXHAUSTED");
        assertThat(shown("cancel --user").err() + shown("cancel --user").out())
                .as("j1 is released by then")
                .contains("CANCEL");
    }

    private TestTerminal shown(String name) {
        return Objects.requireNonNull(shown.get(name), name);
    }

    /** The words, and the ports of this test for those commands that connect. */
    private String[] here(List<String> words) {
        List<String> args = new ArrayList<>(words);
        var command = Objects.requireNonNull(
                Cli.commandLine(TestTerminal.withInput("").terminal(), PipelineClients.Kafka::new)
                        .getSubcommands()
                        .get(words.get(0)));
        if (command.getCommandSpec().optionsMap().containsKey("--port-base")) {
            args.addAll(List.of("--port-base", portBase));
        }
        return args.toArray(String[]::new);
    }

    @Test
    void shouldRefuseToStartTwice() {
        TestTerminal second = TestTerminal.withInput("");

        int code = second.run(
                "dev",
                "--port-base",
                portBase,
                "--data-dir",
                directory.resolve("data").toString());

        assertThat(code).isEqualTo(1);
        assertThat(second.err()).startsWith("redrive: RESOURCE_TAKEN: ");
    }

    /** A port with three free ones after it. */
    private static int freePortBase() throws IOException {
        for (int attempt = 0; attempt < 50; attempt++) {
            try (ServerSocket first = new ServerSocket(0)) {
                int base = first.getLocalPort();
                try (ServerSocket second = new ServerSocket(base + 1);
                        ServerSocket third = new ServerSocket(base + 2);
                        ServerSocket fourth = new ServerSocket(base + 3)) {
                    return base;
                } catch (IOException e) {
                    continue;
                }
            }
        }
        throw new IOException("no four free ports in a row");
    }
}
