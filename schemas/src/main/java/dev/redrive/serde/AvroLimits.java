package dev.redrive.serde;

import java.lang.reflect.Method;
import java.util.List;
import org.apache.avro.SystemLimitException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Avro's limits on the declared length of a value. Avro's own decoder allocates the declared length: a crafted record
 * of a few bytes could repeatedly exhaust a thread's memory. The limits are system properties of the whole process,
 * which Avro reads once, when it creates its first {@code Utf8} string; so every path to a deserializer first sets
 * those that are unset, to what fits into a record, and makes Avro reload them if it has read them before.
 */
final class AvroLimits {

    /** Larger than any record that Redrive reads or writes. */
    static final int MAX_LENGTH_BYTES = 4 * 1024 * 1024;

    private static final Logger LOG = LoggerFactory.getLogger(AvroLimits.class);

    private static final List<String> LIMITS = List.of(
            SystemLimitException.MAX_BYTES_LENGTH_PROPERTY,
            SystemLimitException.MAX_STRING_LENGTH_PROPERTY,
            SystemLimitException.MAX_COLLECTION_LENGTH_PROPERTY);

    private AvroLimits() {}

    /** Sets the limits that are not set; idempotent and thread-safe. */
    static synchronized void set() {
        boolean changed = false;
        for (String limit : LIMITS) {
            if (System.getProperty(limit) == null) {
                System.setProperty(limit, Integer.toString(MAX_LENGTH_BYTES));
                changed = true;
            }
        }
        if (changed && unlimited()) {
            readAgain();
        }
    }

    /**
     * Returns whether Avro has read its limits without ours: a length close to 2^31, below that of Java's arrays,
     * passes.
     */
    private static boolean unlimited() {
        try {
            SystemLimitException.checkMaxStringLength(Integer.MAX_VALUE - 64L);
            return true;
        } catch (SystemLimitException | UnsupportedOperationException e) {
            return false;
        }
    }

    private static void readAgain() {
        try {
            Method reset = SystemLimitException.class.getDeclaredMethod("resetLimits");
            reset.setAccessible(true);
            reset.invoke(null);
        } catch (ReflectiveOperationException | RuntimeException e) {
            LOG.warn(
                    "Avro has read its limits before they were set; start the process with -D{}={}",
                    SystemLimitException.MAX_STRING_LENGTH_PROPERTY,
                    MAX_LENGTH_BYTES);
        }
    }
}
