package dev.redrive.cli;

import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code redrive topics export}. */
@Command(
        name = "export",
        description = {
            "Write the topics and the least access rights for other tools.",
            "",
            "Asks no broker: everything follows from the configuration. The rights are those of the pipeline itself and of"
                    + " NAME-publishers, NAME-workers, NAME-readers and NAME-operators, whose consumer groups begin with"
                    + " their names."
        })
final class TopicsExportCommand extends Subcommand {

    @Option(
            names = "--format",
            required = true,
            paramLabel = "FORMAT",
            description = "${COMPLETION-CANDIDATES}: resources for Strimzi, Kafka's own scripts, or Terraform.")
    private TopicsExport.@Nullable Format format;

    @Option(
            names = "--principal",
            paramLabel = "NAME",
            defaultValue = "redrive",
            description = "The pipeline's principal, without 'User:'. Default: ${DEFAULT-VALUE}.")
    private String principal = "redrive";

    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            defaultValue = "${env:REDRIVE_CONFIG}",
            description = "The pipeline's configuration; without it, the defaults.")
    private @Nullable Path config;

    @Override
    public Integer call() {
        return new TopicsExportRun(terminal(), config).run(Objects.requireNonNull(format), principal);
    }
}
