package dev.redrive.config;

import dev.redrive.config.ConfigException.InvalidSetting;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/** The configuration has mistakes; contains all that were found. */
public final class ConfigException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient List<Problem> problems;

    /**
     * Creates an exception.
     *
     * @param problems the mistakes; at least one
     */
    public ConfigException(List<Problem> problems) {
        super(problems.stream().map(Problem::toString).collect(Collectors.joining(System.lineSeparator())));
        this.problems = List.copyOf(problems);
    }

    /** Returns all mistakes, those of one file ordered by line. */
    public List<Problem> problems() {
        return problems;
    }

    /**
     * One mistake in the configuration.
     *
     * @param source the value's source: a file's name, or an environment variable; never empty
     * @param line the line in the file, from 1; 0 if there is none
     * @param path the YAML path, e.g. {@code retry.tiers}; empty for the whole file
     * @param message what is wrong, and what to write instead
     */
    public record Problem(String source, int line, String path, String message) {

        /** Formats it like a compiler: {@code source:line: path: message}. */
        @Override
        public String toString() {
            String where = line > 0 ? source + ":" + line : source;
            return where + ": " + (path.isEmpty() ? "" : path + ": ") + message;
        }
    }

    /** A value refused by its record; the loader converts it to a {@link Problem} with the value's line. */
    public static final class InvalidSetting extends IllegalArgumentException {

        private static final long serialVersionUID = 1L;

        private final String key;
        private final String advice;

        /**
         * Creates an exception with the key and what to write.
         *
         * @param key YAML path of the value, relative to the record that refuses it
         * @param advice what is wrong, and what to write instead
         */
        public InvalidSetting(String key, String advice) {
            super(key + ": " + advice);
            this.key = key;
            this.advice = advice;
        }

        String key() {
            return key;
        }

        String advice() {
            return advice;
        }
    }

    /** Checks of records' values; each message contains the key and the range. */
    static final class Require {

        private Require() {}

        static void between(String key, long value, long min, long max) {
            if (value < min || value > max) {
                throw new InvalidSetting(key, value + " is out of range; write " + min + " to " + max);
            }
        }

        static void between(String key, Duration value, Duration min, Duration max) {
            if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
                throw new InvalidSetting(
                        key,
                        DurationText.format(value) + " is out of range; write " + DurationText.format(min) + " to "
                                + DurationText.format(max));
            }
        }

        static void that(boolean holds, String key, String advice) {
            if (!holds) {
                throw new InvalidSetting(key, advice);
            }
        }
    }
}
