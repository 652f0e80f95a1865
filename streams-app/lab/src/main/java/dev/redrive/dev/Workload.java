package dev.redrive.dev;

import dev.redrive.avro.RetryRequest;
import dev.redrive.contract.TopicNames;
import dev.redrive.dev.DevSettings.WorkloadSettings;
import dev.redrive.dev.JobSource.Attempt;
import dev.redrive.dev.ReportOutbox.AttemptReports;
import dev.redrive.dev.ReportOutbox.PublishedReports;
import dev.redrive.serde.AvroSerdes;
import dev.redrive.serde.RegistryUnavailableException;
import dev.redrive.serde.UndecodableException;
import dev.redrive.sim.ApiBehaviour;
import dev.redrive.sim.LiveRun;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a simulated batch system: submits jobs of virtual users to the simulated API, publishes their outcomes, and
 * makes the attempts that Redrive releases. It runs on its own thread from {@link #start} to {@link #close}.
 */
final class Workload implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Workload.class);
    private static final Duration MAX_PAUSE = Duration.ofMillis(20);
    private static final Duration COMMIT_EVERY = Duration.ofSeconds(1);
    private static final Duration OUTAGE_PAUSE = Duration.ofMillis(500);
    private static final Duration STOP_WITHIN = Duration.ofSeconds(15);
    private static final String CLIENT_ID = "redrive-dev-workload";
    private static final int MAX_UNSENT = 10_000;

    private final Clock clock = Clock.systemUTC();
    private final Runnable finished;
    private final AttemptReports reports;
    private final Load load;
    private final KafkaConsumer<byte[], byte[]> ready;
    private final Deserializer<RetryRequest> decoder;
    private final CountDownLatch stop = new CountDownLatch(1);
    private final Thread thread;

    private Workload(WorkloadSettings settings, Map<String, ?> connection, TopicNames topics, Runnable finished) {
        this.reports = new PublishedReports(connection, topics);
        this.finished = finished;
        String run = Long.toString(clock.millis(), Character.MAX_RADIX);
        ReportOutbox outbox = new ReportOutbox(reports, MAX_UNSENT);
        if (settings instanceof WorkloadSettings.Scripted scripted) {
            this.load = new ScenarioLoad(scripted, outbox, run + "-");
        } else {
            WorkloadSettings.Endless endless = (WorkloadSettings.Endless) settings;
            SimulatedApi api = new SimulatedApi(endless.seed(), ApiBehaviour.demo());
            this.load = new Load.Endless(new BatchSystem(api, outbox), new JobSource(endless, run));
        }
        this.decoder = AvroSerdes.deserializer(RetryRequest.class, connection);
        this.ready = DevInstance.consumer(
                connection, Map.of("client.id", CLIENT_ID, "group.id", CLIENT_ID, "max.poll.records", 200));
        this.ready.subscribe(List.of(topics.ready()));
        this.thread = new Thread(this::work, "dev-workload");
    }

    /**
     * Starts the workload.
     *
     * @param connection {@code bootstrap.servers}, {@code schema.registry.url} and further client settings
     * @param finished called once, on the workload's thread, when all jobs are done; never for endless jobs
     */
    static Workload start(WorkloadSettings settings, Map<String, ?> connection, TopicNames topics, Runnable finished) {
        Workload workload = new Workload(settings, connection, topics, finished);
        workload.thread.start();
        return workload;
    }

    /** Returns the run of a scenario; {@code null} without one, or before it has started. Read it after {@link #close}. */
    @Nullable
    LiveRun run() {
        return load.run();
    }

    private void work() {
        try (ready) {
            Instant committed = clock.instant();
            boolean reported = false;
            while (stop.getCount() > 0) {
                pollRetries();
                if (load instanceof ScenarioLoad && ready.assignment().isEmpty()) {
                    // A release that nobody reads yet would count as a slow pipeline.
                    continue;
                }
                Instant now = clock.instant();
                load.tick(now);
                if (Duration.between(committed, now).compareTo(COMMIT_EVERY) >= 0) {
                    ready.commitAsync();
                    committed = now;
                }
                if (!reported && load.finished()) {
                    reported = true;
                    finished.run();
                }
            }
            load.stop(clock.instant());
            ready.commitSync(Duration.ofSeconds(5));
        } catch (KafkaException e) {
            LOG.error("the simulated workload has stopped", e);
        }
    }

    private Duration pause() {
        Duration next = load.untilNext(clock.instant());
        return next.compareTo(MAX_PAUSE) < 0 ? next : MAX_PAUSE;
    }

    private void pollRetries() {
        for (ConsumerRecord<byte[], byte[]> record : ready.poll(pause())) {
            try {
                RetryRequest retry = decode(record);
                if (retry != null) {
                    load.make(Attempt.of(retry), clock.instant());
                }
            } catch (UndecodableException e) {
                LOG.warn(
                        "{}-{} offset {} is skipped: {}",
                        record.topic(),
                        record.partition(),
                        record.offset(),
                        e.reason());
            }
        }
    }

    /** Retries during an outage of the registry; {@code null} if there is nothing to do, or on a stop. */
    private @Nullable RetryRequest decode(ConsumerRecord<byte[], byte[]> record) {
        while (true) {
            try {
                return decoder.deserialize(record.topic(), record.value());
            } catch (RegistryUnavailableException e) {
                if (stopsWithin(OUTAGE_PAUSE)) {
                    return null;
                }
            }
        }
    }

    private boolean stopsWithin(Duration time) {
        try {
            return stop.await(time.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    /** Stops submitting, reports running jobs, and waits for completion; max. 15 s plus the reports' own timeout. */
    @Override
    public void close() {
        stop.countDown();
        try {
            thread.join(STOP_WITHIN.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        reports.close();
        decoder.close();
    }
}
