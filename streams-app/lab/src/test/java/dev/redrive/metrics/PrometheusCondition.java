package dev.redrive.metrics;

import dev.redrive.containers.Requirement;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Whether Prometheus and the tools that check its configuration and Alertmanager's are installed. */
public final class PrometheusCondition implements ExecutionCondition {

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        return Requirement.check(
                Requirement.answers("prometheus", "--version")
                        && Requirement.answers("promtool", "--version")
                        && Requirement.answers("amtool", "--version"),
                "prometheus, promtool or amtool is not installed");
    }
}
