package dev.redrive.dev;

import dev.redrive.codec.Printable;
import dev.redrive.contract.TopicNames;
import dev.redrive.dev.DevSettings.WorkloadSettings;
import dev.redrive.runtime.TopicAdmin;
import dev.redrive.runtime.TopicAdmin.TopicCreation;
import dev.redrive.runtime.TopicPlan;
import dev.redrive.sim.LiveRun;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A complete Redrive on this machine: broker, schema registry, topics, pipeline, a simulated workload and a summary.
 *
 * <p>It listens on 127.0.0.1 only and keeps everything in one directory, so that a later start continues. Start and
 * close it from one thread.
 */
public final class DevInstance implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(DevInstance.class);
    private static final Duration TOPICS_WITHIN = Duration.ofSeconds(60);

    /** Starts the pipeline; closing the returned object stops it. */
    @FunctionalInterface
    public interface PipelineStarter {
        /** Starts the pipeline on a broker that already has its topics. */
        AutoCloseable start(String bootstrapServers, String registryUrl, Path stateDirectory) throws Exception;
    }

    private final Deque<AutoCloseable> started = new ArrayDeque<>();
    private final DevSettings settings;
    private final PrintStream out;
    private final Map<String, Object> connection = new HashMap<>();
    private final Runnable finished;
    private volatile @Nullable Workload workload;
    private volatile boolean closed;

    private DevInstance(DevSettings settings, PrintStream out, Runnable finished) {
        this.settings = settings;
        this.out = out;
        this.finished = finished;
    }

    /**
     * Starts all parts, and prints their addresses.
     *
     * @param out receives addresses and the summary; not closed
     * @param terminal whether {@code out} is a terminal that supports ANSI escape sequences
     * @param finished called once, on another thread, when all jobs of a scenario are done or its bound is reached
     * @throws DevException if a part cannot start; the parts already started are stopped
     */
    public static DevInstance start(
            DevSettings settings, PipelineStarter pipeline, PrintStream out, boolean terminal, Runnable finished) {
        DevInstance instance = new DevInstance(settings, out, finished);
        boolean complete = false;
        try {
            instance.startParts(pipeline, terminal);
            complete = true;
            return instance;
        } finally {
            if (!complete) {
                instance.close();
            }
        }
    }

    private void startParts(PipelineStarter pipeline, boolean terminal) {
        Path data = settings.dataDirectory().toAbsolutePath().normalize();
        TopicNames names = settings.topics().names();
        int base = settings.portBase();
        keep(DirectoryLock.acquire(data));
        print("starting a development instance of Redrive; data in " + data);
        EmbeddedBroker broker = keep(EmbeddedBroker.start(data.resolve("broker"), base, base + 1));
        DevRegistry registry = keep(DevRegistry.start(data.resolve("registry"), base + 2));
        connection.put("bootstrap.servers", broker.bootstrapServers());
        connection.put("schema.registry.url", registry.url());
        createTopics();
        startPipeline(pipeline, broker.bootstrapServers(), registry.url(), data.resolve("streams"));
        print("broker           " + broker.bootstrapServers());
        print("schema registry  " + registry.url());
        print("log              " + settings.logFile());
        print("topics           " + names.prefix() + "*");
        WorkloadSettings wanted = settings.workload();
        if (wanted != null) {
            Workload begun = keep(Workload.start(wanted, connection, names, finished));
            workload = begun;
        }
        if (!(wanted instanceof WorkloadSettings.Scripted)) {
            started.push(() -> print("stopping; the next start goes on from here"));
        }
        if (settings.summary()) {
            keep(LiveSummary.start(connection, names, out, terminal, frame()));
        }
    }

    private SummaryText.Frame frame() {
        String ports =
                settings.portBase() == DevSettings.DEFAULT_PORT_BASE ? "" : " --port-base " + settings.portBase();
        List<String> hints = new ArrayList<>();
        hints.add("broker " + bootstrapServers() + "   schema registry " + registryUrl());
        hints.add("log " + settings.logFile());
        hints.add("Ctrl-C ends it; in another terminal try: redrive tail ready" + ports);
        return new SummaryText.Frame("Redrive, development instance", hints);
    }

    private void print(String line) {
        out.println(Printable.line(line));
    }

    private void createTopics() {
        try (TopicAdmin admin = new TopicAdmin(connection, TOPICS_WITHIN)) {
            for (TopicCreation creation : admin.create(TopicPlan.of(settings.topics()))) {
                switch (creation.result()) {
                    case CREATED, EXISTS -> {}
                    case DIFFERS -> creation.findings().forEach(finding -> print("warning: " + finding));
                    case REFUSED ->
                        throw new DevException(
                                DevException.Reason.START_FAILED,
                                "the topic " + creation.topic() + " could not be made: " + creation.detail(),
                                null);
                }
            }
        }
    }

    private void startPipeline(PipelineStarter pipeline, String bootstrap, String registryUrl, Path state) {
        try {
            keep(pipeline.start(bootstrap, registryUrl, state));
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new DevException(
                    DevException.Reason.START_FAILED, "the pipeline did not start: " + e.getMessage(), e);
        }
    }

    /** Returns a consumer of committed records, from the beginning, without auto-commit. */
    static KafkaConsumer<byte[], byte[]> consumer(Map<String, ?> connection, Map<String, ?> more) {
        Map<String, Object> config = new HashMap<>(connection);
        config.put("isolation.level", "read_committed");
        config.put("auto.offset.reset", "earliest");
        config.put("enable.auto.commit", false);
        config.putAll(more);
        return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private <T extends AutoCloseable> T keep(T part) {
        started.push(part);
        return part;
    }

    /** Returns the run of a scenario, to be read after {@link #close}; {@code null} if none has started. */
    public @Nullable LiveRun run() {
        Workload begun = workload;
        return begun == null ? null : begun.run();
    }

    public String bootstrapServers() {
        return String.valueOf(connection.get("bootstrap.servers"));
    }

    public String registryUrl() {
        return String.valueOf(connection.get("schema.registry.url"));
    }

    /** Stops all parts, last started first, and waits for each; a failure to stop one does not affect the others. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        while (!started.isEmpty()) {
            AutoCloseable part = started.pop();
            try {
                part.close();
            } catch (Exception e) {
                LOG.warn("{} did not stop cleanly", part.getClass().getSimpleName(), e);
            }
        }
    }

    /** A part of the development instance failed; the message contains the remedy. */
    public static final class DevException extends RuntimeException {

        /** The cause; the names are stable. */
        public enum Reason {
            DIRECTORY_IN_USE,
            DIRECTORY_UNUSABLE,
            PORT_IN_USE,
            DATA_UNREADABLE,
            /** A part did not start for another reason; see the exception's cause. */
            START_FAILED
        }

        private final Reason reason;

        DevException(Reason reason, String message, @Nullable Throwable cause) {
            super(Objects.requireNonNull(message, "message"), cause);
            this.reason = reason;
        }

        public Reason reason() {
            return reason;
        }
    }
}
