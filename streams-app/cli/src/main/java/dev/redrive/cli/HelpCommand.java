package dev.redrive.cli;

import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** {@code redrive help}: the word for {@code --help}. */
@Command(
        name = "help",
        description = "Show the help of a command, or of all.",
        footer = {"Examples:", "  redrive help tail", "  redrive help topics create"})
final class HelpCommand extends Subcommand {

    @Parameters(paramLabel = "COMMAND", arity = "0..*", description = "Words of the command.")
    private List<String> words = List.of();

    @Override
    public Integer call() {
        CommandLine command = spec().root().commandLine();
        for (String word : words) {
            CommandLine next = command.getSubcommands().get(word);
            if (next == null) {
                throw new ParameterException(command, Cli.noCommand(command, word));
            }
            command = next;
        }
        command.usage(command.getOut());
        return OK;
    }
}
