package dev.redrive.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.redrive.domain.classify.Classification;
import dev.redrive.domain.classify.FailureFacts;
import dev.redrive.domain.classify.RuleSet.RuleTrace;
import dev.redrive.domain.decide.Decider.Explanation;
import dev.redrive.domain.decide.Decision;
import dev.redrive.domain.decide.RetryPolicy.Tier;
import dev.redrive.domain.event.Input.JobFailed;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Formats an explanation as text or as JSON. */
final class ExplanationText {

    private final JobFailed failure;
    private final Explanation explanation;
    private final List<Tier> tiers;

    ExplanationText(JobFailed failure, Explanation explanation, List<Tier> tiers) {
        this.failure = failure;
        this.explanation = explanation;
        this.tiers = tiers;
    }

    /** Returns one line per result, then the decision steps. */
    List<String> lines(boolean trace) {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("failure", failure());
        summary().forEach((name, value) -> facts.put(name, String.valueOf(value)));
        List<String> lines = new ArrayList<>();
        facts.forEach((name, value) -> lines.add(String.format("%-12s %s", name, value)));
        lines.add("why");
        explanation.why().forEach(step -> lines.add("  - " + step));
        if (trace) {
            TextTable table = new TextTable("rule", "outcome", "because");
            explanation.trace().forEach(rule -> table.row(rule.ruleId(), rule.outcome(), rule.why()));
            lines.add("rules, in order");
            table.lines().forEach(line -> lines.add("  " + line));
        }
        return lines;
    }

    /** Adds the explanation to a JSON object, with every rule that was evaluated. */
    ObjectNode json(ObjectNode object) {
        ObjectNode described = object.putObject("failure");
        FailureFacts facts = explanation.facts();
        described.put("code", facts.code());
        described.put("status", facts.status());
        described.put("cause", facts.cause().name());
        described.put("method", facts.method());
        described.put("service", facts.service());
        described.put("operation", facts.operation());
        described.put("keyPresent", facts.keyPresent());
        summary().forEach(object::putPOJO);
        ArrayNode why = object.putArray("why");
        explanation.why().forEach(why::add);
        ArrayNode rules = object.putArray("trace");
        for (RuleTrace rule : explanation.trace()) {
            rules.addObject()
                    .put("rule", rule.ruleId())
                    .put("outcome", rule.outcome().name())
                    .put("because", rule.why());
        }
        return object;
    }

    private Map<String, Object> summary() {
        Decision decision = explanation.decision();
        Classification classification = decision.classification();
        Map<String, Object> summary = new LinkedHashMap<>();
        summary.put("profile", explanation.profile());
        summary.put("rule", classification.ruleId());
        summary.put("rules", classification.rulesVersion());
        summary.put("class", classification.failureClass().name());
        if (classification.contradiction()) {
            summary.put("contradiction", true);
        }
        if (decision instanceof Decision.Retry retry) {
            summary.put("disposition", retry.parked() ? "PARK" : "RETRY");
            summary.put("charged", retry.charged());
            summary.put("due", retry.dueAt().toString());
            summary.put("delay", delay(retry.dueAt()));
            summary.put(
                    "tier",
                    Tier.covering(Duration.between(failure.failedAt(), retry.dueAt()), tiers)
                            .name());
            put(summary, "key", key(retry.idempotencyKey()));
            summary.put("epoch", retry.epoch());
        } else if (decision instanceof Decision.DeadLetter dead) {
            summary.put("disposition", "DEAD_LETTER");
            summary.put("charged", dead.charged());
            summary.put("reason", dead.reason().name());
            summary.put("remedy", dead.remedy());
            put(summary, "key", key(dead.idempotencyKey()));
            summary.put("epoch", dead.epoch());
        } else {
            summary.put("disposition", "DROP");
            summary.put("charged", decision.charged());
        }
        return summary;
    }

    /** A derived key depends on ids that a described failure does not have. */
    private @Nullable String key(@Nullable String key) {
        boolean carried = key == null || key.equals(failure.idempotencyKey());
        return carried || !failure.job().equals(ExplainCommand.Run.NOBODY)
                ? key
                : "derived from userId, jobId and epoch";
    }

    private static void put(Map<String, Object> summary, String name, @Nullable Object value) {
        if (value != null) {
            summary.put(name, value);
        }
    }

    private String delay(Instant due) {
        return Duration.between(failure.failedAt(), due).toMillis() + " ms after the failure";
    }

    private String failure() {
        FailureFacts facts = explanation.facts();
        List<String> parts = new ArrayList<>();
        parts.add(facts.cause().name());
        if (facts.status() != null) {
            parts.add("status " + facts.status());
        }
        if (facts.code() != null) {
            parts.add("code " + facts.code());
        }
        parts.add(facts.method());
        if (!facts.service().isEmpty()) {
            parts.add("service " + facts.service());
        }
        if (!facts.operation().isEmpty()) {
            parts.add("operation " + facts.operation());
        }
        parts.add(facts.keyPresent() ? "with an idempotency key" : "without an idempotency key");
        return String.join(", ", parts);
    }
}
