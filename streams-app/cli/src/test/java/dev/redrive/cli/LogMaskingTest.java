package dev.redrive.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogMaskingTest {

    private static final String MESSAGE = "asked https://u:in-user@h/x with password=\"in-jaas\";";

    @Test
    void shouldLogNoPasswords() throws Exception {
        PrintStream before = System.err;
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
        try {
            log("/logback.xml");
        } finally {
            System.setErr(before);
        }

        assertMasked(err.toString(StandardCharsets.UTF_8));
    }

    @Test
    void shouldLogNoPasswordsInDevelopment(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("dev.log");
        System.setProperty("redrive.log.file", file.toString());
        try {
            log("/logback-dev.xml");
        } finally {
            System.clearProperty("redrive.log.file");
        }

        assertMasked(Files.readString(file));
    }

    private static void assertMasked(String log) {
        assertThat(log)
                .contains(
                        "asked https://********@h/x with password=********", "IllegalStateException", "at dev.redrive")
                .doesNotContain("in-user", "in-jaas");
        assertThat(log.split("IllegalStateException", -1))
                .as("the exception once")
                .hasSize(2);
    }

    private static void log(String configuration) throws Exception {
        LoggerContext context = new LoggerContext();
        context.setMDCAdapter(new LogbackMDCAdapter());
        JoranConfigurator configurator = new JoranConfigurator();
        configurator.setContext(context);
        configurator.doConfigure(Objects.requireNonNull(LogMaskingTest.class.getResource(configuration)));
        context.getLogger("dev.redrive.x").warn(MESSAGE, new IllegalStateException(MESSAGE));
        context.stop();
    }
}
