package dev.redrive.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code redrive version}: the word for {@code --version}. */
@Command(name = "version", description = "Show the version.")
final class VersionCommand extends Subcommand {

    @Override
    public Integer call() {
        CommandLine root = spec().root().commandLine();
        root.printVersionHelp(root.getOut());
        return OK;
    }
}
