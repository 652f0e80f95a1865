package dev.redrive.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Base class of all commands. Subclasses contain options only; other classes do the work, so that printing help loads
 * neither Kafka nor Avro.
 */
@Command(
        synopsisHeading = "Usage: ",
        descriptionHeading = "%n",
        parameterListHeading = "%nParameters:%n",
        optionListHeading = "%nOptions:%n",
        commandListHeading = "%nCommands:%n",
        footerHeading = "%n",
        sortOptions = false,
        usageHelpAutoWidth = false,
        showDefaultValues = false)
public abstract class Subcommand implements Callable<Integer> {

    public static final int OK = 0;
    static final int FAILED = 1;
    static final int USAGE = 2;

    /** A redrive has ended, or halted, and letters are left. */
    static final int LETTERS_LEFT = 3;

    /** Output format of lists; the names are used on the command line. */
    public enum OutputFormat {
        table,
        json
    }

    @SuppressWarnings("NullAway.Init")
    @Spec
    private CommandSpec spec;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            order = 1000,
            description = "Show this help and exit.")
    private boolean help;

    @Option(names = "--debug", order = 1001, description = "Show stack traces of errors; so does REDRIVE_DEBUG=1.")
    private boolean debug;

    CommandSpec spec() {
        return spec;
    }

    boolean debug() {
        return debug;
    }

    public Terminal terminal() {
        return ((RedriveCommand) spec.root().userObject()).terminal();
    }

    PipelineClients clients() {
        return ((RedriveCommand) spec.root().userObject()).clients();
    }
}
