package dev.redrive.lab;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.redrive.cli.TextTable;
import dev.redrive.config.DurationText;
import dev.redrive.sim.ApiBehaviour;
import dev.redrive.sim.ApiBehaviour.Hints;
import dev.redrive.sim.ApiBehaviour.Outage;
import dev.redrive.sim.ApiBehaviour.Plan;
import dev.redrive.sim.ApiBehaviour.PlanChange;
import dev.redrive.sim.JobLengths;
import dev.redrive.sim.PolicyKind;
import dev.redrive.sim.Scenario;
import dev.redrive.sim.Scenario.Latency;
import dev.redrive.sim.Scenario.Load;
import dev.redrive.sim.Scenario.Workers;
import dev.redrive.sim.Simulation;
import dev.redrive.sim.Simulation.Figures;
import dev.redrive.sim.Simulation.PolicyReport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/** Formats simulation results as text. */
final class SimulationText {

    private static final List<String> LEGEND = List.of(
            "makespan   from the first arrival to the last job's end; ratio: in times of the oracle's",
            "mean job   from a job's arrival to its end",
            "wasted     calls answered 429, 402 or 503",
            "retries    all calls but the first of each job, which no policy is asked for",
            "of calls   wasted retries, of all calls",
            "burnt      calls that cost allowance",
            "slowdown   the worst user's time in times of its own under the oracle",
            "idle       slot time in which a slot is free while a job waits for nothing else",
            "reaction   mean time from an opening for a waiting job to the user's next accepted call",
            "unfairness the slowest user's time in times of the mean user's");

    private SimulationText() {}

    /** Returns a table per scenario: medians over the seeds, and the worst values of the main figures. */
    static List<String> tables(Simulation simulation, List<PolicyReport> reports) {
        List<String> lines = new ArrayList<>();
        lines.add("medians over " + seeds(simulation) + "; (worst)");
        for (Scenario scenario : simulation.scenarios()) {
            lines.add("");
            lines.add(scenario.name() + ": " + scenario.load().jobs() + " jobs of "
                    + scenario.load().users() + " users. " + scenario.summary());
            lines.addAll(table(reports.stream()
                    .filter(report -> report.scenario().equals(scenario.name()))
                    .toList()));
        }
        lines.add("");
        lines.addAll(LEGEND);
        return lines;
    }

    /** Returns the figures of a run in real time, and below it those of the same scenario and seed in virtual time. */
    static List<String> live(PolicyReport real, List<PolicyReport> simulated) {
        List<String> lines = new ArrayList<>();
        long seed = real.bySeed().get(0).seed();
        lines.add("");
        lines.add(real.scenario() + ", seed " + seed + ": through the pipeline in real time, and in the simulation");
        TextTable table = table();
        row(table, "in real time", real);
        simulated.forEach(report -> row(table, report.policy().word(), report));
        lines.addAll(table.lines());
        lines.add("");
        lines.addAll(LEGEND);
        return lines;
    }

    static String seeds(Simulation simulation) {
        List<Long> seeds = simulation.seeds();
        return seeds.size() == 1
                ? "seed " + seeds.get(0)
                : "seeds " + seeds.get(0) + " to " + seeds.get(seeds.size() - 1);
    }

    private static List<String> table(List<PolicyReport> reports) {
        TextTable table = table();
        reports.forEach(report -> row(table, report.policy().word(), report));
        return table.lines();
    }

    private static TextTable table() {
        return new TextTable(
                "POLICY",
                "MAKESPAN",
                "RATIO",
                "MEAN JOB",
                "CALLS",
                "PER JOB",
                "WASTED",
                "RETRIES",
                "WASTED RETRIES",
                "OF CALLS",
                "BURNT",
                "SLOWDOWN",
                "IDLE",
                "REACTION",
                "UNFAIRNESS",
                "UNFINISHED");
    }

    private static void row(TextTable table, String name, PolicyReport report) {
        boolean bounded = report.median(Figures::unfinished) > 0;
        table.row(
                name,
                (bounded ? ">" : "") + time(report.median(Figures::makespanMs)),
                both(report, Figures::ratio),
                time(report.median(Figures::meanJobMs)),
                whole(report.median(Figures::calls)),
                decimal(report.median(Figures::callsPerJob)),
                whole(report.median(Figures::wasted)) + " " + percent(report.median(Figures::wastedShare)),
                whole(report.median(Figures::retries)),
                whole(report.median(Figures::wastedRetries)) + " " + percent(report.median(Figures::wastedRetryShare)),
                percent(report.median(Figures::policyWasteShare)),
                whole(report.median(Figures::allowanceBurnt)),
                both(report, Figures::worstSlowdown),
                percent(report.median(Figures::idle)),
                time(report.median(Figures::reactionMs)),
                decimal(report.median(Figures::unfairness)),
                whole(report.median(Figures::unfinished)));
    }

    /** Returns the scenarios with all of their parameters, and the policies. */
    static List<String> description(List<Scenario> scenarios, Set<PolicyKind> policies) {
        List<String> lines = new ArrayList<>();
        for (Scenario scenario : scenarios) {
            lines.add(scenario.name() + ": " + scenario.summary());
            load(scenario.load(), lines);
            api(scenario.api(), lines);
            workers(scenario.workers(), lines);
            lines.add("  ends at the latest after " + DurationText.format(scenario.bound()));
            lines.add("");
        }
        lines.add("Latencies: an answer of the API " + range(Scenario.ANSWER)
                + "; for a policy outside of the batch system's" + " process a report to it " + range(Scenario.REPORT)
                + ", a release " + range(Scenario.RELEASE) + ".");
        lines.add("");
        TextTable table = new TextTable("POLICY", "WHAT");
        policies.forEach(policy -> table.row(policy.word(), policy.summary()));
        lines.addAll(table.lines());
        return lines;
    }

    private static void load(Load load, List<String> lines) {
        String hot = load.hotShare() == 0 ? "" : ", " + percent(load.hotShare()) + " of them of one user";
        hot += load.unevenness() == 1
                ? ""
                : ", the largest user with " + decimal(load.unevenness()) + " x the smallest's";
        lines.add("  " + load.jobs() + " jobs of " + load.users() + " users" + hot + ", arriving over "
                + DurationText.format(load.span()));
        if (load.strangersPerMinute() > 0) {
            lines.add("  " + decimal(load.strangersPerMinute()) + " calls per user and minute by other clients");
        }
    }

    private static void workers(Workers workers, List<String> lines) {
        if (!workers.release().equals(Scenario.RELEASE)) {
            lines.add("  a release takes " + range(workers.release()) + " to a worker's call");
        }
        if (!workers.clockSkew().isZero()) {
            String skew = DurationText.format(workers.clockSkew().abs());
            lines.add("  the workers' clocks are " + skew + (workers.clockSkew().isNegative() ? " behind" : " ahead")
                    + "; records carry the time of " + (workers.appendTime() ? "their append" : "these clocks"));
        }
    }

    private static void changes(ApiBehaviour api, List<String> lines) {
        for (PlanChange change : api.changes()) {
            String what = change.concurrencyLimit() == null ? "" : change.concurrencyLimit() + " active jobs";
            what += change.callsPerMinute() == null ? "" : change.callsPerMinute() + " calls a minute and service";
            what += change.allowanceAdded() == 0 ? "" : change.allowanceAdded() + " more calls of allowance";
            lines.add("  from " + DurationText.format(change.from()) + " to " + DurationText.format(change.to())
                    + " after the start, at a random time for each user: " + what + ", "
                    + (change.announced() ? "with an account event" : "without an event"));
        }
    }

    private static void hints(Hints hints, List<String> lines) {
        List<String> absent = new ArrayList<>();
        if (!hints.window()) {
            absent.add("X-RateLimit-*, Retry-After");
        }
        if (!hints.figures()) {
            absent.add("active_requests, concurrency_limit");
        }
        if (!hints.resetAt()) {
            absent.add("reset_at");
        }
        if (!hints.date()) {
            absent.add("Date");
        }
        if (!hints.equals(Hints.ALL)) {
            lines.add("  answers do not contain: " + (absent.isEmpty() ? "-" : String.join(", ", absent)));
        }
    }

    private static void api(ApiBehaviour api, List<String> lines) {
        lines.add("  a job takes " + lengths(api.lengths()) + "; "
                + percent(api.faults().internalError())
                + " of the calls that are let in are answered 500");
        for (Plan plan : api.plans()) {
            String allowance = plan.allowance() >= Plan.AMPLE
                    ? "more allowance than is needed"
                    : plan.allowance() + " calls until " + DurationText.format(api.allowanceEnds())
                            + " after the start, then as many again";
            lines.add(
                    "  plan " + plan.name() + ", " + percent(plan.share()) + " of the users: " + plan.concurrencyLimit()
                            + " active jobs, " + plan.callsPerMinute() + " calls a minute and service, " + allowance);
        }
        for (Outage outage : api.outages()) {
            String service = outage.service() == null ? "" : outage.service().category() + " is ";
            String spread = outage.spread().isZero()
                    ? ""
                    : ", each up to " + DurationText.format(outage.spread()) + " later or longer";
            lines.add("  " + service + "out for " + DurationText.format(outage.length()) + " from "
                    + DurationText.format(outage.from()) + " after the start" + spread);
        }
        changes(api, lines);
        hints(api.hints(), lines);
    }

    private static String lengths(JobLengths lengths) {
        String text = seconds(lengths.shortest()) + " to " + seconds(lengths.longest()) + " s";
        if (lengths.sigma() > 0) {
            text = seconds(lengths.mean()) + " s in the mean, log-normal with a sigma of " + decimal(lengths.sigma())
                    + ", up to " + seconds(lengths.longest()) + " s";
        }
        return lengths.factor() == 1
                ? text
                : text + ", and " + decimal(lengths.factor()) + " x that if accepted from "
                        + DurationText.format(lengths.lateFrom()) + " on";
    }

    private static String seconds(Duration time) {
        return decimal(time.toMillis() / 1_000.0);
    }

    /** Returns the median and, in brackets, the worst value. */
    private static String both(PolicyReport report, ToDoubleFunction<Figures> figure) {
        return decimal(report.median(figure)) + " (" + decimal(report.worst(figure)) + ")";
    }

    private static String range(Latency latency) {
        return latency.minMs() + " to " + latency.maxMs() + " ms";
    }

    /** Formats seconds with one decimal, without decimals from ten minutes on. */
    private static String time(double ms) {
        Duration time = Duration.ofMillis(Math.round(ms));
        if (time.toMinutes() < 10) {
            return String.format(Locale.ROOT, "%.1fs", ms / 1_000);
        }
        return String.format(Locale.ROOT, "%d:%02d:%02d", time.toHours(), time.toMinutesPart(), time.toSecondsPart());
    }

    static String decimal(double value) {
        return String.format(Locale.ROOT, value < 10 ? "%.2f" : "%.1f", value);
    }

    static String percent(double share) {
        return String.format(Locale.ROOT, share > 0 && share < 0.1 ? "%.1f%%" : "%.0f%%", share * 100);
    }

    private static String whole(double value) {
        return String.format(Locale.ROOT, "%.0f", value);
    }

    /** The report of a policy in a scenario as one line of JSON: median and worst of each figure, then all by seed. */
    static final class SimulationJson {

        private static final Map<String, ToDoubleFunction<Figures>> FIGURES = figures();

        private SimulationJson() {}

        static String line(PolicyReport report) {
            return line(report, Map.of());
        }

        /** Returns the lines of a run in real time and of the simulation; the field {@code time} has which it is. */
        static List<String> live(PolicyReport real, List<PolicyReport> simulated) {
            List<String> lines = new ArrayList<>();
            lines.add(line(real, Map.of("time", "real")));
            simulated.forEach(report -> lines.add(line(report, Map.of("time", "virtual"))));
            return lines;
        }

        private static String line(PolicyReport report, Map<String, String> more) {
            Map<String, Object> values = new LinkedHashMap<>();
            values.put("scenario", report.scenario());
            values.putAll(more);
            values.put("policy", report.policy().word());
            values.put("seeds", report.bySeed().stream().map(Figures::seed).toList());
            FIGURES.forEach((name, figure) -> values.put(name, spread(report.median(figure), report.worst(figure))));
            values.put(
                    "bySeed",
                    report.bySeed().stream().map(SimulationJson::ofSeed).toList());
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

        /**
         * Returns integers without a fraction and others rounded to four decimals, so that equal runs give equal lines.
         */
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
            figures.put("wastedRetriesOfCalls", Figures::policyWasteShare);
            figures.put("allowanceBurnt", Figures::allowanceBurnt);
            figures.put("unfinished", Figures::unfinished);
            figures.put("worstSlowdown", Figures::worstSlowdown);
            figures.put("idleShare", Figures::idle);
            figures.put("reactionMs", Figures::reactionMs);
            figures.put("unfairness", Figures::unfairness);
            return figures;
        }
    }
}
