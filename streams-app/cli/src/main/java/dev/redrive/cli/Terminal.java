package dev.redrive.cli;

import dev.redrive.cli.CommandFailure.Reason;
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
 * The process environment of a command, replaceable in tests. Commands use it from one thread; only
 * {@code err} is safe to use from others.
 *
 * @param in standard input
 * @param out standard output, unbuffered; a write throws once the reader is gone
 * @param err standard error, flushed line by line; not escaped, so external text goes through {@link #message}
 * @param clock the wall clock
 * @param environment environment variables
 * @param interactive whether standard output is a terminal, which allows drawing
 * @param asks whether standard input is a terminal, which allows prompts
 * @param progress whether standard error is a terminal, which allows a progress line
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

    /** Set by the launcher when standard output is a terminal; Java itself cannot detect it. */
    private static final String STDOUT_IS_TERMINAL = "redrive.stdout.terminal";

    /** The same for standard input. */
    private static final String STDIN_IS_TERMINAL = "redrive.stdin.terminal";

    /** The same for standard error. */
    private static final String STDERR_IS_TERMINAL = "redrive.stderr.terminal";

    /** Prints one line on standard error, with control characters escaped and passwords removed. */
    public void message(String line) {
        err.println(Printable.line(Secret.masked(line)));
    }

    /** Prints a question on standard error; the answer comes on standard input. */
    void ask(String question) {
        err.print(Printable.line(question));
        err.flush();
    }

    /**
     * Prompts for a confirmation, and returns only on a yes.
     *
     * @param question ends in a question mark
     * @param otherwise what the command has not done, for the message
     * @throws CommandFailure {@code REJECTED} on any other answer
     */
    void confirm(String question, String otherwise) {
        if (!answer(question + " [y/N] ").strip().matches("(?i)y|yes")) {
            throw new CommandFailure(Reason.REJECTED, "it was not confirmed, and " + otherwise);
        }
    }

    /** Prompts on standard error, and returns the line that is typed; empty at the end of the input. */
    String answer(String question) {
        ask(question);
        try {
            String answer = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8)).readLine();
            return answer == null ? "" : answer;
        } catch (IOException e) {
            throw new CommandFailure(Reason.FILE_UNREADABLE, "cannot read the answer: " + e.getMessage(), e);
        }
    }

    /** Returns the issuer for the audit: the given name, else that of the process's user. */
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

    /** Returns the terminal of this process. */
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
