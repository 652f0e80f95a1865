package dev.redrive.lab;

import dev.redrive.bench.BenchName;
import dev.redrive.bench.BenchSettings;
import dev.redrive.cli.OutputFormat;
import dev.redrive.cli.Subcommand;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code redrive bench}: how fast it is here. */
@Command(
        name = "bench",
        description = {
            "Measure speed, lateness and cost on this machine, beside a plain pass-through.",
            "",
            "Starts a broker and the pipeline as processes of their own, publishes a load, and holds every record that"
                    + " comes out against what went in: a job that is lost, doubled or early fails the run. Figures are"
                    + " medians of the rounds; compare ratios, for rates are of this machine. Leave the machine alone"
                    + " meanwhile."
        },
        footer = {
            "Measurements:",
            "  ceiling   what a pass-through under exactly_once_v2 does, a plain forwarder, bare clients",
            "  pipeline  a backlog of mixed failures beside the ceiling",
            "  bytes     bytes written to the broker per job, by topic",
            "  lateness  from due to append and to visible, at a steady rate",
            "  burst     many jobs due in the same second",
            "  fairness  lateness of many users, alone and beside one whose gate holds very many",
            "  pending   memory and disk of pending jobs; a start with and without local state",
            "  recovery  the process killed with jobs pending"
        })
final class BenchCommand extends Subcommand {

    @Parameters(
            paramLabel = "NAME",
            arity = "0..*",
            defaultValue = "ceiling,pipeline",
            split = ",",
            description = "What to measure. Default: ceiling and pipeline.")
    private List<BenchName> names = List.of();

    @Option(
            names = "--rounds",
            paramLabel = "N",
            defaultValue = "3",
            description = "Rounds of ceiling and pipeline, 1 to 20. Default: ${DEFAULT-VALUE}.")
    private int rounds;

    @Option(names = "--events", paramLabel = "N", description = "Jobs of each measurement, instead of its own number.")
    private @Nullable Integer events;

    @Option(
            names = "--rate",
            paramLabel = "N",
            defaultValue = "2000",
            description = "Jobs per second of lateness. Default: ${DEFAULT-VALUE}.")
    private int rate;

    @Option(
            names = "--instances",
            paramLabel = "N[,N…]",
            split = ",",
            defaultValue = "1",
            description = "Instances of ceiling and pipeline to compare, e.g. 1,2,3. Default: ${DEFAULT-VALUE}.")
    private List<Integer> instances = List.of();

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "Same seed, same jobs. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(names = "--quick", description = "Small sizes, to see that it works; the figures mean little.")
    private boolean quick;

    @Option(
            names = "--jfr",
            paramLabel = "FILE",
            description = "Write a flight recording of the pipeline, in its last round with one instance.")
    private @Nullable Path recording;

    @Option(
            names = "--work-dir",
            paramLabel = "DIR",
            description =
                    "Where data and logs lie meanwhile; must not exist. Default: a new directory for temporary files.")
    private @Nullable Path workDirectory;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            defaultValue = "table",
            description = "${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    private OutputFormat output = OutputFormat.table;

    @Override
    public Integer call() {
        return new BenchRun(terminal(), output)
                .run(
                        workDirectory,
                        directory -> new BenchSettings(
                                names, rounds, events, rate, instances, seed, quick, directory, recording));
    }
}
