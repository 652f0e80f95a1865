package dev.redrive.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Collection;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import org.apache.kafka.common.Metric;

/**
 * The Kafka metrics that show whether the pipeline works, aggregated over threads, tasks and clients, so that there is
 * one series of each. The full set stays available through JMX.
 */
final class KafkaMeters {

    private static final String RESTORING = "-restore-consumer";

    private final Supplier<Collection<? extends Metric>> metrics;

    KafkaMeters(Supplier<Collection<? extends Metric>> metrics) {
        this.metrics = metrics;
    }

    void register(MeterRegistry registry) {
        gauge(registry, MetricNames.STREAM_THREADS, () -> sum("stream-metrics", "alive-stream-threads"));
        gauge(registry, MetricNames.COMMIT_MAX, () -> max("stream-thread-metrics", "commit-latency-max") / 1_000);
        gauge(registry, MetricNames.PUNCTUATE_MAX, () -> max("stream-thread-metrics", "punctuate-latency-max") / 1_000);
        gauge(
                registry,
                MetricNames.RESTORE_REMAINING,
                () -> sum("stream-task-metrics", "restore-remaining-records-total"));
        gauge(registry, MetricNames.STATE_SIZE, () -> sum("stream-state-metrics", "total-sst-files-size"));
        gauge(registry, MetricNames.CONSUMER_LAG_MAX, () -> max("consumer-fetch-manager-metrics", "records-lag-max"));
        gauge(registry, MetricNames.POLL_AGE_MAX, () -> max("consumer-metrics", "last-poll-seconds-ago"));
        counter(registry, MetricNames.REBALANCES, "consumer-coordinator-metrics", "rebalance-total");
        counter(registry, MetricNames.SEND_ERRORS, "producer-metrics", "record-error-total");
        counter(registry, MetricNames.SEND_RETRIES, "producer-metrics", "record-retry-total");
        Meters.counter(
                        MetricNames.AUTHENTICATION_FAILURES,
                        this,
                        meters -> meters.sum("producer-metrics", "failed-authentication-total")
                                + meters.sum("consumer-metrics", "failed-authentication-total")
                                + meters.sum("admin-client-metrics", "failed-authentication-total"))
                .register(registry);
    }

    private static void gauge(MeterRegistry registry, MetricNames name, Supplier<Number> value) {
        Meters.gauge(name, value).register(registry);
    }

    private void counter(MeterRegistry registry, MetricNames name, String group, String kafkaName) {
        Meters.counter(name, this, meters -> meters.sum(group, kafkaName)).register(registry);
    }

    private double sum(String group, String name) {
        return values(group, name).sum();
    }

    private double max(String group, String name) {
        return values(group, name).max().orElse(0);
    }

    /**
     * Returns the available values; a metric without samples is NaN, and one of time is negative. Consumers that
     * restore stores pause between restorations, and do not reflect the pipeline's progress.
     */
    private DoubleStream values(String group, String name) {
        return metrics.get().stream()
                .filter(metric -> metric.metricName().name().equals(name)
                        && metric.metricName().group().equals(group)
                        && !metric.metricName()
                                .tags()
                                .getOrDefault("client-id", "")
                                .endsWith(RESTORING))
                .map(Metric::metricValue)
                .filter(Number.class::isInstance)
                .mapToDouble(value -> ((Number) value).doubleValue())
                .filter(value -> value >= 0 && value < Double.MAX_VALUE);
    }

    /** Builds meters with the name, unit and help of {@link MetricNames}. */
    static final class Meters {

        private Meters() {}

        static Counter.Builder counter(MetricNames name) {
            return Counter.builder(name.id()).description(name.help());
        }

        static <T> FunctionCounter.Builder<T> counter(MetricNames name, T source, ToDoubleFunction<T> value) {
            return FunctionCounter.builder(name.id(), source, value).description(name.help());
        }

        static Gauge.Builder<Supplier<Number>> gauge(MetricNames name, Supplier<Number> value) {
            Gauge.Builder<Supplier<Number>> gauge =
                    Gauge.builder(name.id(), value).description(name.help()).strongReference(true);
            return name.unit() == MetricNames.Unit.NONE ? gauge : gauge.baseUnit(name.unitWord());
        }

        static Counter register(MeterRegistry registry, MetricNames name, String... values) {
            Counter.Builder counter = counter(name);
            for (int i = 0; i < values.length; i++) {
                counter.tag(name.labels().get(i), values[i]);
            }
            return counter.register(registry);
        }
    }
}
