package dev.redrive.cli;

import java.util.Objects;
import picocli.CommandLine.IVersionProvider;

/** The version from the jar's manifest. */
final class Version implements IVersionProvider {

    @Override
    public String[] getVersion() {
        String version = Version.class.getPackage().getImplementationVersion();
        return new String[] {"redrive " + Objects.requireNonNullElse(version, "(not from a distribution)")};
    }
}
