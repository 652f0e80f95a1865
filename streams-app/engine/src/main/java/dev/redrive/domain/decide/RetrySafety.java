package dev.redrive.domain.decide;

import dev.redrive.domain.classify.FailureClass;
import dev.redrive.domain.classify.FailureFacts;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Whether doing an attempt again could do its work twice. */
final class RetrySafety {

    /** RFC 9110 section 9.2.2; every other method, also an unknown one, may do its work twice. */
    private static final Set<String> IDEMPOTENT = Set.of("GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE");

    private RetrySafety() {}

    /** Whether the attempt may have been executed, its method does not bear a second execution, and no key guards it. */
    static boolean unsafe(FailureFacts facts, FailureClass failureClass) {
        return !facts.keyPresent() && !IDEMPOTENT.contains(facts.method()) && mayHaveRun(facts, failureClass);
    }

    /**
     * Whether the request may have been executed without that being known to be over. A job that was accepted and then
     * failed has ended; what a guard turned away before the work began was never executed.
     */
    private static boolean mayHaveRun(FailureFacts facts, FailureClass failureClass) {
        boolean turnedAway = failureClass.throttled()
                || failureClass == FailureClass.QUOTA_EXHAUSTED
                || failureClass == FailureClass.SPEND_CAPPED;
        return !turnedAway
                && switch (facts.cause()) {
                    case ASYNC -> false;
                    case NETWORK, TIMEOUT, UNKNOWN -> true;
                    case RESPONSE -> ambiguous(facts.status());
                };
    }

    private static boolean ambiguous(@Nullable Integer status) {
        return status == null
                || status < 400
                || status == 408
                || status == 409
                || status == 460
                || status == 499
                || status >= 500;
    }
}
