package dev.redrive.bench;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A measurement failed, or its records do not balance, so that its figures are invalid. */
public final class BenchException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final List<String> details;

    BenchException(String message) {
        this(message, List.of(), null);
    }

    BenchException(String message, List<String> details, @Nullable Throwable cause) {
        super(message, cause);
        this.details = List.copyOf(details);
    }

    /** Returns the findings, one line each; may be empty. */
    public List<String> details() {
        return details;
    }
}
