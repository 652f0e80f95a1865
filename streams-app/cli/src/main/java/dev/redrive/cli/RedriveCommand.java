package dev.redrive.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The command line's root; does nothing by itself. */
@Command(
        name = "redrive",
        versionProvider = Version.class,
        synopsisSubcommandLabel = "COMMAND",
        description =
                "Gives failed asynchronous API jobs back at the earliest instant at which a retry can succeed, exactly"
                        + " once, under a stable idempotency key; dead-letters what no retry can mend.",
        footer = {
            "First steps:",
            "  redrive dev                         a broker, a registry and a pipeline on this machine",
            "  redrive publish failures.jsonl      publish failures, one JSON object a line",
            "  redrive tail ready                  watch what is to be done now",
            "  redrive retries                     what is pending, and which gate holds it",
            "  redrive explain --status 429        which rule matches, and what follows",
            "",
            "Exit codes: 0 fine, 1 failed, 2 wrong usage.",
            "Environment: REDRIVE_OPTS (options for the JVM), REDRIVE_LOG_LEVEL, REDRIVE_DEBUG, JAVA_HOME.",
            "Help of a command: redrive COMMAND --help"
        })
final class RedriveCommand extends Subcommand {

    private final Terminal terminal;
    private final PipelineClients clients;

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            order = 1002,
            description = "Show the version and exit.")
    private boolean version;

    RedriveCommand(Terminal terminal, PipelineClients clients) {
        this.terminal = terminal;
        this.clients = clients;
    }

    @Override
    public Terminal terminal() {
        return terminal;
    }

    @Override
    PipelineClients clients() {
        return clients;
    }

    @Override
    public Integer call() {
        throw new ParameterException(spec().commandLine(), "a command is missing");
    }
}
