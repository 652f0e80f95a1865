package dev.redrive.sim;

import dev.redrive.domain.lifecycle.Pipeline;
import dev.redrive.sim.Reply.Calls;
import dev.redrive.sim.World.RunResult;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.DoubleFunction;
import java.util.function.ToDoubleFunction;

/**
 * Runs every policy in every scenario under every seed. The same input gives the same reports, for any number of
 * threads. Immutable.
 *
 * @param policies the policies; the oracle always runs, as the reference for all
 * @param seeds the seeds, without duplicates
 */
public record Simulation(List<Scenario> scenarios, Set<PolicyKind> policies, List<Long> seeds, Pipeline pipeline) {

    public static final int MAX_SEEDS = 1_000;

    private static final int SEARCH_STEPS = 8;

    public Simulation {
        scenarios = List.copyOf(scenarios);
        policies = Set.copyOf(policies);
        seeds = List.copyOf(seeds);
        if (scenarios.isEmpty() || policies.isEmpty() || seeds.isEmpty() || seeds.size() > MAX_SEEDS) {
            throw new IllegalArgumentException("a simulation takes a scenario, a policy and 1 to 1000 seeds at least");
        }
    }

    /**
     * Runs all combinations, and waits for the end.
     *
     * @param progress receives every scenario whose runs are done, on the caller's thread
     * @return by scenario, and within it in the order of {@link PolicyKind}
     * @throws InterruptedException if the caller's thread is interrupted; active runs continue, the others do not start
     */
    public List<PolicyReport> run(int threads, Consumer<String> progress) throws InterruptedException {
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            List<List<Future<Map<PolicyKind, Figures>>>> all = new ArrayList<>();
            for (Scenario scenario : scenarios) {
                all.add(seeds.stream()
                        .map(seed -> pool.submit(() -> runs(scenario, seed)))
                        .toList());
            }
            List<PolicyReport> reports = new ArrayList<>();
            for (int i = 0; i < scenarios.size(); i++) {
                reports.addAll(reports(scenarios.get(i).name(), all.get(i)));
                progress.accept(scenarios.get(i).name());
            }
            return reports;
        } finally {
            pool.shutdownNow();
        }
    }

    private List<PolicyReport> reports(String scenario, List<Future<Map<PolicyKind, Figures>>> bySeed)
            throws InterruptedException {
        Map<PolicyKind, List<Figures>> collected = new EnumMap<>(PolicyKind.class);
        for (Future<Map<PolicyKind, Figures>> seed : bySeed) {
            try {
                seed.get()
                        .forEach((kind, figures) -> collected
                                .computeIfAbsent(kind, ignored -> new ArrayList<>())
                                .add(figures));
            } catch (ExecutionException e) {
                throw new IllegalStateException("a run of the scenario " + scenario + " failed", e.getCause());
            }
        }
        return collected.entrySet().stream()
                .map(entry -> new PolicyReport(scenario, entry.getKey(), entry.getValue()))
                .toList();
    }

    private Map<PolicyKind, Figures> runs(Scenario scenario, long seed) {
        Jobs jobs = Jobs.of(scenario, seed);
        RunResult oracle = new World(scenario, jobs, seed, PolicyKind.ORACLE.maker(), pipeline).run();
        Map<Double, RunResult> byThreshold = new HashMap<>();
        Map<PolicyKind, Figures> figures = new EnumMap<>(PolicyKind.class);
        for (PolicyKind kind : new TreeSet<>(policies)) {
            RunResult run;
            if (kind == PolicyKind.ORACLE) {
                run = oracle;
            } else if (kind.searched()) {
                run = searched(
                        kind.wasteBudget(),
                        threshold -> byThreshold.computeIfAbsent(
                                threshold,
                                key -> new World(scenario, jobs, seed, BeliefPolicy.maker(key), pipeline).run()));
            } else {
                run = new World(scenario, jobs, seed, kind.maker(), pipeline).run();
            }
            figures.put(kind, Figures.of(seed, run, oracle));
        }
        return figures;
    }

    /** Returns the run of a belief policy with the lowest threshold that keeps a waste budget, by bisection. */
    private static RunResult searched(double wasteBudget, DoubleFunction<RunResult> runs) {
        double low = 0;
        double high = 1;
        RunResult best = null;
        for (int step = 0; step < SEARCH_STEPS; step++) {
            double threshold = (low + high) / 2;
            RunResult run = runs.apply(threshold);
            boolean kept =
                    run.calls().wastedRetries() <= wasteBudget * run.calls().all();
            best = best == null || kept || high == 1 ? run : best;
            low = kept ? low : threshold;
            high = kept ? threshold : high;
        }
        return Objects.requireNonNull(best, "a search has steps");
    }

    /**
     * The result of one policy in one scenario.
     *
     * @param bySeed its figures, in the order of the seeds; at least one
     */
    public record PolicyReport(String scenario, PolicyKind policy, List<Figures> bySeed) {

        public PolicyReport {
            bySeed = List.copyOf(bySeed);
        }

        /** Returns the median over all seeds; the mean of the two middle values if their number is even. */
        public double median(ToDoubleFunction<Figures> figure) {
            double[] values = sorted(figure);
            int middle = values.length / 2;
            return values.length % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
        }

        /** Returns the max. over all seeds. */
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

    /**
     * The result of one policy in one scenario under one seed.
     *
     * @param makespanMs from the first arrival to the last job's end; to the scenario's bound if a job is unfinished
     * @param ratio makespan relative to the oracle's
     * @param meanJobMs mean time from a job's arrival to its end, over all jobs
     * @param wasted calls that were answered 429, 402 or 503
     * @param retries calls requested by the policy: all except the first of each job
     * @param wastedRetries retries that were answered 429, 402 or 503
     * @param allowanceBurnt calls that used one of an allowance
     * @param worstSlowdown max. ratio over users of the time from first arrival to last job's end to the same time
     *     under the oracle
     * @param idle time in which a slot is free while a job waits for nothing else, as a share of the slot time of all
     *     users, each until its last job is done
     * @param reactionMs mean time from the opening of a slot, window, allowance or service for a waiting job to the next
     *     accepted call of the user
     * @param unfairness the slowest user's time from first arrival to last job's end relative to the mean user's
     */
    public record Figures(
            long seed,
            long makespanMs,
            double ratio,
            long meanJobMs,
            long calls,
            long wasted,
            long retries,
            long wastedRetries,
            long allowanceBurnt,
            int completed,
            int unfinished,
            double worstSlowdown,
            double idle,
            double reactionMs,
            double unfairness) {

        static Figures of(long seed, RunResult run, RunResult oracle) {
            Calls calls = run.calls();
            return new Figures(
                    seed,
                    run.makespanMs(),
                    (double) run.makespanMs() / oracle.makespanMs(),
                    run.meanJobMs(),
                    calls.all(),
                    calls.wasted(),
                    calls.retries(),
                    calls.wastedRetries(),
                    run.allowanceBurnt(),
                    run.completed(),
                    run.unfinished(),
                    run.worstSlowdown(oracle),
                    run.idle(),
                    run.reactionMs(),
                    run.unfairness());
        }

        /** Returns wasted calls as a share of all, from 0 to 1. */
        public double wastedShare() {
            return share(wasted, calls);
        }

        /** Returns wasted retries as a share of all retries, from 0 to 1. */
        public double wastedRetryShare() {
            return share(wastedRetries, retries);
        }

        /** Returns wasted retries as a share of all calls, from 0 to 1: the policy's waste, that of first calls is nobody's. */
        public double policyWasteShare() {
            return share(wastedRetries, calls);
        }

        /** Returns calls per completed job; 0 if there is none. */
        public double callsPerJob() {
            return share(calls, completed);
        }

        private static double share(long part, long whole) {
            return whole == 0 ? 0 : (double) part / whole;
        }
    }
}
