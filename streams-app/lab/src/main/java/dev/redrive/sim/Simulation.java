package dev.redrive.sim;

import dev.redrive.domain.lifecycle.Pipeline;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/**
 * Runs every policy through every scenario under every seed. The same input gives the same reports, however many threads
 * there are. Immutable.
 *
 * @param scenarios the scenarios
 * @param policies the policies; the oracle runs anyway, because all are measured by it
 * @param seeds the seeds, all different
 * @param pipeline the decisions of Redrive
 */
public record Simulation(List<Scenario> scenarios, Set<PolicyKind> policies, List<Long> seeds, Pipeline pipeline) {

    /** The most seeds. */
    public static final int MOST_SEEDS = 1_000;

    /** @throws IllegalArgumentException if a list is empty or too long */
    public Simulation {
        scenarios = List.copyOf(scenarios);
        policies = Set.copyOf(policies);
        seeds = List.copyOf(seeds);
        if (scenarios.isEmpty() || policies.isEmpty() || seeds.isEmpty() || seeds.size() > MOST_SEEDS) {
            throw new IllegalArgumentException("a simulation takes a scenario, a policy and 1 to 1000 seeds at least");
        }
    }

    /**
     * Runs all, and waits for the end.
     *
     * @param threads how many runs at once
     * @param progress is told of every scenario whose runs are done; called on the caller's thread
     * @return by scenario, and within it in the order of {@link PolicyKind}
     * @throws InterruptedException if the caller's thread is interrupted; what runs goes on to its own end, the rest does not begin
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
        Map<PolicyKind, Figures> figures = new EnumMap<>(PolicyKind.class);
        for (PolicyKind kind : new TreeSet<>(policies)) {
            RunResult run =
                    kind == PolicyKind.ORACLE ? oracle : new World(scenario, jobs, seed, kind.maker(), pipeline).run();
            figures.put(kind, Figures.of(seed, run, oracle));
        }
        return figures;
    }
}
