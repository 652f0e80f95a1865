package dev.redrive.cli;

import dev.redrive.cli.Subcommand.OutputFormat;
import picocli.CommandLine.Option;

/**
 * The output format of commands that show one object of the API. Printing is elsewhere: the methods of commands and their
 * options name no class of Jackson, which would be loaded for the help of each.
 */
final class ObjectOption {

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            defaultValue = "table",
            order = 800,
            description = "${COMPLETION-CANDIDATES}; json is the API's answer in one line. Default: ${DEFAULT-VALUE}.")
    private OutputFormat output = OutputFormat.table;

    /** Returns the format. */
    OutputFormat output() {
        return output;
    }
}
