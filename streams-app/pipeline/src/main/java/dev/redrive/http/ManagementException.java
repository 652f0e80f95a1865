package dev.redrive.http;

/** The management port cannot be opened; the message says why, and what to do. */
public final class ManagementException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    ManagementException(String message, Throwable cause) {
        super(message, cause);
    }
}
