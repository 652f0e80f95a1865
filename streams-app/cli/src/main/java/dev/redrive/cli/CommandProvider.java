package dev.redrive.cli;

import java.util.List;

/**
 * Adds the commands of an optional part of the distribution. Implementations are found by {@link java.util.ServiceLoader},
 * at every start: making one must load neither Kafka nor Avro, so that help stays fast.
 */
public interface CommandProvider {

    /** New commands, each with its own name. */
    List<Subcommand> commands();
}
