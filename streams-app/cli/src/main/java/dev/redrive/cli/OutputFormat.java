package dev.redrive.cli;

/** How lists are printed; the names are words of the command line. */
public enum OutputFormat {
    table,
    json
}
