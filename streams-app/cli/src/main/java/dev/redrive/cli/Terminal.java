package dev.redrive.cli;

import dev.redrive.codec.Printable;
import dev.redrive.config.ClientProperties.Secret;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a command sees of the process around it, so that tests can stand in for it. Commands use it from one thread; only
 * {@code err} is safe to use from others.
 *
 * @param in standard input
 * @param out standard output, unbuffered; a write throws once the reader is gone
 * @param err standard error, flushed line by line; raw, so what comes from elsewhere goes through {@link #message}
 * @param clock the wall clock
 * @param environment environment variables
 * @param interactive whether standard output is a terminal, so that it may be drawn on
 * @param asks whether standard input is a terminal, so that a question may be asked
 * @param progress whether standard error is a terminal, so that progress may be shown on it
 */
public record Terminal(
        InputStream in,
        OutputStream out,
        PrintWriter err,
        Clock clock,
        Map<String, String> environment,
        boolean interactive,
        boolean asks,
        boolean progress) {

    /** Set by the launcher when standard output is a terminal; Java itself cannot tell. */
    private static final String STDOUT_IS_TERMINAL = "redrive.stdout.terminal";

    /** The same for standard input. */
    private static final String STDIN_IS_TERMINAL = "redrive.stdin.terminal";

    /** The same for standard error. */
    private static final String STDERR_IS_TERMINAL = "redrive.stderr.terminal";

    /** Prints one line on standard error, whatever its characters, and without passwords. */
    public void message(String line) {
        err.println(Printable.line(Secret.masked(line)));
    }

    /** Prints a question on standard error; the answer comes on standard input. */
    void ask(String question) {
        err.print(Printable.line(question));
        err.flush();
    }

    /**
     * Asks whether something is meant, and returns at a yes alone.
     *
     * @param question ends in a question mark
     * @param otherwise what the command has left undone
     * @throws CommandFailure {@code REJECTED} at any other answer
     */
    void confirm(String question, String otherwise) {
        ask(question + " [y/N] ");
        try {
            String answer = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8)).readLine();
            if (answer == null || !answer.strip().matches("(?i)y|yes")) {
                throw new CommandFailure(Reason.REJECTED, "it was not confirmed, and " + otherwise);
            }
        } catch (IOException e) {
            throw new CommandFailure(Reason.FILE_UNREADABLE, "cannot read the answer: " + e.getMessage(), e);
        }
    }

    /** Returns who asks, for the audit: the name that was given, else that of the process's user. */
    String issuedBy(@Nullable String given) {
        return given == null ? environment.getOrDefault("USER", "") : given;
    }

    /** Prints a stack trace on standard error. */
    void trace(Throwable failure) {
        StringWriter text = new StringWriter();
        failure.printStackTrace(new PrintWriter(text));
        Secret.masked(text.toString())
                .lines()
                .forEach(line -> err.println(
                        line.startsWith("\t") ? "\t" + Printable.line(line.substring(1)) : Printable.line(line)));
    }

    /** The terminal of this process. */
    public static Terminal ofProcess() {
        return new Terminal(
                new FileInputStream(FileDescriptor.in),
                new FileOutputStream(FileDescriptor.out),
                new PrintWriter(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8),
                Clock.systemUTC(),
                System.getenv(),
                Boolean.getBoolean(STDOUT_IS_TERMINAL),
                Boolean.getBoolean(STDIN_IS_TERMINAL),
                Boolean.getBoolean(STDERR_IS_TERMINAL));
    }
}
