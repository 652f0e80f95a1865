package dev.redrive.server.api;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An error answer (RFC 9457). It holds nothing that the caller may not see, and no stack trace. */
public final class ApiException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /**
     * One mistake in a request.
     *
     * @param pointer JSON Pointer of the field, or the name of the parameter; empty for the whole body
     * @param detail what is wrong; holds names, never values
     */
    public record FieldError(String pointer, String detail) {}

    private final ApiError error;
    private final transient List<FieldError> errors;
    private final transient Map<String, Object> more = new LinkedHashMap<>();
    private int retryAfterSeconds;

    /**
     * Creates the answer.
     *
     * @param detail what is wrong with this request, for people; {@code null} if the title is enough
     */
    public ApiException(ApiError error, @Nullable String detail) {
        this(error, detail, List.of());
    }

    /** Creates the answer with the mistakes of single fields. */
    public ApiException(ApiError error, @Nullable String detail, List<FieldError> errors) {
        super(detail, null, false, false);
        this.error = error;
        this.errors = List.copyOf(errors);
    }

    /** Adds {@code Retry-After}. */
    public ApiException retryAfter(int seconds) {
        retryAfterSeconds = seconds;
        return this;
    }

    /** Adds a member to the answer, such as {@code commandId}. */
    public ApiException with(String name, Object value) {
        more.put(name, value);
        return this;
    }

    /** Returns the reason. */
    public ApiError error() {
        return error;
    }

    /** Returns the seconds of {@code Retry-After}; 0 for none. */
    int retryAfterSeconds() {
        return retryAfterSeconds;
    }

    /** Returns the answer's members in order. */
    Map<String, Object> members() {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("type", "urn:redrive:error:" + error.name());
        members.put("title", error.title());
        members.put("status", error.status());
        members.put("reason", error.name());
        String detail = getMessage();
        if (detail != null) {
            members.put("detail", detail);
        }
        if (!errors.isEmpty()) {
            members.put("errors", errors);
        }
        members.putAll(more);
        return members;
    }
}
