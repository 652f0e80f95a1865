package dev.redrive.containers;

import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;

/** Something that tests need of the machine: skipped without it on a developer's, failed without it in CI. */
public final class Requirement {

    private static final Set<String> TOLD = ConcurrentHashMap.newKeySet();

    private Requirement() {}

    /**
     * @param there whether the machine has it
     * @param missing what to tell when it has not
     * @throws IllegalStateException if it is missing and the environment variable {@code CI} is set
     */
    public static ConditionEvaluationResult check(boolean there, String missing) {
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

    /** Whether a command can be run and succeeds. */
    public static boolean answers(String... command) {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor(30, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
