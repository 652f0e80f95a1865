package dev.redrive.lab;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.redrive.sim.Figures;
import dev.redrive.sim.PolicyReport;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** The report of a policy in a scenario as one line of JSON: the median and the worst of each figure, then all by seed. */
final class SimulationJson {

    private static final Map<String, ToDoubleFunction<Figures>> FIGURES = figures();

    private SimulationJson() {}

    static String line(PolicyReport report) {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("scenario", report.scenario());
        values.put("policy", report.policy().word());
        values.put("seeds", report.bySeed().stream().map(Figures::seed).toList());
        FIGURES.forEach((name, figure) -> values.put(name, spread(report.median(figure), report.worst(figure))));
        values.put(
                "bySeed", report.bySeed().stream().map(SimulationJson::ofSeed).toList());
        try {
            return new JsonMapper().writeValueAsString(values);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("texts and numbers can be written", e);
        }
    }

    private static Map<String, Object> spread(double median, double worst) {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("median", number(median));
        values.put("worst", number(worst));
        return values;
    }

    private static Map<String, Object> ofSeed(Figures figures) {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("seed", figures.seed());
        FIGURES.forEach((name, figure) -> values.put(name, number(figure.applyAsDouble(figures))));
        return values;
    }

    /** Whole numbers without a fraction; others with four places, so that equal runs give equal lines. */
    private static Number number(double value) {
        if (value == Math.rint(value)) {
            return Math.round(value);
        }
        return Math.round(value * 1e4) / 1e4;
    }

    private static Map<String, ToDoubleFunction<Figures>> figures() {
        Map<String, ToDoubleFunction<Figures>> figures = new LinkedHashMap<>();
        figures.put("makespanMs", Figures::makespanMs);
        figures.put("makespanRatio", Figures::ratio);
        figures.put("meanJobMs", Figures::meanJobMs);
        figures.put("calls", Figures::calls);
        figures.put("callsPerJob", Figures::callsPerJob);
        figures.put("wasted", Figures::wasted);
        figures.put("wastedShare", Figures::wastedShare);
        figures.put("retries", Figures::retries);
        figures.put("wastedRetries", Figures::wastedRetries);
        figures.put("wastedRetryShare", Figures::wastedRetryShare);
        figures.put("allowanceBurnt", Figures::allowanceBurnt);
        figures.put("unfinished", Figures::unfinished);
        figures.put("worstSlowdown", Figures::worstSlowdown);
        return figures;
    }
}
