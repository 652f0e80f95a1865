package dev.redrive;

import dev.redrive.cli.Cli;
import dev.redrive.cli.Terminal;

/** Entry point of the command line. */
public final class Main {

    private Main() {}

    /**
     * Runs one command and exits with its exit code: 0 success, 1 failure, 2 wrong usage.
     *
     * @param args the command and its options
     */
    public static void main(String[] args) {
        System.exit(Cli.run(Terminal.ofProcess(), args));
    }
}
