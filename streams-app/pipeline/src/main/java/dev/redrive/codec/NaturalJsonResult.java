package dev.redrive.codec;

/**
 * What became of reading natural JSON.
 *
 * @param <T> what was to be read
 */
public sealed interface NaturalJsonResult<T> {

    /**
     * It could be read.
     *
     * @param <T> what was read
     * @param value the record
     */
    record Read<T>(T value) implements NaturalJsonResult<T> {}

    /**
     * It could not.
     *
     * @param <T> what was to be read
     * @param problem the kind of mistake
     * @param path where it is, e.g. {@code request.body} or {@code history[2].attempt}; empty for the whole line
     * @param message what is wrong there; holds names of fields, never their values
     */
    record Refused<T>(Problem problem, String path, String message) implements NaturalJsonResult<T> {

        /** Path and message as one sentence for people. */
        public String sentence() {
            return path.isEmpty() ? message : path + ": " + message;
        }
    }

    /** Kinds of mistakes; the names are stable. */
    enum Problem {
        /** Not JSON in UTF-8, nested too deep, or more than one value. */
        MALFORMED,
        /** Longer than {@link NaturalJson#MAX_LINE_BYTES}. */
        TOO_LARGE,
        /** A name stands twice in one object. */
        DUPLICATE_FIELD,
        /** The schema has no such field. */
        UNKNOWN_FIELD,
        /** A field without default is absent. */
        MISSING_FIELD,
        /** The value is of another type than the schema's. */
        WRONG_TYPE,
        /** The type is right, but the value is outside its range. */
        OUT_OF_RANGE
    }
}
