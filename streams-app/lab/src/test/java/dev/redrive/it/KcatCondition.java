package dev.redrive.it;

import dev.redrive.containers.Requirement;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Whether kcat, a client on librdkafka, is installed. */
final class KcatCondition implements ExecutionCondition {

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        return Requirement.check(Requirement.answers("kcat", "-V"), "kcat is not installed");
    }
}
