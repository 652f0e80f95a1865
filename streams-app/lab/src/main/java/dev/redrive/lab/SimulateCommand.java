package dev.redrive.lab;

import dev.redrive.cli.CommandFailure;
import dev.redrive.cli.CommandFailure.Reason;
import dev.redrive.cli.LineOutput;
import dev.redrive.cli.Subcommand;
import dev.redrive.config.ConfigLoader;
import dev.redrive.lab.SimulationText.SimulationJson;
import dev.redrive.runtime.Wiring;
import dev.redrive.sim.PolicyKind;
import dev.redrive.sim.Scenario;
import dev.redrive.sim.Simulation;
import dev.redrive.sim.Simulation.PolicyReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code redrive simulate}: compares retry policies in virtual time. */
@Command(
        name = "simulate",
        description = {
            "Compare retry policies against a simulated API, in virtual time.",
            "",
            "Every policy meets the same jobs, the same limits and the same chance; the oracle uses the API's state at every"
                    + " instant and shows what is possible. The same seeds give the same figures. No broker is needed."
        },
        footer = {
            "Examples:",
            "  redrive simulate --scenario burst --seeds 3",
            "  redrive simulate --policies full-jitter,docs-loop --jobs 5000",
            "  redrive simulate --output json --svg figures.svg",
            "  redrive simulate --scenario harsh --policies redrive,oracle --seeds 5",
            "  redrive simulate --describe"
        })
final class SimulateCommand extends Subcommand {

    static final String ALL = "all";

    private static final String USUAL = "usual";
    private static final String HARSH = "harsh";
    private static final String OPTIMAL_BELIEF = "optimal-belief";

    @Option(
            names = "--scenario",
            paramLabel = "NAME",
            split = ",",
            defaultValue = USUAL,
            description =
                    "Which scenarios, or a group: usual, harsh (something must be learned), all; --describe lists them."
                            + " Default: ${DEFAULT-VALUE}.")
    private List<String> scenarios = List.of();

    @Option(
            names = "--policies",
            paramLabel = "NAME",
            split = ",",
            defaultValue = USUAL,
            description =
                    "Which policies, or a group: usual, optimal-belief (references that take many runs), all; --describe"
                            + " lists them. Default: ${DEFAULT-VALUE}.")
    private List<String> policies = List.of();

    @Option(
            names = "--seeds",
            paramLabel = "N",
            defaultValue = "10",
            description = "How many seeds, 1 to 1000; medians and the worst are shown. Default: ${DEFAULT-VALUE}.")
    private int seeds;

    @Option(
            names = "--seed",
            paramLabel = "S",
            defaultValue = "1",
            description = "The first seed; the next ones follow. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(
            names = "--jobs",
            paramLabel = "N",
            description =
                    "So many jobs in each scenario, 1 to 1000000, with users in proportion. Default: as described.")
    private @Nullable Integer jobs;

    @Option(
            names = "--waste-budget",
            paramLabel = "SHARE",
            description = "Redrive's gates.wasteBudget, 0.01 to 0.5: the share of calls that it may waste where ends of"
                    + " jobs are not reported. Default: that of the product.")
    private @Nullable Double wasteBudget;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            defaultValue = "table",
            description =
                    "${COMPLETION-CANDIDATES}; json is one line per scenario and policy. Default: ${DEFAULT-VALUE}.")
    private OutputFormat output = OutputFormat.table;

    @Option(names = "--svg", paramLabel = "FILE", description = "Draw makespans and wasted calls into this file too.")
    private @Nullable Path svg;

    @Option(names = "--describe", description = "Print the scenarios with all of their parameters, and the policies.")
    private boolean describe;

    @Override
    public Integer call() throws InterruptedException {
        Run run = new Run(this);
        return describe ? run.describe() : run.run();
    }

    static final class Run {

        /** Otherwise a job without allowance would become a dead letter and be missing from the comparison. */
        static final Map<String, String> PARKED = Map.of("REDRIVE_QUOTA__DISPOSITION", "PARK");

        private final SimulateCommand asked;

        Run(SimulateCommand asked) {
            this.asked = asked;
            if (asked.seeds < 1 || asked.seeds > Simulation.MAX_SEEDS) {
                throw usage("--seeds takes 1 to " + Simulation.MAX_SEEDS + ", not " + asked.seeds);
            }
            if (asked.seed < 0 || asked.seed > Long.MAX_VALUE - Simulation.MAX_SEEDS) {
                throw usage("--seed takes a number from 0, not " + asked.seed);
            }
            if (asked.wasteBudget != null && !(asked.wasteBudget >= 0.01 && asked.wasteBudget <= 0.5)) {
                throw usage("--waste-budget takes 0.01 to 0.5, not " + asked.wasteBudget);
            }
        }

        private List<Scenario> chosenScenarios() {
            return asked.scenarios.stream()
                    .flatMap(name -> switch (name) {
                        case ALL -> Scenario.all().stream().map(Scenario::name);
                        case USUAL -> Scenario.usual().stream().map(Scenario::name);
                        case HARSH -> Scenario.harsh().stream().map(Scenario::name);
                        default -> Stream.of(name);
                    })
                    .distinct()
                    .map(name -> scenario(name, asked.jobs))
                    .toList();
        }

        private Set<PolicyKind> chosenPolicies() {
            Set<PolicyKind> chosen = EnumSet.noneOf(PolicyKind.class);
            for (String word : asked.policies) {
                if (word.equals(ALL) || word.equals(USUAL) || word.equals(OPTIMAL_BELIEF)) {
                    Arrays.stream(PolicyKind.values())
                            .filter(kind -> word.equals(ALL) || kind.searched() == word.equals(OPTIMAL_BELIEF))
                            .forEach(chosen::add);
                } else {
                    chosen.add(PolicyKind.named(word)
                            .orElseThrow(() -> usage("there is no policy '" + word + "'; there are "
                                    + Arrays.stream(PolicyKind.values())
                                            .map(PolicyKind::word)
                                            .collect(Collectors.joining(", ")))));
                }
            }
            return chosen;
        }

        private Simulation simulation() {
            return new Simulation(
                    chosenScenarios(),
                    chosenPolicies(),
                    LongStream.range(asked.seed, asked.seed + asked.seeds)
                            .boxed()
                            .toList(),
                    Wiring.decisions(ConfigLoader.load(null, overlay())));
        }

        private Map<String, String> overlay() {
            Map<String, String> overlay = new HashMap<>(PARKED);
            if (asked.wasteBudget != null) {
                overlay.put("REDRIVE_GATES__WASTE_BUDGET", asked.wasteBudget.toString());
            }
            return overlay;
        }

        int describe() {
            LineOutput out = new LineOutput(asked.terminal().out());
            SimulationText.description(chosenScenarios(), chosenPolicies()).forEach(out::line);
            out.flush();
            return Subcommand.OK;
        }

        int run() throws InterruptedException {
            Simulation simulation = simulation();
            requireWritable();
            List<PolicyReport> reports = simulation.run(Runtime.getRuntime().availableProcessors(), this::progress);
            LineOutput out = new LineOutput(asked.terminal().out());
            if (asked.output == OutputFormat.table) {
                SimulationText.tables(simulation, reports).forEach(out::line);
            } else {
                reports.forEach(report -> out.line(SimulationJson.line(report)));
            }
            out.flush();
            Path svg = asked.svg;
            if (svg != null) {
                write(svg, SimulationChart.svg(reports, SimulationText.seeds(simulation)));
            }
            return Subcommand.OK;
        }

        private void progress(String scenario) {
            if (asked.terminal().progress()) {
                asked.terminal().message("done: " + scenario);
            }
        }

        /** Fails before the simulation, which takes minutes, if the chart cannot be written. */
        private void requireWritable() {
            Path svg = asked.svg;
            if (svg == null) {
                return;
            }
            Path directory = svg.toAbsolutePath().getParent();
            if (Files.isDirectory(svg) || directory == null || !Files.isWritable(directory)) {
                throw new CommandFailure(Reason.FILE_UNREADABLE, svg + " cannot be written");
            }
        }

        private static void write(Path file, String text) {
            try {
                Files.writeString(file, text);
            } catch (IOException e) {
                throw new CommandFailure(Reason.FILE_UNREADABLE, file + " cannot be written: " + e.getMessage(), e);
            }
        }

        /**
         * Returns a scenario by name.
         *
         * @param jobs number of jobs; {@code null} for the scenario's own
         * @throws CommandFailure if there is none of this name, or it does not support this number of jobs
         */
        static Scenario scenario(String name, @Nullable Integer jobs) {
            Scenario found = Scenario.named(name)
                    .orElseThrow(() -> new CommandFailure(
                            Reason.USAGE,
                            "there is no scenario '" + name + "'; there are "
                                    + Scenario.all().stream()
                                            .map(Scenario::name)
                                            .collect(Collectors.joining(", "))));
            try {
                return jobs == null ? found : found.withJobs(jobs);
            } catch (IllegalArgumentException e) {
                throw new CommandFailure(Reason.USAGE, "--jobs takes 1 to 1000000, not " + jobs, e);
            }
        }

        private static CommandFailure usage(String sentence) {
            return new CommandFailure(Reason.USAGE, sentence);
        }
    }
}
