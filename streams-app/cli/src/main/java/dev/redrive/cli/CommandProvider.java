package dev.redrive.cli;

import java.util.List;

/**
 * Adds the commands of an optional part of the distribution. {@link java.util.ServiceLoader} instantiates
 * implementations at every start: that must load neither Kafka nor Avro, so that help stays fast.
 */
public interface CommandProvider {

    /** Returns new command instances with distinct names. */
    List<Placed> commands();

    /**
     * A command and its position in help.
     *
     * @param before name of the command that follows it; the commands of {@link Cli} are already registered
     */
    record Placed(Subcommand command, String before) {}
}
