package dev.redrive.cli;

/** The topics that people and systems write; the names are words of the command line. */
enum InputTopic {
    failures,
    lifecycle,
    accounts,
    commands
}
