package dev.redrive.lab;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.redrive.bench.Benchmark;
import dev.redrive.bench.Benchmark.BenchException;
import dev.redrive.bench.Benchmark.BenchSettings;
import dev.redrive.bench.Benchmark.BenchSettings.BenchName;
import dev.redrive.bench.Benchmark.Figure;
import dev.redrive.cli.CommandFailure;
import dev.redrive.cli.CommandFailure.Reason;
import dev.redrive.cli.LineOutput;
import dev.redrive.cli.Subcommand;
import dev.redrive.cli.TextTable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code redrive bench}: benchmarks on this machine. */
@Command(
        name = "bench",
        description = {
            "Measure speed, lateness and cost on this machine, beside a plain pass-through.",
            "",
            "Starts a broker and the pipeline as processes of their own, publishes a load, and checks every record that"
                    + " comes out against the input: a job that is lost, doubled or early fails the run. Figures are"
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
            "  fairness  lateness of many users, alone and beside one whose gate blocks very many",
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
        return new Run(this).run();
    }

    static final class Run {

        private final BenchCommand asked;

        Run(BenchCommand asked) {
            this.asked = asked;
        }

        int run() {
            Path directory = directory(asked.workDirectory);
            BenchSettings settings = settings(directory);
            Benchmark.Report report;
            try {
                report = new Benchmark(settings, asked.terminal()::message).run();
            } catch (BenchException e) {
                throw new CommandFailure(
                        Reason.BENCH_FAILED, e.getMessage() + "; what it left is in " + directory, e.details(), e);
            }
            print(report);
            return Subcommand.OK;
        }

        private BenchSettings settings(Path directory) {
            try {
                return new BenchSettings(
                        asked.names,
                        asked.rounds,
                        asked.events,
                        asked.rate,
                        asked.instances,
                        asked.seed,
                        asked.quick,
                        directory,
                        asked.recording);
            } catch (IllegalArgumentException e) {
                throw new CommandFailure(Reason.USAGE, String.valueOf(e.getMessage()), e);
            }
        }

        private static Path directory(@Nullable Path wanted) {
            if (wanted != null && Files.exists(wanted)) {
                throw new CommandFailure(
                        Reason.USAGE, "--work-dir: " + wanted + " exists; it would be deleted at the end");
            }
            Path parent = wanted == null ? Path.of(System.getProperty("java.io.tmpdir")) : wanted;
            return wanted == null
                    ? parent.resolve("redrive-bench-" + ProcessHandle.current().pid())
                    : parent.toAbsolutePath();
        }

        private void print(Benchmark.Report report) {
            LineOutput out = new LineOutput(asked.terminal().out());
            if (asked.output == OutputFormat.json) {
                out.lines(json(report));
                out.flush();
                return;
            }
            report.machine().forEach((word, value) -> out.line(word + ": " + value));
            out.line("");
            TextTable table = new TextTable("BENCH", "FIGURE", "MEDIAN", "MIN", "MAX", "UNIT");
            for (Figure figure : report.figures()) {
                table.row(
                        figure.bench(),
                        figure.name(),
                        number(figure.value()),
                        number(figure.min()),
                        number(figure.max()),
                        figure.unit());
            }
            table.lines().forEach(out::line);
            out.flush();
        }

        /** Formats with two decimals below 10, one below 100, and none from there on. */
        private static String number(double value) {
            String form = Math.abs(value) >= 100 ? "%.0f" : Math.abs(value) >= 10 ? "%.1f" : "%.2f";
            return String.format(Locale.ROOT, form, value);
        }

        private static String json(Benchmark.Report report) {
            try {
                return JsonMapper.builder()
                        .build()
                        .writerWithDefaultPrettyPrinter()
                        .writeValueAsString(report);
            } catch (JsonProcessingException e) {
                throw new IllegalStateException("a record of texts and numbers could not be written", e);
            }
        }
    }
}
