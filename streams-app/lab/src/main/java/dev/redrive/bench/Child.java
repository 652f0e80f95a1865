package dev.redrive.bench;

import dev.redrive.bench.Benchmark.BenchException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A separate Java process with this process's class path. It reads requests as lines from its standard input and writes
 * answers as lines to its standard output; its log goes to a file. Used by one thread.
 */
final class Child implements AutoCloseable {

    private static final Duration STOP_WITHIN = Duration.ofSeconds(40);

    private final Process process;
    private final BufferedReader answers;
    private final Writer questions;
    private final long startedNanos;
    private final Path log;

    private Child(Process process, Path log) {
        this.process = process;
        this.answers = process.inputReader();
        this.questions = process.outputWriter();
        this.startedNanos = System.nanoTime();
        this.log = log;
    }

    /** Starts a process. */
    static Child start(Path log, List<String> options, List<String> main) {
        List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElse("java"));
        command.addAll(options);
        command.addAll(List.of("-Dfile.encoding=UTF-8", "-cp", System.getProperty("java.class.path")));
        command.addAll(main);
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
        // These variables would change the pipeline's configuration, and with it the measurement.
        builder.environment().keySet().removeIf(name -> name.startsWith("REDRIVE_"));
        try {
            return new Child(builder.start(), log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits for the next line of its answer, and returns it. */
    String answer() {
        try {
            String line = answers.readLine();
            if (line == null) {
                throw new BenchException("a process ended by itself; its log: " + log + "\n" + tail());
            }
            return line;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends a line and waits for the answer. */
    String ask(String question) {
        try {
            questions.write(question + "\n");
            questions.flush();
        } catch (IOException e) {
            throw new BenchException("a process ended by itself; its log: " + log + "\n" + tail(), List.of(), e);
        }
        return answer();
    }

    boolean alive() {
        return process.isAlive();
    }

    long pid() {
        return process.pid();
    }

    /** Returns its start time, by {@link System#nanoTime()}. */
    long startedNanos() {
        return startedNanos;
    }

    Duration cpu() {
        return process.info().totalCpuDuration().orElse(Duration.ZERO);
    }

    Path log() {
        return log;
    }

    String tail() {
        try {
            List<String> lines = Files.readAllLines(log);
            return String.join("\n", lines.subList(Math.max(0, lines.size() - 15), lines.size()));
        } catch (IOException e) {
            return "(no log: " + e + ")";
        }
    }

    /** Ends it immediately, like {@code kill -9}. */
    void kill() {
        process.destroyForcibly();
        awaitEnd();
    }

    /** Requests an orderly end, and waits for it. */
    @Override
    public void close() {
        process.destroy();
        if (!awaitEnd()) {
            kill();
        }
    }

    private boolean awaitEnd() {
        try {
            return process.waitFor(STOP_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            process.destroyForcibly();
            return true;
        }
    }
}
