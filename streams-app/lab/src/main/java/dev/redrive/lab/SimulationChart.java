package dev.redrive.lab;

import dev.redrive.sim.PolicyKind;
import dev.redrive.sim.Simulation.Figures;
import dev.redrive.sim.Simulation.PolicyReport;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.DoubleUnaryOperator;
import java.util.function.ToDoubleFunction;

/**
 * Draws reports as SVG 1.1: makespans and wasted retries, a group of bars per scenario, a bar per policy. A bar is the
 * median, the line above it extends to the worst seed.
 */
final class SimulationChart {

    /** Colours that the colour-blind can distinguish (Okabe, Ito: Color universal design, 2008), and a grey. */
    private static final List<String> COLOURS =
            List.of("#d55e00", "#e69f00", "#cc79a7", "#999999", "#56b4e9", "#0072b2", "#009e73", "#000000");

    private static final int LEFT = 56;
    private static final int RIGHT = 16;
    private static final int BAR = 22;
    private static final int GAP = 28;
    private static final int TOP = 92;
    private static final int PANEL = 220;
    private static final int BETWEEN = 76;
    private static final int MIN_WIDTH = 640;

    private final StringBuilder svg = new StringBuilder(16_384);
    private final List<PolicyReport> reports;
    private final List<String> scenarios;
    private final List<PolicyKind> policies;
    private final int width;

    private SimulationChart(List<PolicyReport> reports) {
        this.reports = reports;
        this.scenarios = reports.stream().map(PolicyReport::scenario).distinct().toList();
        this.policies = reports.stream().map(PolicyReport::policy).distinct().toList();
        this.width = Math.max(MIN_WIDTH, LEFT + scenarios.size() * groupWidth() + RIGHT);
    }

    /** Returns a complete SVG document. */
    static String svg(List<PolicyReport> reports, String seeds) {
        SimulationChart chart = new SimulationChart(reports);
        chart.draw(seeds);
        return chart.svg.toString();
    }

    private void draw(String seeds) {
        int height = TOP + PANEL + BETWEEN + PANEL + 48;
        line(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\""
                        + " font-family=\"Helvetica, Arial, sans-serif\" font-size=\"12\" fill=\"#222222\">",
                width, height, width, height);
        line("<title>Retry policies compared</title>");
        line("<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>", width, height);
        text(LEFT, 24, 16, "start", "Retry policies against a simulated API");
        text(LEFT, 42, 12, "start", "medians over " + seeds + "; thin lines reach to the worst seed");
        legend();
        double max = reports.stream()
                .mapToDouble(report -> report.worst(Figures::ratio))
                .max()
                .orElse(1);
        double decades = Math.max(Math.log10(max), Math.log10(2)) * 1.05;
        panel(
                TOP,
                "makespan, in times of the oracle's (logarithmic)",
                Map.of(1.0, "1", 2.0, "2", 5.0, "5", 10.0, "10", 20.0, "20", 50.0, "50", 100.0, "100"),
                Figures::ratio,
                value -> Math.log10(Math.max(value, 1)) / decades,
                "");
        panel(
                TOP + PANEL + BETWEEN,
                "retries answered 429, 402 or 503, of all retries of the policy",
                Map.of(0.0, "0 %", 0.25, "25 %", 0.5, "50 %", 0.75, "75 %", 1.0, "100 %"),
                Figures::wastedRetryShare,
                value -> value / 1.05,
                "%");
        line("</svg>");
    }

    private void legend() {
        int x = LEFT;
        for (PolicyKind policy : policies) {
            line("<rect x=\"%d\" y=\"56\" width=\"12\" height=\"12\" fill=\"%s\"/>", x, colour(policy));
            text(x + 16, 66, 12, "start", policy.word());
            x += 28 + 7 * policy.word().length();
        }
    }

    private void panel(
            int top,
            String title,
            Map<Double, String> ticks,
            ToDoubleFunction<Figures> figure,
            DoubleUnaryOperator height,
            String unit) {
        int bottom = top + PANEL;
        text(LEFT, top - 6, 12, "start", title);
        // Sorted, so that equal reports give equal charts.
        new TreeMap<>(ticks).forEach((value, label) -> {
            double share = height.applyAsDouble(value);
            if (share <= 1) {
                double y = bottom - share * PANEL;
                line(
                        "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"#dddddd\"/>",
                        LEFT, y, width - RIGHT, y);
                text(LEFT - 6, y + 4, 11, "end", label);
            }
        });
        for (PolicyReport report : reports) {
            bar(report, bottom, figure, height, unit);
        }
        for (int i = 0; i < scenarios.size(); i++) {
            int middle = LEFT + i * groupWidth() + groupWidth() / 2;
            text(middle, bottom + 18, 12, "middle", scenarios.get(i));
        }
        line("<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"#222222\"/>", LEFT, bottom, width - RIGHT, bottom);
    }

    private void bar(
            PolicyReport report,
            int bottom,
            ToDoubleFunction<Figures> figure,
            DoubleUnaryOperator height,
            String unit) {
        double median = report.median(figure);
        double y = bottom - height.applyAsDouble(median) * PANEL;
        double worstY = bottom - height.applyAsDouble(report.worst(figure)) * PANEL;
        int x = LEFT
                + scenarios.indexOf(report.scenario()) * groupWidth()
                + GAP / 2
                + policies.indexOf(report.policy()) * BAR;
        double middle = x + (BAR - 2) / 2.0;
        String label = unit.isEmpty()
                ? SimulationText.decimal(median)
                : String.format(Locale.ROOT, "%.0f", median * 100) + unit;
        line(
                "<rect x=\"%d\" y=\"%.1f\" width=\"%d\" height=\"%.1f\" fill=\"%s\"><title>%s, %s: %s</title></rect>",
                x,
                y,
                BAR - 2,
                bottom - y,
                colour(report.policy()),
                report.scenario(),
                report.policy().word(),
                label);
        line("<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#222222\"/>", middle, y, middle, worstY);
        text(middle, Math.min(y, worstY) - 3, 9, "middle", label);
    }

    private int groupWidth() {
        return policies.size() * BAR + GAP;
    }

    private static String colour(PolicyKind policy) {
        return COLOURS.get(policy.ordinal() % COLOURS.size());
    }

    private void text(double x, double y, int size, String anchor, String text) {
        line("<text x=\"%.1f\" y=\"%.1f\" font-size=\"%d\" text-anchor=\"%s\">%s</text>", x, y, size, anchor, text);
    }

    private void line(String format, Object... values) {
        svg.append(String.format(Locale.ROOT, format, values)).append('\n');
    }
}
