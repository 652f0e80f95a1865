package dev.redrive.domain.decide;

import dev.redrive.domain.classify.FailureFacts;
import dev.redrive.domain.classify.RuleSet.RuleTrace;
import java.util.List;

/**
 * A decision and how it came about, for people.
 *
 * @param profile name of the profile that read the failure
 * @param facts what the rules looked at
 * @param trace why each rule did or did not decide, in their order
 * @param hint when the API asked to come back
 * @param rateLimit what the response told of the user's rate window
 * @param decision what becomes of the failure
 * @param why the steps that led from the rule to the decision, in words, in order
 */
public record Explanation(
        String profile,
        FailureFacts facts,
        List<RuleTrace> trace,
        RetryHint hint,
        RateLimitHint rateLimit,
        Decision decision,
        List<String> why) {

    /** Takes copies of the lists. */
    public Explanation {
        trace = List.copyOf(trace);
        why = List.copyOf(why);
    }
}
