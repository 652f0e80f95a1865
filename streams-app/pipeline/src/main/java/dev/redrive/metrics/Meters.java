package dev.redrive.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/** Builders of meters with the name, unit and help that {@link MetricNames} gives. */
final class Meters {

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
