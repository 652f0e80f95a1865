package dev.redrive.lab;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.redrive.bench.BenchException;
import dev.redrive.bench.BenchReport;
import dev.redrive.bench.BenchSettings;
import dev.redrive.bench.Benchmark;
import dev.redrive.bench.Figure;
import dev.redrive.cli.CommandFailure;
import dev.redrive.cli.LineOutput;
import dev.redrive.cli.OutputFormat;
import dev.redrive.cli.Reason;
import dev.redrive.cli.Subcommand;
import dev.redrive.cli.Terminal;
import dev.redrive.cli.TextTable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One run of {@code redrive bench}. */
final class BenchRun {

    private final Terminal terminal;
    private final OutputFormat format;

    BenchRun(Terminal terminal, OutputFormat format) {
        this.terminal = terminal;
        this.format = format;
    }

    int run(@Nullable Path asked, Function<Path, BenchSettings> settingsIn) {
        Path directory = directory(asked);
        BenchSettings settings = settings(settingsIn, directory);
        BenchReport report;
        try {
            report = new Benchmark(settings, terminal::message).run();
        } catch (BenchException e) {
            throw new CommandFailure(
                    Reason.BENCH_FAILED, e.getMessage() + "; what it left is in " + directory, e.details(), e);
        }
        print(report);
        return Subcommand.OK;
    }

    private static BenchSettings settings(Function<Path, BenchSettings> settingsIn, Path directory) {
        try {
            return settingsIn.apply(directory);
        } catch (IllegalArgumentException e) {
            throw new CommandFailure(Reason.USAGE, String.valueOf(e.getMessage()), e);
        }
    }

    private static Path directory(@Nullable Path asked) {
        if (asked != null && Files.exists(asked)) {
            throw new CommandFailure(Reason.USAGE, "--work-dir: " + asked + " exists; it would be deleted at the end");
        }
        Path parent = asked == null ? Path.of(System.getProperty("java.io.tmpdir")) : asked;
        return asked == null
                ? parent.resolve("redrive-bench-" + ProcessHandle.current().pid())
                : parent.toAbsolutePath();
    }

    private void print(BenchReport report) {
        LineOutput out = new LineOutput(terminal.out());
        if (format == OutputFormat.json) {
            out.lines(json(report));
            out.flush();
            return;
        }
        report.machine().forEach((word, value) -> out.line(word + ": " + value));
        out.line("");
        TextTable table = new TextTable("BENCH", "FIGURE", "MEDIAN", "LEAST", "MOST", "UNIT");
        for (Figure figure : report.figures()) {
            table.row(
                    figure.bench(),
                    figure.name(),
                    number(figure.value()),
                    number(figure.least()),
                    number(figure.most()),
                    figure.unit());
        }
        table.lines().forEach(out::line);
        out.flush();
    }

    /** Three digits or more, as many as mean something. */
    private static String number(double value) {
        String form = Math.abs(value) >= 100 ? "%.0f" : Math.abs(value) >= 10 ? "%.1f" : "%.2f";
        return String.format(Locale.ROOT, form, value);
    }

    private static String json(BenchReport report) {
        try {
            return JsonMapper.builder().build().writerWithDefaultPrettyPrinter().writeValueAsString(report);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a record of texts and numbers could not be written", e);
        }
    }
}
