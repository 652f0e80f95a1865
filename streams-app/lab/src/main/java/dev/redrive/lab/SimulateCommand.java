package dev.redrive.lab;

import dev.redrive.cli.OutputFormat;
import dev.redrive.cli.Subcommand;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code redrive simulate}: compares retry policies in virtual time. */
@Command(
        name = "simulate",
        description = {
            "Compare retry policies against a simulated API, in virtual time.",
            "",
            "Every policy meets the same jobs, the same limits and the same chance; the oracle knows the API's state at every"
                    + " instant and shows what is possible. The same seeds give the same figures. No broker is needed."
        },
        footer = {
            "Examples:",
            "  redrive simulate --scenario burst --seeds 3",
            "  redrive simulate --policies full-jitter,docs-loop --jobs 5000",
            "  redrive simulate --output json --svg figures.svg",
            "  redrive simulate --describe"
        })
final class SimulateCommand extends Subcommand {

    static final String ALL = "all";

    @Option(
            names = "--scenario",
            paramLabel = "NAME",
            split = ",",
            defaultValue = ALL,
            description = "Which scenario, or several, or all; --describe lists them. Default: ${DEFAULT-VALUE}.")
    private List<String> scenarios = List.of();

    @Option(
            names = "--policies",
            paramLabel = "NAME",
            split = ",",
            defaultValue = ALL,
            description = "Which policies, or all; --describe lists them. Default: ${DEFAULT-VALUE}.")
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
        SimulateRun run = new SimulateRun(terminal(), output, svg);
        SimulateRun.Selection selection = new SimulateRun.Selection(scenarios, policies, seed, seeds, jobs);
        return describe ? run.describe(selection) : run.run(selection);
    }
}
