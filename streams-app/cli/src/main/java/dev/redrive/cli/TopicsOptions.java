package dev.redrive.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What the commands about topics share. */
final class TopicsOptions {

    @Option(
            names = "--partitions",
            paramLabel = "N",
            description = "Partitions of each topic, instead of the configuration's.")
    @Nullable
    Integer partitions;

    @Option(
            names = "--replication-factor",
            paramLabel = "N",
            description = "Copies of each partition, instead of the configuration's; -1 for the broker's default.")
    @Nullable
    Short replicationFactor;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            defaultValue = "table",
            description = "${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    OutputFormat output = OutputFormat.table;

    @Mixin
    ConnectionOptions connection = new ConnectionOptions();
}
