package dev.redrive.cli;

import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** The root command, which does nothing itself, and the commands {@code help} and {@code version}. */
@Command(
        name = "redrive",
        versionProvider = RedriveCommand.Version.class,
        synopsisSubcommandLabel = "COMMAND",
        description =
                "Gives failed asynchronous API jobs back at the earliest instant at which a retry can succeed, exactly"
                        + " once, under a stable idempotency key; dead-letters what no retry can mend.",
        footer = {
            "First steps:",
            "  redrive dev                         a broker, a registry and a pipeline on this machine",
            "  redrive publish failures.jsonl      publish failures, one JSON object a line",
            "  redrive tail ready                  watch what is to be done now",
            "  redrive retries                     what is pending, and which gate blocks it",
            "  redrive dead-letters groups         what no retry could mend, by kind",
            "  redrive explain --status 429        which rule matches, and what follows",
            "",
            "Exit codes: 0 fine, 1 failed, 2 wrong usage, 3 a redrive ended with letters left.",
            "Environment: REDRIVE_OPTS (options for the JVM), REDRIVE_LOG_LEVEL, REDRIVE_DEBUG, JAVA_HOME,",
            "  REDRIVE_SERVER and REDRIVE_TOKEN (the HTTP API and its token).",
            "Help of a command: redrive COMMAND --help"
        })
final class RedriveCommand extends Subcommand {

    private final Terminal terminal;
    private final Supplier<PipelineClients> clients;

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            order = 1002,
            description = "Show the version and exit.")
    private boolean version;

    RedriveCommand(Terminal terminal, Supplier<PipelineClients> clients) {
        this.terminal = terminal;
        this.clients = clients;
    }

    @Override
    public Terminal terminal() {
        return terminal;
    }

    @Override
    PipelineClients clients() {
        return clients.get();
    }

    @Override
    public Integer call() {
        throw new ParameterException(spec().commandLine(), "a command is missing");
    }

    /** {@code redrive help}: the same as {@code --help}. */
    @Command(
            name = "help",
            description = "Show the help of a command, or of all.",
            footer = {"Examples:", "  redrive help tail", "  redrive help topics create"})
    static final class HelpCommand extends Subcommand {

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

    /** {@code redrive version}: the same as {@code --version}. */
    @Command(name = "version", description = "Show the version.")
    static final class VersionCommand extends Subcommand {

        @Override
        public Integer call() {
            CommandLine root = spec().root().commandLine();
            root.printVersionHelp(root.getOut());
            return OK;
        }
    }

    /** Reads the version from the jar's manifest. */
    static final class Version implements IVersionProvider {

        @Override
        public String[] getVersion() {
            String version = Version.class.getPackage().getImplementationVersion();
            return new String[] {"redrive " + Objects.requireNonNullElse(version, "(not from a distribution)")};
        }
    }
}
