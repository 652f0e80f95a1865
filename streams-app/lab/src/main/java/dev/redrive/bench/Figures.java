package dev.redrive.bench;

import dev.redrive.bench.Benchmark.Figure;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** Collects the samples of the rounds; a figure is the median of its samples. Used by one thread. */
final class Figures {

    private final Map<Key, List<Double>> samples = new LinkedHashMap<>();

    private record Key(String bench, String name, String unit) {}

    void add(String bench, String name, double value, String unit) {
        samples.computeIfAbsent(new Key(bench, name, unit), key -> new ArrayList<>())
                .add(value);
    }

    /** Adds the distribution of a round's values: p50, p99, p99.9 and max., in ms. */
    void addSpread(String bench, String name, Histogram values) {
        add(bench, name + " p50", values.getValueAtPercentile(50), "ms");
        add(bench, name + " p99", values.getValueAtPercentile(99), "ms");
        add(bench, name + " p99.9", values.getValueAtPercentile(99.9), "ms");
        add(bench, name + " max", values.getMaxValue(), "ms");
    }

    /** Returns an empty histogram of milliseconds: exact up to 20 s, within 0.01 % above. For one thread. */
    static Histogram histogram() {
        return new Histogram(4);
    }

    /** Records a lateness; a negative one counts as 0, the verifier reports it as a separate fault. */
    static void record(Histogram histogram, long ms) {
        histogram.recordValue(Math.max(0, ms));
    }

    List<Figure> all() {
        return samples.entrySet().stream()
                .map(entry -> new Figure(
                        entry.getKey().bench(),
                        entry.getKey().name(),
                        median(entry.getValue()),
                        entry.getKey().unit(),
                        entry.getValue().stream()
                                .mapToDouble(Double::doubleValue)
                                .min()
                                .orElseThrow(),
                        entry.getValue().stream()
                                .mapToDouble(Double::doubleValue)
                                .max()
                                .orElseThrow()))
                .toList();
    }

    static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }
}
