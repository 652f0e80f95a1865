package dev.redrive.sim;

import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * What one policy came to in one scenario.
 *
 * @param scenario name of the scenario
 * @param policy the policy
 * @param bySeed its figures, in the order of the seeds; at least one
 */
public record PolicyReport(String scenario, PolicyKind policy, List<Figures> bySeed) {

    /** Copies the list. */
    public PolicyReport {
        bySeed = List.copyOf(bySeed);
    }

    /** The middle value over all seeds; the mean of the two in the middle where their number is even. */
    public double median(ToDoubleFunction<Figures> figure) {
        double[] values = sorted(figure);
        int middle = values.length / 2;
        return values.length % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    }

    /** The greatest value over all seeds. */
    public double worst(ToDoubleFunction<Figures> figure) {
        double[] values = sorted(figure);
        return values[values.length - 1];
    }

    private double[] sorted(ToDoubleFunction<Figures> figure) {
        double[] values = bySeed.stream().mapToDouble(figure).toArray();
        Arrays.sort(values);
        return values;
    }
}
