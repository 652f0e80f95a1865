package dev.redrive.cli;

import dev.redrive.cli.CommandFailure.Reason;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The command line: parses the arguments, runs one command, and reports a failure in one sentence. */
public final class Cli {

    private static final int HELP_WIDTH = 110;

    /** Commands of the lab, which the distribution for production leaves out. */
    private static final Set<String> OF_THE_LAB = Set.of("dev", "simulate", "bench");

    private static final int REPLACEMENT = 0xfffd;

    private final Terminal terminal;

    private Cli(Terminal terminal) {
        this.terminal = terminal;
    }

    /**
     * Runs one command on the caller's thread.
     *
     * @param terminal streams and environment of the command
     * @param args the command and its options
     * @return the exit code: 0 success, 1 failure, 2 wrong usage, 3 a redrive ended with letters left
     */
    public static int run(Terminal terminal, String... args) {
        // A lambda: a method reference would load Kafka's classes even for help.
        return run(terminal, () -> new PipelineClients.Kafka(), args);
    }

    /** Runs one command with the given clients. */
    static int run(Terminal terminal, Supplier<PipelineClients> clients, String... args) {
        LogLevels.set(args, terminal.environment());
        Cli cli = new Cli(terminal);
        String garbled = garbled(terminal.environment(), args);
        if (garbled != null) {
            cli.printError(Reason.USAGE.name(), garbled);
            return Subcommand.USAGE;
        }
        StringWriter help = new StringWriter();
        CommandLine commandLine = commandLine(terminal, clients, named(args)).setOut(new PrintWriter(help));
        int code = commandLine.execute(args);
        try {
            // Not escaped: picocli's help may contain colours, and contains no external text.
            terminal.out().write(help.toString().getBytes(StandardCharsets.UTF_8));
            return code;
        } catch (IOException e) {
            return cli.failed(LineOutput.failure(e), commandLine.getCommand());
        }
    }

    /** Returns picocli's model of the whole command line. */
    static CommandLine commandLine(Terminal terminal, Supplier<PipelineClients> clients) {
        return commandLine(terminal, clients, name -> true);
    }

    /**
     * Returns whether a command may be the one to run: an argument is its name, or any command if an argument is a file
     * of arguments ({@code @file}), which is not read here.
     */
    private static Predicate<String> named(String... args) {
        Set<String> words = new HashSet<>(Arrays.asList(args));
        return words.stream().anyMatch(word -> word.startsWith("@")) ? name -> true : words::contains;
    }

    private static CommandLine commandLine(
            Terminal terminal, Supplier<PipelineClients> clients, Predicate<String> named) {
        Cli cli = new Cli(terminal);
        return commandLine(new RedriveCommand(terminal, clients), named)
                .setErr(terminal.err())
                .setUsageHelpWidth(HELP_WIDTH)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setAbbreviatedOptionsAllowed(false)
                .registerConverter(Duration.class, new DurationConverter())
                .setParameterExceptionHandler(cli::wrongUsage)
                .setExecutionExceptionHandler((failure, command, parsed) -> cli.failed(failure, command.getCommand()));
    }

    /**
     * Returns an error message if the arguments or variables were not decoded correctly, else {@code null}: Java
     * replaces bytes that are invalid in the locale's encoding by U+FFFD.
     */
    private static @Nullable String garbled(Map<String, String> environment, String... args) {
        String remedy = " are not text in the encoding " + System.getProperty("sun.jnu.encoding")
                + "; write UTF-8 in a locale such as C.UTF-8, or give it in a file";
        for (String arg : args) {
            if (garbled(arg)) {
                return "the bytes of the argument '" + arg + "'" + remedy;
            }
        }
        return new TreeMap<>(environment)
                .entrySet().stream()
                        .filter(variable -> variable.getKey().startsWith("REDRIVE_") && garbled(variable.getValue()))
                        .map(variable -> "the bytes of the environment variable " + variable.getKey() + remedy)
                        .findFirst()
                        .orElse(null);
    }

    private static boolean garbled(String text) {
        return text.codePoints().anyMatch(c -> c == REPLACEMENT || Character.getType(c) == Character.SURROGATE);
    }

    /** Returns all commands in the order of help. A new command needs only one line here. */
    private static List<Subcommand> commands() {
        return List.of(
                new RunCommand(),
                new PublishCommand(),
                new TailCommand(),
                new UsersCommand(),
                new RetriesCommand(),
                new RetryCommand.Cancel(),
                new RetryCommand.Expedite(),
                new DeadLettersCommand(),
                new RedrivesCommand(),
                new HoldsCommand(),
                new WhyCommand(),
                new JobsCommand(),
                new ExplainCommand(),
                new InputsCommand(),
                new TopicsCommand(),
                new ConfigCommand(),
                new CompletionCommand(),
                new RedriveCommand.HelpCommand(),
                new RedriveCommand.VersionCommand());
    }

    private static CommandLine commandLine(RedriveCommand root, Predicate<String> named) {
        List<CommandLine> commands = new ArrayList<>(
                commands().stream().map(command -> model(command, named)).toList());
        for (CommandProvider provider : ServiceLoader.load(CommandProvider.class)) {
            for (CommandProvider.Placed placed : provider.commands()) {
                commands.add(place(placed.before(), commands), model(placed.command(), named));
            }
        }
        CommandLine commandLine = new CommandLine(root);
        commands.forEach(command -> commandLine.addSubcommand(command.getCommandName(), command));
        return commandLine;
    }

    /**
     * Returns the model of a command. One that the arguments do not name has only what the list of commands shows:
     * reading the options of all commands would take most of the time of {@code redrive --help}.
     */
    private static CommandLine model(Subcommand command, Predicate<String> named) {
        Command shown = command.getClass().getAnnotation(Command.class);
        if (named.test(shown.name())) {
            return new CommandLine(command);
        }
        CommandSpec spec = CommandSpec.wrapWithoutInspection(command).name(shown.name());
        spec.usageMessage().description(shown.description());
        return new CommandLine(spec);
    }

    /** Returns the index at which to insert a command: before the one of this name, else at the end. */
    private static int place(String before, List<CommandLine> commands) {
        int place = commands.stream().map(CommandLine::getCommandName).toList().indexOf(before);
        return place < 0 ? commands.size() : place;
    }

    private int wrongUsage(ParameterException mistake, String[] args) {
        CommandLine command = mistake.getCommandLine();
        printError("USAGE", sentence(unknownCommand(mistake)));
        UnmatchedArgumentException.printSuggestions(mistake, terminal.err());
        terminal.message("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
        return Subcommand.USAGE;
    }

    /** Returns the error message, which lists the commands if a word is none of them. */
    private static @Nullable String unknownCommand(ParameterException mistake) {
        CommandLine command = mistake.getCommandLine();
        boolean word = mistake instanceof UnmatchedArgumentException unmatched
                && !unmatched.getUnmatched().isEmpty()
                && !unmatched.getUnmatched().get(0).startsWith("-");
        if (!word || command.getSubcommands().isEmpty()) {
            return mistake.getMessage();
        }
        return noCommand(
                command, ((UnmatchedArgumentException) mistake).getUnmatched().get(0));
    }

    /** Returns the error message for a word that is not a subcommand of this command. */
    static String noCommand(CommandLine command, String word) {
        if (command.getParent() == null && OF_THE_LAB.contains(word)) {
            return "the command '" + word + "' comes with the full distribution; this one is for production";
        }
        return "there is no command '" + word + "'"
                + (command.getSubcommands().isEmpty()
                        ? ""
                        : "; write one of "
                                + String.join(", ", command.getSubcommands().keySet()));
    }

    private int failed(Exception failure, Object command) {
        if (failure instanceof LineOutput.Closed) {
            return Subcommand.OK;
        }
        CommandFailure known = known(failure);
        if (known != null) {
            known.details().forEach(terminal::message);
            printError(known.word(), sentence(known.getMessage()));
        } else {
            printError(
                    Reason.INTERNAL.name(),
                    failure.getClass().getSimpleName() + ": " + sentence(failure.getMessage())
                            + " (run again with --debug and report it)");
        }
        if (debug(command)) {
            terminal.trace(failure);
        }
        return known != null && known.reason() == Reason.USAGE ? Subcommand.USAGE : Subcommand.FAILED;
    }

    /** Returns the failure with its reason; {@code null} if it is unexpected. */
    private static @Nullable CommandFailure known(Exception failure) {
        CommandFailure full = CommandFailure.diskFull("the disk is full", failure);
        if (full != null) {
            return full;
        }
        if (failure instanceof InvalidPathException e) {
            return new CommandFailure(
                    Reason.FILE_UNREADABLE,
                    "'" + e.getInput() + "' is no name of a file here: " + e.getReason() + " (names are encoded in "
                            + System.getProperty("sun.jnu.encoding") + ")",
                    e);
        }
        return failure instanceof CommandFailure known ? known : null;
    }

    private boolean debug(Object command) {
        String variable = terminal.environment().getOrDefault("REDRIVE_DEBUG", "");
        return (command instanceof Subcommand sub && sub.debug()) || !(variable.isEmpty() || variable.equals("0"));
    }

    private void printError(String reason, String sentence) {
        terminal.message("redrive: " + reason + ": " + sentence);
    }

    /** Returns the message in one line. */
    private static String sentence(@Nullable String message) {
        return message == null ? "no more is known" : message.strip().replaceAll("\\s*\\R\\s*", "; ");
    }

    /** Parses a duration: {@code 500ms}, {@code 30s}, {@code 10m}, {@code 1h}, {@code 1d}; max. 366 days. */
    static final class DurationConverter implements ITypeConverter<Duration> {

        private static final Pattern SHAPE = Pattern.compile("([0-9]{1,11})(ms|s|m|h|d)");
        private static final Duration LONGEST = Duration.ofDays(366);

        @Override
        public Duration convert(String text) {
            Matcher shape = SHAPE.matcher(text.toLowerCase(Locale.ROOT));
            if (!shape.matches()) {
                throw new TypeConversionException("'" + text + "' is not a duration such as 500ms, 30s, 10m, 1h or 1d");
            }
            long number = Long.parseLong(shape.group(1));
            Duration duration = switch (shape.group(2)) {
                case "ms" -> Duration.ofMillis(number);
                case "s" -> Duration.ofSeconds(number);
                case "m" -> Duration.ofMinutes(number);
                case "h" -> Duration.ofHours(number);
                default -> Duration.ofDays(number);
            };
            if (duration.compareTo(LONGEST) > 0) {
                throw new TypeConversionException("'" + text + "' is longer than 366d");
            }
            return duration;
        }
    }
}
