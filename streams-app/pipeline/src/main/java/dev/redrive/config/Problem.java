package dev.redrive.config;

/**
 * One mistake in the configuration.
 *
 * @param source where the value stands: a file's name, or an environment variable; never empty
 * @param line the line in the file, from 1; 0 where there is none
 * @param path the YAML path, e.g. {@code retry.tiers}; empty for the whole file
 * @param message what is wrong, and what to write instead
 */
public record Problem(String source, int line, String path, String message) {

    /** As compilers write it: {@code source:line: path: message}. */
    @Override
    public String toString() {
        String where = line > 0 ? source + ":" + line : source;
        return where + ": " + (path.isEmpty() ? "" : path + ": ") + message;
    }
}
