package dev.redrive.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;

/** A terminal in memory: what goes in is given, what comes out can be looked at. */
final class TestTerminal {

    static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final StringWriter err = new StringWriter();
    private final String in;
    private final Map<String, String> environment;
    private boolean asks;
    private Clock clock = Clock.fixed(NOW, ZoneOffset.UTC);

    TestTerminal(String in, Map<String, String> environment) {
        this.in = in;
        this.environment = environment;
    }

    static TestTerminal withInput(String in) {
        return new TestTerminal(in, Map.of());
    }

    /** On the clock that the pipeline has too. */
    static TestTerminal inRealTime(String in) {
        TestTerminal terminal = withInput(in);
        terminal.clock = Clock.systemUTC();
        return terminal;
    }

    /** Somebody sits there and types the input. */
    static TestTerminal answering(String in) {
        TestTerminal terminal = withInput(in);
        terminal.asks = true;
        return terminal;
    }

    Terminal terminal() {
        return terminal(out);
    }

    Terminal terminal(OutputStream other) {
        return new Terminal(
                new ByteArrayInputStream(in.getBytes(UTF_8)),
                other,
                new PrintWriter(err, true),
                clock,
                environment,
                false,
                asks,
                false);
    }

    int run(String... args) {
        return Cli.run(terminal(), args);
    }

    int run(PipelineClients clients, String... args) {
        return Cli.run(terminal(), () -> clients, args);
    }

    String out() {
        return out.toString(UTF_8);
    }

    List<String> outLines() {
        return out().lines().toList();
    }

    String err() {
        return err.toString();
    }

    List<String> errLines() {
        return err().lines().toList();
    }
}
