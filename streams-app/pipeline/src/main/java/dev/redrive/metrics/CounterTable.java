package dev.redrive.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;

/**
 * The counters of one metric with one label, made beforehand for every value, so that each is there from the start with 0
 * and counting looks nothing up in the registry.
 */
final class CounterTable<E extends Enum<E>> {

    private final Map<E, Counter> counters;

    /**
     * Makes the counters.
     *
     * @param values what the last label takes
     * @param before the values of the labels before it
     */
    CounterTable(MeterRegistry registry, MetricNames name, Class<E> values, String... before) {
        this.counters = new EnumMap<>(values);
        for (E value : values.getEnumConstants()) {
            String[] all = Arrays.copyOf(before, before.length + 1);
            all[before.length] = value.name();
            counters.put(value, Meters.register(registry, name, all));
        }
    }

    void increment(E value) {
        Counter counter = counters.get(value);
        if (counter != null) {
            counter.increment();
        }
    }
}
