package dev.redrive.cli;

import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The command line: parses, runs one command, and says in one sentence what went wrong. */
public final class Cli {

    private static final int HELP_WIDTH = 110;

    private final Terminal terminal;

    private Cli(Terminal terminal) {
        this.terminal = terminal;
    }

    /**
     * Runs one command on the caller's thread.
     *
     * @param terminal where it reads and writes
     * @param args the command and its options
     * @return the exit code: 0 fine, 1 failed, 2 wrong usage
     */
    public static int run(Terminal terminal, String... args) {
        return run(terminal, new KafkaPipelineClients(), args);
    }

    /** The same with other clients. */
    static int run(Terminal terminal, PipelineClients clients, String... args) {
        LogLevels.set(args, terminal.environment());
        return commandLine(terminal, clients).execute(args);
    }

    /** The command line, ready to parse or to run. */
    static CommandLine commandLine(Terminal terminal, PipelineClients clients) {
        Cli cli = new Cli(terminal);
        return new CommandLine(new RedriveCommand(terminal, clients))
                .setOut(new PrintWriter(new OutputStreamWriter(terminal.out(), StandardCharsets.UTF_8), true))
                .setErr(terminal.err())
                .setUsageHelpWidth(HELP_WIDTH)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setAbbreviatedOptionsAllowed(false)
                .registerConverter(Duration.class, new DurationConverter())
                .setParameterExceptionHandler(cli::wrongUsage)
                .setExecutionExceptionHandler((failure, command, parsed) -> cli.failed(failure, command.getCommand()));
    }

    private int wrongUsage(ParameterException mistake, String[] args) {
        CommandLine command = mistake.getCommandLine();
        say("USAGE", sentence(unknownCommand(mistake)));
        UnmatchedArgumentException.printSuggestions(mistake, terminal.err());
        terminal.err().println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
        return Subcommand.USAGE;
    }

    private static @Nullable String unknownCommand(ParameterException mistake) {
        CommandLine command = mistake.getCommandLine();
        boolean word = mistake instanceof UnmatchedArgumentException unmatched
                && !unmatched.getUnmatched().isEmpty()
                && !unmatched.getUnmatched().get(0).startsWith("-");
        if (!word || command.getSubcommands().isEmpty()) {
            return mistake.getMessage();
        }
        return "there is no command '"
                + ((UnmatchedArgumentException) mistake).getUnmatched().get(0) + "'; write one of "
                + String.join(", ", command.getSubcommands().keySet());
    }

    private int failed(Exception failure, Object command) {
        if (failure instanceof OutputClosed) {
            return Subcommand.OK;
        }
        if (failure instanceof CommandFailure known) {
            known.details().forEach(terminal.err()::println);
            say(known.reason().name(), sentence(known.getMessage()));
        } else {
            say(
                    Reason.INTERNAL.name(),
                    failure.getClass().getSimpleName() + ": " + sentence(failure.getMessage())
                            + " (run again with --debug and report it)");
        }
        if (debug(command)) {
            failure.printStackTrace(terminal.err());
            terminal.err().flush();
        }
        boolean usage = failure instanceof CommandFailure known && known.reason() == Reason.USAGE;
        return usage ? Subcommand.USAGE : Subcommand.FAILED;
    }

    private boolean debug(Object command) {
        String variable = terminal.environment().getOrDefault("REDRIVE_DEBUG", "");
        return (command instanceof Subcommand sub && sub.debug()) || !(variable.isEmpty() || variable.equals("0"));
    }

    private void say(String reason, String sentence) {
        terminal.err().println("redrive: " + reason + ": " + sentence);
    }

    private static String sentence(@Nullable String message) {
        return message == null ? "no more is known" : message.strip().replaceAll("\\s*\\R\\s*", "; ");
    }
}
