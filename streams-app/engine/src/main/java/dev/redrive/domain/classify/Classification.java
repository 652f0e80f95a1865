package dev.redrive.domain.classify;

import org.jspecify.annotations.Nullable;

/**
 * Which rule matched a failure, and what follows from it.
 *
 * @param ruleId the rule's stable id
 * @param rulesVersion hash of the rule set, so that a decision can be traced to its rules
 * @param failureClass the kind of failure
 * @param disposition what becomes of it
 * @param remedy what a person can do about it; {@code null} where time alone mends it
 * @param code the code that was looked at
 * @param contradiction whether code and status contradict each other; the code wins
 */
public record Classification(
        String ruleId,
        String rulesVersion,
        FailureClass failureClass,
        Disposition disposition,
        @Nullable String remedy,
        @Nullable String code,
        boolean contradiction) {

    /** What becomes of a failure. */
    public enum Disposition {
        /** The job comes back when it is due and every gate is open. */
        RETRY,
        /** The job rests until the known instant at which the cause ends; without one it is dead-lettered. */
        PARK,
        /** The job ends in the dead-letter topic. */
        DEAD_LETTER,
        /** The failure is forgotten on purpose; its outcome says so. */
        DROP
    }
}
