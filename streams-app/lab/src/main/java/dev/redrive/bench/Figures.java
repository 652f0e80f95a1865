package dev.redrive.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Collects what the rounds gave; a figure is the median of its samples. Used by one thread. */
final class Figures {

    private final Map<Key, List<Double>> samples = new LinkedHashMap<>();

    private record Key(String bench, String name, String unit) {}

    /** Adds one round's value. */
    void add(String bench, String name, double value, String unit) {
        samples.computeIfAbsent(new Key(bench, name, unit), key -> new ArrayList<>())
                .add(value);
    }

    /** Adds how a round's values spread: p50, p99, p99.9 and the largest, in milliseconds. */
    void addSpread(String bench, String name, Samples values) {
        add(bench, name + " p50", values.quantile(0.5), "ms");
        add(bench, name + " p99", values.quantile(0.99), "ms");
        add(bench, name + " p99.9", values.quantile(0.999), "ms");
        add(bench, name + " max", values.quantile(1), "ms");
    }

    /** The median of what was added; {@code NaN} when nothing was. */
    double median(String bench, String name) {
        return samples.entrySet().stream()
                .filter(entry -> entry.getKey().bench().equals(bench)
                        && entry.getKey().name().equals(name))
                .findFirst()
                .map(entry -> median(entry.getValue()))
                .orElse(Double.NaN);
    }

    /** All figures, in the order in which each came first. */
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

    /** The middle value; of an even number, the mean of the two in the middle. */
    static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }
}
