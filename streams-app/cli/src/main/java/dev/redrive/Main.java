package dev.redrive;

import dev.redrive.cli.Cli;
import dev.redrive.cli.Terminal;

/** Starts the command line in a process of its own. */
public final class Main {

    private Main() {}

    /**
     * Runs one command and ends the process with its exit code: 0 fine, 1 failed, 2 wrong usage.
     *
     * @param args the command and its options
     */
    public static void main(String[] args) {
        System.exit(Cli.run(Terminal.ofProcess(), args));
    }
}
