package dev.redrive.server;

import dev.redrive.codec.InputRecords;
import dev.redrive.config.RedriveConfig;
import dev.redrive.contract.TopicNames;
import dev.redrive.metrics.ServerCounters;
import dev.redrive.runtime.Wiring;
import dev.redrive.server.api.ApiRoute;
import dev.redrive.server.api.ApiServer;
import dev.redrive.server.api.AuditLog;
import dev.redrive.server.api.CommandRoutes;
import dev.redrive.server.api.FailureRoutes;
import dev.redrive.server.api.HealthRoutes;
import dev.redrive.server.api.IndexReads;
import dev.redrive.server.api.LetterRoutes;
import dev.redrive.server.api.Redaction;
import dev.redrive.server.api.RedriveRoutes;
import dev.redrive.server.api.RouteHandler;
import dev.redrive.server.api.WebhookRoutes;
import dev.redrive.server.index.IndexFeed;
import dev.redrive.server.index.IndexFile;
import dev.redrive.server.index.LetterIndex;
import dev.redrive.server.index.LetterPayloads;
import dev.redrive.server.index.RedriveIndex;
import dev.redrive.server.redrive.Planner;
import dev.redrive.server.redrive.RedriveService;
import dev.redrive.server.redrive.Redrives;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What serves people and programs on one instance: the index with its feed, and the HTTP API. Start and close it from
 * one thread. Its parts live as long as it does.
 */
public final class RedriveServer implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(RedriveServer.class);
    private static final Duration ANSWERED_WITHIN = Duration.ofSeconds(5);

    /** Max. time of one request to a broker; a reader of the API waits for it. */
    private static final int CALL_TIMEOUT_MS = 4_000;

    private static final int FETCH_MAX_BYTES = 8 << 20;
    private static final long FLUSH_SECONDS = 10;

    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private final RedriveConfig config;
    private final ServerCounters counters;
    private final Clock clock = Clock.systemUTC();
    private @Nullable ApiServer api;

    private RedriveServer(RedriveConfig config, ServerCounters counters) {
        this.config = config;
        this.counters = counters;
    }

    /**
     * Starts all parts. The topics must exist; the index catches up after the start.
     *
     * @param config with {@code server.port}
     * @throws ApiServer.ApiServerException if the port cannot be opened
     * @throws dev.redrive.config.ConfigException if the tokens file has mistakes
     * @throws java.io.UncheckedIOException if the index's directory cannot be written
     */
    public static RedriveServer start(RedriveConfig config, ServerCounters counters) {
        RedriveServer server = new RedriveServer(config, counters);
        boolean started = false;
        try {
            server.startParts();
            started = true;
            return server;
        } finally {
            if (!started) {
                server.close();
            }
        }
    }

    private void startParts() {
        TopicNames names = config.topics().names();
        RecordWriter writer = keep(RecordWriter.open(config));
        AuditLog audit = keep(new AuditLog(writer, names.audit(), clock, counters));
        CommandAnswers answers = new CommandAnswers(names.commands());
        IndexFile file = keep(IndexFile.open(config.server().directory(config.streams()), System::nanoTime));
        IndexFeed feed = keep(new IndexFeed(
                file,
                () -> consumer("index", null),
                Wiring.registry(config),
                names,
                config.topics().retention().deadLetters(),
                clock::millis,
                answers::outcome));
        IndexReads reads = new IndexReads(feed, clock);
        CommandRoutes commands = new CommandRoutes(
                new CommandWriter(writer, names.commands(), answers), answers, audit, clock, ANSWERED_WITHIN);
        Map<ApiRoute, RouteHandler> handlers = new EnumMap<>(ApiRoute.class);
        new HealthRoutes(reads).addTo(handlers);
        commands.addTo(handlers);
        letters(names, file, reads, commands, audit).addTo(handlers);
        InputRecords records = new InputRecords(InputRecords.Topic.failures, Wiring.mapper(config), clock);
        new FailureRoutes(records, writer, names.failures(), audit, counters, clock).addTo(handlers);
        new WebhookRoutes(config.server().webhooks(), records, writer, names, audit, counters, clock).addTo(handlers);
        redrives(names, file, feed, reads, writer, audit).addTo(handlers);
        feed.start();
        flushRegularly(audit);
        api = keep(ApiServer.start(config.server(), handlers, audit, counters));
        LOG.info("HTTP API: {}", url());
    }

    private void flushRegularly(AuditLog audit) {
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "redrive-audit");
            thread.setDaemon(true);
            return thread;
        });
        parts.push(timer::shutdownNow);
        timer.scheduleWithFixedDelay(audit::flush, FLUSH_SECONDS, FLUSH_SECONDS, TimeUnit.SECONDS);
    }

    private LetterRoutes letters(
            TopicNames names, IndexFile file, IndexReads reads, CommandRoutes commands, AuditLog audit) {
        return new LetterRoutes(
                new LetterIndex(file),
                reads,
                keep(new LetterPayloads(
                        () -> consumer("letters", null), Wiring.registry(config), names, System::nanoTime)),
                commands,
                audit,
                new Redaction(config.server().redact()),
                config.server().payloadsVisibleTo(),
                clock);
    }

    /** Starts to carry out redrives, and returns the routes about them. */
    private RedriveRoutes redrives(
            TopicNames names, IndexFile file, IndexFeed feed, IndexReads reads, RecordWriter writer, AuditLog audit) {
        RedriveIndex index = new RedriveIndex(file);
        LetterPayloads payloads = keep(
                new LetterPayloads(() -> consumer("redrives", null), Wiring.registry(config), names, System::nanoTime));
        RedriveService service = keep(new RedriveService(
                () -> consumer("runner", config.applicationId() + "-redrives"),
                partition -> RecordWriter.producer(config, config.applicationId() + "-redrives-" + partition),
                index,
                feed,
                payloads,
                names,
                clock::millis));
        service.start();
        Redrives redrives = new Redrives(
                new Planner(index, config.redrives().maxPerJob()),
                index,
                writer,
                names,
                clock::millis,
                () -> UUID.randomUUID().toString());
        return new RedriveRoutes(redrives, index, new LetterIndex(file), reads, audit, clock);
    }

    /** Creates a consumer of committed records; {@code null} for no group. */
    private Consumer<byte[], byte[]> consumer(String purpose, @Nullable String group) {
        Map<String, Object> settings = new HashMap<>(config.kafka().properties().passed());
        settings.put("bootstrap.servers", String.join(",", config.kafka().bootstrapServers()));
        settings.put("client.id", config.applicationId() + "-server-" + purpose);
        if (group != null) {
            settings.put("group.id", group);
            settings.put("session.timeout.ms", (int)
                    config.streams().sessionTimeout().toMillis());
        }
        settings.put("isolation.level", "read_committed");
        settings.put("enable.auto.commit", false);
        settings.put("auto.offset.reset", "earliest");
        settings.put("allow.auto.create.topics", false);
        settings.put("default.api.timeout.ms", CALL_TIMEOUT_MS);
        settings.put("request.timeout.ms", CALL_TIMEOUT_MS);
        settings.put("fetch.max.bytes", FETCH_MAX_BYTES);
        settings.put("fetch.max.wait.ms", 100);
        return new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private <T extends AutoCloseable> T keep(T part) {
        parts.push(part);
        return part;
    }

    /** Returns the address of the API. */
    public URI url() {
        ApiServer started = api;
        if (started == null) {
            throw new IllegalStateException("the server is not started");
        }
        return started.url();
    }

    /** Stops all parts, the last started first; a failure to stop one does not affect the others. */
    @Override
    public void close() {
        while (!parts.isEmpty()) {
            AutoCloseable part = parts.pop();
            try {
                part.close();
            } catch (Exception e) {
                LOG.warn("{} did not stop cleanly", part.getClass().getSimpleName(), e);
            }
        }
    }
}
