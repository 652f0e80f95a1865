package dev.redrive.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.redrive.cli.Subcommand.OutputFormat;
import java.util.function.BiConsumer;
import picocli.CommandLine.Option;

/** The output format of commands that show one object of the API. */
final class ObjectOption {

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            defaultValue = "table",
            order = 800,
            description = "${COMPLETION-CANDIDATES}; json is the API's answer in one line. Default: ${DEFAULT-VALUE}.")
    private OutputFormat output = OutputFormat.table;

    /** Prints the object, as JSON or by {@code text}. */
    void print(Terminal terminal, JsonNode object, BiConsumer<JsonNode, LineOutput> text) {
        LineOutput out = new LineOutput(terminal.out());
        if (output == OutputFormat.json) {
            out.line(object.toString());
        } else {
            text.accept(object, out);
        }
        out.flush();
    }
}
