package dev.redrive.metrics;

import dev.redrive.config.RedriveConfig;
import dev.redrive.domain.decide.RetryPolicy.Tier;
import dev.redrive.domain.event.Input;
import dev.redrive.domain.gate.GateName;
import dev.redrive.domain.lifecycle.Effect;
import dev.redrive.domain.lifecycle.Effect.OutcomeKind;
import dev.redrive.domain.lifecycle.Pipeline.State;
import dev.redrive.domain.lifecycle.Pipeline.Step;
import dev.redrive.domain.stats.Windows.Count;
import dev.redrive.metrics.KafkaMeters.Meters;
import dev.redrive.runtime.RedrivePipeline;
import dev.redrive.runtime.RedrivePipeline.Readiness;
import dev.redrive.runtime.SteadyClock;
import dev.redrive.runtime.StuckInputs;
import dev.redrive.topology.Signals;
import dev.redrive.topology.Signals.TaskSignals;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;

/**
 * The metrics of one instance: updated by its tasks, polled from its pipeline, read by scrapes. The metrics of the JVM
 * and the process are Micrometer's, under its names ({@code jvm_*}, {@code process_*}, {@code system_*}).
 *
 * <p>Safe for use by several threads.
 */
public final class RedriveMetrics implements Signals, AutoCloseable {

    /** The text format that every Prometheus version supports. */
    public static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";

    /** OpenMetrics 1.0. */
    public static final String OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final JvmGcMetrics garbageCollection = new JvmGcMetrics();
    private final TaskGauges tasks = new TaskGauges();
    private final StepCounters steps;
    private final ServerCounters server;
    private final MultiGauge stuckOffsets;
    private volatile LongSupplier clock = System::currentTimeMillis;
    private volatile Supplier<List<StuckInputs.Stuck>> stuck = List::of;

    /**
     * Creates metrics without values; all counters exist with 0.
     *
     * @param config the tiers
     */
    public RedriveMetrics(RedriveConfig config) {
        this.steps = new StepCounters(registry, config.retry().tierList());
        this.server = new ServerCounters(registry);
        for (Tier tier : config.retry().tierList()) {
            Meters.gauge(MetricNames.RETRIES_PENDING, () -> tasks.pending(tier.name()))
                    .tag(label(MetricNames.RETRIES_PENDING), tier.name())
                    .register(registry);
        }
        for (GateName gate : GateName.values()) {
            Meters.gauge(MetricNames.USERS_BLOCKED, () -> tasks.blocked(gate))
                    .tag(label(MetricNames.USERS_BLOCKED), gate.name())
                    .register(registry);
        }
        Meters.gauge(MetricNames.RETRIES_OVERDUE, tasks::overdue).register(registry);
        Meters.gauge(MetricNames.SERVICES_PROBED, tasks::probed).register(registry);
        Meters.gauge(MetricNames.OLDEST_PROBED, () -> tasks.oldestProbedSeconds(clock.getAsLong()))
                .register(registry);
        Meters.gauge(MetricNames.OLDEST_OVERDUE, () -> tasks.oldestOverdueSeconds(clock.getAsLong()))
                .register(registry);
        this.stuckOffsets = MultiGauge.builder(MetricNames.STUCK_INPUT_OFFSET.id())
                .description(MetricNames.STUCK_INPUT_OFFSET.help())
                .register(registry);
        String version = RedriveMetrics.class.getPackage().getImplementationVersion();
        Meters.gauge(MetricNames.BUILD, () -> 1)
                .tag(label(MetricNames.BUILD), version == null ? "unknown" : version)
                .register(registry);
        process();
    }

    private void process() {
        new JvmMemoryMetrics(Tags.empty()).bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        garbageCollection.bindTo(registry);
    }

    /** Adds the pipeline's metrics: its readiness, threads, clock and Kafka clients. Must be called once. */
    public void watch(RedrivePipeline pipeline) {
        clock = pipeline.clock();
        stuck = pipeline::stuck;
        for (Readiness readiness : Readiness.values()) {
            Meters.gauge(MetricNames.READINESS, () -> pipeline.readiness() == readiness ? 1 : 0)
                    .tag(label(MetricNames.READINESS), readiness.name())
                    .register(registry);
        }
        threadFailures(pipeline);
        clock(pipeline.clock());
        new KafkaMeters(() -> pipeline.kafkaMetrics().values()).register(registry);
    }

    private void threadFailures(RedrivePipeline pipeline) {
        String label = label(MetricNames.THREAD_FAILURES);
        Meters.counter(MetricNames.THREAD_FAILURES, pipeline, RedrivePipeline::registryFailures)
                .tag(label, ThreadFailureCause.REGISTRY_UNAVAILABLE.name())
                .register(registry);
        Meters.counter(MetricNames.THREAD_FAILURES, pipeline, RedrivePipeline::otherFailures)
                .tag(label, ThreadFailureCause.OTHER.name())
                .register(registry);
    }

    private void clock(SteadyClock watched) {
        String label = label(MetricNames.CLOCK_STEPS);
        Meters.counter(MetricNames.CLOCK_STEPS, watched, SteadyClock::stepsForward)
                .tag(label, "FORWARD")
                .register(registry);
        Meters.counter(MetricNames.CLOCK_STEPS, watched, SteadyClock::stepsBack)
                .tag(label, "BACK")
                .register(registry);
        Meters.gauge(MetricNames.CLOCK_OFFSET, () -> watched.measured() ? watched.offsetMs() / 1_000.0 : Double.NaN)
                .register(registry);
        Meters.gauge(
                        MetricNames.CLOCK_BROKER_SPREAD,
                        () -> watched.measured() ? watched.brokerSpreadMs() / 1_000.0 : Double.NaN)
                .register(registry);
        Meters.gauge(MetricNames.CLOCK_SKEW, () -> watched.skewMs() / 1_000.0).register(registry);
    }

    /** Returns the counters of the HTTP API. */
    public ServerCounters server() {
        return server;
    }

    private static String label(MetricNames name) {
        return name.labels().get(0);
    }

    @Override
    public TaskSignals open(int partition) {
        return new TaskMeters(tasks.open());
    }

    @Override
    public void outputDropped() {
        steps.outputDropped();
    }

    /** Receives one task's events. */
    private final class TaskMeters implements TaskSignals {

        private final TaskGauges.OneTask gauges;

        TaskMeters(TaskGauges.OneTask gauges) {
            this.gauges = gauges;
        }

        @Override
        public void taken(Input input, State before, Step step, Instant now) {
            steps.step(input, before, step, now);
        }

        @Override
        public void late(Count.Kind kind) {
            steps.late(kind);
        }

        @Override
        public void quarantined(Effect.About about, String reason) {
            steps.quarantined(about, reason);
        }

        @Override
        public void forwarded(Effect.About about) {
            steps.outcome(about, OutcomeKind.FORWARDED);
        }

        @Override
        public void kept(Kept kept) {
            steps.kept(kept);
        }

        @Override
        public void pending(Tier tier, long retries) {
            gauges.pending(tier, retries);
        }

        @Override
        public void checked(long nextDueMs) {
            gauges.nextDue(nextDueMs);
        }

        @Override
        public void probed(int services, long sinceMs) {
            gauges.probed(services, sinceMs);
        }

        @Override
        public void blocked(ToIntFunction<GateName> users) {
            gauges.blocked(users);
        }

        @Override
        public void overdue(int retries) {
            gauges.overdue(retries);
        }

        @Override
        public void close() {
            tasks.close(gauges);
        }
    }

    /**
     * Writes all metrics, one caller at a time: a gauge whose rows change must not be written concurrently.
     *
     * @param out stays open
     * @param contentType {@link #TEXT} or {@link #OPEN_METRICS}
     */
    public synchronized void scrape(OutputStream out, String contentType) throws IOException {
        List<StuckInputs.Stuck> records = stuck.get();
        stuckOffsets.register(
                records.isEmpty()
                        ? List.of(stuckAt("", "", -1))
                        : records.stream()
                                .<MultiGauge.Row<?>>map(record ->
                                        stuckAt(record.topic(), Integer.toString(record.partition()), record.offset()))
                                .toList(),
                true);
        registry.scrape(out, contentType);
    }

    private static MultiGauge.Row<?> stuckAt(String topic, String partition, long offset) {
        List<String> labels = MetricNames.STUCK_INPUT_OFFSET.labels();
        return MultiGauge.Row.of(Tags.of(labels.get(0), topic, labels.get(1), partition), offset);
    }

    /** Returns the response format: OpenMetrics if accepted, else text. */
    public static String contentType(String accept) {
        return accept.toLowerCase(Locale.ROOT).contains("application/openmetrics-text") ? OPEN_METRICS : TEXT;
    }

    /** Closes the JVM metrics; the caller closes the pipeline. */
    @Override
    public void close() {
        garbageCollection.close();
        registry.close();
    }

    /** Causes of a stream thread's failure, as label values. */
    enum ThreadFailureCause {
        /** The schema registry could not be reached. */
        REGISTRY_UNAVAILABLE,
        /** Anything else; the log has details. */
        OTHER
    }
}
