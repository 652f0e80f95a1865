package dev.redrive.cli;

import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import org.jspecify.annotations.Nullable;

/** Values as the texts of a table's cells. */
final class Cells {

    /** Where there is no value. */
    static final String NONE = "-";

    private static final DateTimeFormatter MILLIS =
            new DateTimeFormatterBuilder().appendInstant(3).toFormatter();

    private Cells() {}

    static String of(@Nullable Object value) {
        if (value == null) {
            return NONE;
        }
        return value instanceof Instant instant ? MILLIS.format(instant) : value.toString();
    }
}
