package dev.redrive.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.joran.spi.JoranException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceAccessMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.slf4j.Logger;

/** What the log's configurations make of a message that holds what a record holds. */
@ResourceLock(value = Resources.SYSTEM_ERR, mode = ResourceAccessMode.READ_WRITE)
class LogLinesTest {

    private final LoggerContext context = new LoggerContext();

    @AfterEach
    void stop() {
        context.stop();
    }

    @Test
    void shouldShowMessagesAndStackTracesAsTheyAreOnStandardError() throws Exception {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        PrintStream before = System.err;
        System.setErr(new PrintStream(err, true, UTF_8));
        try {
            log("logback.xml");
        } finally {
            System.setErr(before);
        }

        check(err.toString(UTF_8));
    }

    @Test
    void shouldShowMessagesAndStackTracesAsTheyAreInTheFileOfADevelopmentInstance(@TempDir Path directory)
            throws Exception {
        Path file = directory.resolve("redrive.log");
        context.putProperty("redrive.log.file", file.toString());

        log("logback-dev.xml");
        context.stop();

        check(Files.readString(file));
    }

    private void log(String configuration) throws JoranException, IOException {
        JoranConfigurator configurator = new JoranConfigurator();
        configurator.setContext(context);
        configurator.doConfigure(
                Objects.requireNonNull(LogLinesTest.class.getResource("/" + configuration), configuration));
        context.setMDCAdapter(new LogbackMDCAdapter());
        Logger log = context.getLogger("dev.redrive.x");
        log.warn("user {}", "a\u001b[2J\n2026 ERROR forged\u202e");
        log.error("failed", new IllegalStateException("out\u009b\n2026 ERROR forged", new IOException("in\u001b\nx")));
    }

    private static void check(String text) {
        assertThat(text).contains("WARN  dev.redrive.x - user a\\u001b[2J\\u000a2026 ERROR forged\\u202e\n");
        assertThat(text)
                .contains(
                        "ERROR dev.redrive.x - failed\njava.lang.IllegalStateException: out\\u009b\n\t2026 ERROR forged\n",
                        "\n\tat dev.redrive.cli.LogLinesTest.log(",
                        "\nCaused by: java.io.IOException: in\\u001b\n\tx\n");
        assertThat(text).doesNotContain("\u001b", "\u009b", "\u202e", "null");
        assertThat(text.lines()).noneMatch(line -> line.startsWith("2026 ERROR"));
    }
}
