package dev.redrive.config;

import org.jspecify.annotations.Nullable;

/**
 * {@code rules}: the classification.
 *
 * @param file a rules file that replaces the built-in one; relative to the configuration file; {@code null} for the built-in one
 */
public record RulesSettings(@Nullable String file) {

    public RulesSettings {
        Require.that(file == null || !file.isBlank(), "file", "is empty; write a path, or leave it out");
    }
}
