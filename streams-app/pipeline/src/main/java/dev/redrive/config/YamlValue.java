package dev.redrive.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A value as it was written, with the place where it stands. */
sealed interface YamlValue {

    /** Where it stands. */
    Origin origin();

    /**
     * A place.
     *
     * @param source a file's name, or {@code environment variable X}
     * @param line from 1; 0 where there is none
     */
    record Origin(String source, int line) {
        Problem problem(String path, String message) {
            return new Problem(source, line, path, message);
        }
    }

    /**
     * A single value.
     *
     * @param text as it was written, unquoted
     * @param absent whether it is YAML's null
     * @param secret whether it was read from a file or from the environment by reference
     */
    record Scalar(Origin origin, String text, boolean absent, boolean secret) implements YamlValue {
        Scalar(Origin origin, String text) {
            this(origin, text, false, false);
        }

        /** Whether it stands in a file in clear text. */
        boolean bare() {
            return !secret && origin.line() > 0;
        }
    }

    /** Values in order. */
    record Sequence(Origin origin, List<YamlValue> items) implements YamlValue {}

    /** Values by key, in the order they were written. */
    record Mapping(Origin origin, Map<String, YamlValue> entries) implements YamlValue {

        /** These values over those below: mappings are merged key by key, everything else is replaced. */
        static Mapping merged(Mapping below, Mapping above) {
            Map<String, YamlValue> entries = new LinkedHashMap<>(below.entries);
            above.entries.forEach((key, value) -> entries.merge(key, value, Mapping::over));
            return new Mapping(above.origin, entries);
        }

        private static YamlValue over(YamlValue below, YamlValue above) {
            if (below instanceof Mapping lower && above instanceof Mapping upper) {
                return merged(lower, upper);
            }
            boolean emptySection = below instanceof Mapping && above instanceof Scalar scalar && scalar.absent();
            return emptySection ? below : above;
        }
    }
}
