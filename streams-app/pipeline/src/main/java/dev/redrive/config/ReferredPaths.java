package dev.redrive.config;

import java.util.Set;

/**
 * Which values came from a file or from the environment by reference, and are therefore never shown.
 *
 * @param paths YAML paths, e.g. {@code streams.instanceId}
 */
public record ReferredPaths(Set<String> paths) {

    public ReferredPaths {
        paths = Set.copyOf(paths);
    }
}
