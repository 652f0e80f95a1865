package dev.redrive.domain.stats;

import java.time.Instant;

/**
 * One more of something, at an instant.
 *
 * @param kind what is counted
 * @param service service category; may be empty
 * @param operation operation name; may be empty
 * @param word the class of failure, or the reason of a dead letter; empty for submissions
 * @param code the error code; may be empty
 * @param at when it happened
 */
public record Count(Kind kind, String service, String operation, String word, String code, Instant at) {

    /** What is counted. */
    public enum Kind {
        /** A failure that was accepted. */
        FAILURE,
        /** An attempt that was submitted: the denominator. */
        SUBMITTED,
        /** A dead letter. */
        DEAD_LETTER
    }
}
