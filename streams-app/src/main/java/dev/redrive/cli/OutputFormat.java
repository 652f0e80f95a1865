package dev.redrive.cli;

/** How lists are printed; the names are words of the command line. */
enum OutputFormat {
    table,
    json
}
