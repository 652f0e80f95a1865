package dev.redrive.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The configuration file of commands that are about the configuration itself. */
final class ConfigOption {

    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            defaultValue = "${env:REDRIVE_CONFIG}",
            description =
                    "Configuration in YAML; over it come variables such as REDRIVE_TOPICS__PREFIX. Default: the file"
                            + " that REDRIVE_CONFIG names, else the built-in defaults.")
    @Nullable
    Path file;
}
