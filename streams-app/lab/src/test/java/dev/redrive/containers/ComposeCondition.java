package dev.redrive.containers;

import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Whether docker-compose or the plugin of the same name, and the docker command, are installed. */
final class ComposeCondition implements ExecutionCondition {

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        return Requirement.check(
                Compose.command() != null && Requirement.answers("docker", "--version"),
                "docker-compose is not installed");
    }
}
