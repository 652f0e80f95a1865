package dev.redrive.lab;

import dev.redrive.cli.CommandFailure;
import dev.redrive.cli.LineOutput;
import dev.redrive.cli.OutputFormat;
import dev.redrive.cli.Reason;
import dev.redrive.cli.Subcommand;
import dev.redrive.cli.Terminal;
import dev.redrive.config.ConfigLoader;
import dev.redrive.runtime.Wiring;
import dev.redrive.sim.PolicyKind;
import dev.redrive.sim.PolicyReport;
import dev.redrive.sim.Scenario;
import dev.redrive.sim.Scenarios;
import dev.redrive.sim.Simulation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** One run of {@code redrive simulate}. */
final class SimulateRun {

    /** Without this a job without allowance would end in the dead letters, and not be there to be compared. */
    private static final Map<String, String> PARKED = Map.of("REDRIVE_QUOTA__DISPOSITION", "PARK");

    private final Terminal terminal;
    private final OutputFormat format;
    private final @Nullable Path svg;

    /**
     * What to simulate, as it was asked for.
     *
     * @param scenarios names, or the word for all
     * @param policies names, or the word for all
     * @param seed the first seed
     * @param seeds how many seeds
     * @param jobs how many jobs; {@code null} for as many as the scenario has
     */
    record Selection(
            List<String> scenarios,
            List<String> policies,
            long seed,
            int seeds,
            @Nullable Integer jobs) {

        Selection {
            if (seeds < 1 || seeds > Simulation.MOST_SEEDS) {
                throw usage("--seeds takes 1 to " + Simulation.MOST_SEEDS + ", not " + seeds);
            }
            if (seed < 0 || seed > Long.MAX_VALUE - Simulation.MOST_SEEDS) {
                throw usage("--seed takes a number from 0, not " + seed);
            }
        }

        List<Scenario> chosenScenarios() {
            return scenarios.stream()
                    .flatMap(name -> name.equals(SimulateCommand.ALL)
                            ? Scenarios.all().stream().map(Scenario::name)
                            : Stream.of(name))
                    .distinct()
                    .map(name -> ScenarioNames.scenario(name, jobs))
                    .toList();
        }

        Set<PolicyKind> chosenPolicies() {
            Set<PolicyKind> chosen = EnumSet.noneOf(PolicyKind.class);
            for (String word : policies) {
                if (word.equals(SimulateCommand.ALL)) {
                    chosen.addAll(List.of(PolicyKind.values()));
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

        Simulation simulation() {
            return new Simulation(
                    chosenScenarios(),
                    chosenPolicies(),
                    LongStream.range(seed, seed + seeds).boxed().toList(),
                    Wiring.decisions(ConfigLoader.load(null, PARKED)));
        }
    }

    SimulateRun(Terminal terminal, OutputFormat format, @Nullable Path svg) {
        this.terminal = terminal;
        this.format = format;
        this.svg = svg;
    }

    int describe(Selection selection) {
        LineOutput out = new LineOutput(terminal.out());
        SimulationText.description(selection.chosenScenarios(), selection.chosenPolicies())
                .forEach(out::line);
        out.flush();
        return Subcommand.OK;
    }

    int run(Selection selection) throws InterruptedException {
        Simulation simulation = selection.simulation();
        requireWritable();
        List<PolicyReport> reports = simulation.run(Runtime.getRuntime().availableProcessors(), this::progress);
        LineOutput out = new LineOutput(terminal.out());
        if (format == OutputFormat.table) {
            SimulationText.tables(simulation, reports).forEach(out::line);
        } else {
            reports.forEach(report -> out.line(SimulationJson.line(report)));
        }
        out.flush();
        if (svg != null) {
            write(svg, SimulationChart.svg(reports, SimulationText.seeds(simulation)));
        }
        return Subcommand.OK;
    }

    private void progress(String scenario) {
        if (terminal.progress()) {
            terminal.message("done: " + scenario);
        }
    }

    /** A chart that can't be written should be known before minutes are spent. */
    private void requireWritable() {
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

    private static CommandFailure usage(String sentence) {
        return new CommandFailure(Reason.USAGE, sentence);
    }
}
