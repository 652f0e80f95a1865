package dev.redrive.serde;

import java.util.List;
import org.apache.avro.SystemLimitException;

/**
 * Avro's limits on the length that a value may claim. Avro's own decoder reserves whatever is claimed: a crafted record of a
 * few bytes would cost a thread its memory, again and again. The limits are system properties of the whole process, read
 * once, when the first value is decoded; so every way to a deserializer sets them first, to what fits into a record, unless
 * they are set already.
 */
final class AvroLimits {

    /** More than any record that Redrive reads or writes. */
    private static final int MAX_LENGTH_BYTES = 4 * 1024 * 1024;

    private static final List<String> LIMITS = List.of(
            SystemLimitException.MAX_BYTES_LENGTH_PROPERTY,
            SystemLimitException.MAX_STRING_LENGTH_PROPERTY,
            SystemLimitException.MAX_COLLECTION_LENGTH_PROPERTY);

    static {
        for (String limit : LIMITS) {
            if (System.getProperty(limit) == null) {
                System.setProperty(limit, Integer.toString(MAX_LENGTH_BYTES));
            }
        }
    }

    private AvroLimits() {}

    /** Sets the limits, once. */
    static void set() {
        // the class's initializer does it
    }
}
