package dev.redrive.containers;

import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Whether Node and npm are installed. */
final class NodeCondition implements ExecutionCondition {

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        return Requirement.check(
                Requirement.answers("node", "--version") && Requirement.answers("npm", "--version"),
                "Node or npm is not installed");
    }
}
