package dev.redrive.config;

import dev.redrive.config.ClientProperties.Secret;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/** Reads single values; what cannot be read is refused with what to write instead. */
final class Scalars {

    private static final Pattern WHOLE = Pattern.compile("-?[0-9]{1,18}");
    private static final Pattern DECIMAL = Pattern.compile("-?[0-9]{1,9}(\\.[0-9]{1,9})?");

    private Scalars() {}

    /**
     * Reads text as a type: text, numbers, booleans, durations and enums.
     *
     * @throws IllegalArgumentException if it cannot be read; the message says what to write
     */
    static Object read(String text, Class<?> type) {
        if (type == String.class) {
            return text;
        }
        if (type == Secret.class) {
            return new Secret(text);
        }
        if (type == int.class || type == Integer.class) {
            long number = whole(text);
            if (number != (int) number) {
                throw new IllegalArgumentException(text + " is too large; write at most " + Integer.MAX_VALUE);
            }
            return (int) number;
        }
        if (type == double.class || type == Double.class) {
            if (!DECIMAL.matcher(text).matches()) {
                throw new IllegalArgumentException("'" + text + "' is no number; write e.g. 2 or 0.05");
            }
            return Double.parseDouble(text);
        }
        if (type == boolean.class || type == Boolean.class) {
            if (!text.equals("true") && !text.equals("false")) {
                throw new IllegalArgumentException("'" + text + "' is neither; write true or false");
            }
            return text.equals("true");
        }
        if (type == Duration.class) {
            return DurationText.parse(text);
        }
        if (type.isEnum()) {
            return constant(text, type);
        }
        throw new IllegalStateException("no way to read " + type);
    }

    private static long whole(String text) {
        if (!WHOLE.matcher(text).matches()) {
            throw new IllegalArgumentException("'" + text + "' is no whole number; write digits only, e.g. 6");
        }
        return Long.parseLong(text);
    }

    private static Object constant(String text, Class<?> type) {
        List<String> names = new ArrayList<>();
        for (Object constant : type.getEnumConstants()) {
            String name = ((Enum<?>) constant).name();
            if (name.equals(text)) {
                return constant;
            }
            names.add(name);
        }
        throw new IllegalArgumentException("'" + text + "' is not known; " + Suggestion.among(text, names));
    }

    /** Parts between commas, without the spaces around them. */
    static List<String> split(String text) {
        return Arrays.stream(text.split(",", -1))
                .map(String::strip)
                .filter(part -> !part.isEmpty())
                .toList();
    }
}
