package dev.redrive.cli;

/** Output format of lists; the names are used on the command line. */
public enum OutputFormat {
    table,
    json
}
