package dev.redrive.domain.classify;

import org.jspecify.annotations.Nullable;

/**
 * The rule that matched a failure, and its result.
 *
 * @param ruleId the rule's stable id
 * @param rulesVersion hash of the rule set, to trace a decision to its rules
 * @param failureClass the kind of failure
 * @param disposition what becomes of it
 * @param remedy what a person can do about it; {@code null} if no action is needed
 * @param code the code that the rules matched against
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
        /** The job is released when it is due and every gate is open. */
        RETRY,
        /**
         * The job waits until the known end of the cause. Without one it is dead-lettered, unless the quota gate can
         * block its retry until then.
         */
        PARK,
        /** The job is dead-lettered. */
        DEAD_LETTER,
        /** The failure is dropped on purpose, with an outcome. */
        DROP
    }
}
