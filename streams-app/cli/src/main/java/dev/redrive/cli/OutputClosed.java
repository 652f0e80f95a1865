package dev.redrive.cli;

/** Whoever read standard output is gone, as after {@code | head}; the command ends quietly. */
final class OutputClosed extends RuntimeException {

    OutputClosed(Throwable cause) {
        super("standard output is closed", cause, false, false);
    }
}
