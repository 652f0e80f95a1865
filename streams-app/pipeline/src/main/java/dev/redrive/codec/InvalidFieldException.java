package dev.redrive.codec;

/** A record could be decoded, but a field of it holds what it may not hold; the message names the field, not its content. */
public final class InvalidFieldException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    InvalidFieldException(String message) {
        super(message, null, false, false);
    }
}
