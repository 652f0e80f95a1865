package dev.redrive.cli;

import dev.redrive.cli.CommandFailure.Reason;
import dev.redrive.cli.Subcommand.OutputFormat;
import java.time.Duration;
import picocli.CommandLine.Option;

/** The common options of commands that show state. */
final class ViewOptions {

    private static final int LIMIT = 100_000;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            defaultValue = "table",
            order = 800,
            description = "${COMPLETION-CANDIDATES}, the latter one object a line. Default: ${DEFAULT-VALUE}.")
    OutputFormat output = OutputFormat.table;

    @Option(
            names = "--max",
            paramLabel = "N",
            defaultValue = "1000",
            order = 801,
            description =
                    "Show at most N, 1 to " + LIMIT + ", and note when there are more. Default: ${DEFAULT-VALUE}.")
    private int max;

    @Option(
            names = "--timeout",
            paramLabel = "DURATION",
            defaultValue = "60s",
            order = 802,
            description = "Give up when reading takes longer, e.g. 500ms, 30s, 10m. Default: ${DEFAULT-VALUE}.")
    Duration timeout = Duration.ZERO;

    /** @throws CommandFailure if it is out of range */
    int max() {
        if (max < 1 || max > LIMIT) {
            throw new CommandFailure(Reason.USAGE, "--max takes 1 to " + LIMIT + ", not " + max);
        }
        return max;
    }
}
