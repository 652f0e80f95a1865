package dev.redrive.containers;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;

/** Something that tests need of the machine: skipped without it on a developer's, failed without it in CI. */
final class Requirement {

    private static final Set<String> TOLD = ConcurrentHashMap.newKeySet();

    private Requirement() {}

    /**
     * @param there whether the machine has it
     * @param missing what to tell when it has not
     * @throws IllegalStateException if it is missing and the environment variable {@code CI} is set
     */
    static ConditionEvaluationResult check(boolean there, String missing) {
        if (there) {
            return ConditionEvaluationResult.enabled("it is there");
        }
        if (System.getenv("CI") != null) {
            throw new IllegalStateException(missing + ", and CI skips no test");
        }
        if (TOLD.add(missing)) {
            System.out.println("SKIPPED: " + missing + "; the tests that need it do not run");
        }
        return ConditionEvaluationResult.disabled(missing);
    }
}
