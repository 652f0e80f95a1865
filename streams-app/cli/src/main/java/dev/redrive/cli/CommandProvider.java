package dev.redrive.cli;

import java.util.List;

/**
 * Adds the commands of an optional part of the distribution. Implementations are found by {@link java.util.ServiceLoader},
 * at every start: making one must load neither Kafka nor Avro, so that help stays fast.
 */
public interface CommandProvider {

    /** New commands, each with its own name. */
    List<Placed> commands();

    /**
     * A command and its place in help.
     *
     * @param before name of the command that it stands before; the commands of {@link Cli} are there already
     */
    record Placed(Subcommand command, String before) {}
}
