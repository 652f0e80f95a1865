package dev.redrive.domain.classify;

/**
 * Why one rule did or did not decide a failure.
 *
 * @param ruleId the rule
 * @param outcome what came of asking it
 * @param why in words: the condition that failed, or those that held
 */
public record RuleTrace(String ruleId, Outcome outcome, String why) {

    /** What came of asking a rule. */
    public enum Outcome {
        /** All its conditions held, and it was the first: it decides. */
        MATCHED,
        /** A condition failed. */
        MISSED,
        /** An earlier rule had matched. */
        NOT_REACHED
    }
}
