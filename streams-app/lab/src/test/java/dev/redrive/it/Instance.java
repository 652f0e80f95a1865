package dev.redrive.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** One of several instances: a process that is started, stopped and killed, with a state directory that outlasts it. */
final class Instance implements AutoCloseable {

    private final Platform platform;
    private final String name;
    private final Map<String, String> environment;
    private Process process;
    private int logBefore;

    Instance(Platform platform, String name, Map<String, String> environment) {
        this.platform = platform;
        this.name = name;
        this.environment = new HashMap<>(environment);
        this.environment.putIfAbsent(
                "REDRIVE_STREAMS__STATE_DIR",
                platform.directory().resolve("state-" + name).toString());
    }

    Instance start() throws IOException {
        logBefore = log().length();
        process = platform.startProcess(name, environment);
        return this;
    }

    /** Whether it has had work since its start, or is known to the group. */
    boolean running() {
        return logSinceStart().contains("-> RUNNING");
    }

    /** Tells it to stop, as an orchestrator does, and waits until it has. */
    int stop() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(30, TimeUnit.SECONDS)) {
            throw new IllegalStateException(name + " does not stop\n" + log());
        }
        return process.exitValue();
    }

    /** Ends it as a crash of the machine does. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    int awaitExit() throws InterruptedException {
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            throw new IllegalStateException(name + " does not end\n" + log());
        }
        return process.exitValue();
    }

    String logSinceStart() {
        return log().substring(logBefore);
    }

    String log() {
        try {
            return platform.processLog(name);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws InterruptedException {
        if (process != null) {
            kill();
        }
    }
}
