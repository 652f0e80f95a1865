package dev.redrive.config;

import dev.redrive.config.YamlReader.YamlValue;
import dev.redrive.domain.classify.Classification.Disposition;
import dev.redrive.domain.classify.FailureClass;
import dev.redrive.domain.classify.FailureFacts.Cause;
import dev.redrive.domain.classify.Match;
import dev.redrive.domain.classify.Match.OperationGlob;
import dev.redrive.domain.classify.Match.StatusPattern;
import dev.redrive.domain.classify.RuleSet;
import dev.redrive.domain.classify.RuleSet.Rule;
import dev.redrive.domain.classify.RuleSet.Rule.Backoff;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the rules of one profile, in order, and refuses those that could never match. */
final class RuleReader {

    private static final Pattern WORD = Pattern.compile("[\\x21-\\x7e]{1,128}");

    private final Problems problems;
    private final Disposition quotaDisposition;
    private final Map<Rule, Integer> lines = new LinkedHashMap<>();

    /**
     * Creates a reader.
     *
     * @param problems receives the mistakes
     * @param quotaDisposition default for rules about allowance and spend cap
     */
    RuleReader(Problems problems, Disposition quotaDisposition) {
        this.problems = problems;
        this.quotaDisposition = quotaDisposition;
    }

    RuleSet read(Section profile, String path) {
        List<Rule> rules = new ArrayList<>();
        List<YamlValue> items = profile.items("rules");
        if (items.size() > RuleSet.MAX_RULES) {
            profile.refuse("rules", "has more than " + RuleSet.MAX_RULES + " rules; write fewer");
            return new RuleSet(rules);
        }
        int index = 0;
        for (YamlValue item : items) {
            Rule rule = rule(item, path + ".rules[" + index++ + "]");
            if (rule != null && reachable(rule, rules, item, path + ".rules." + rule.id())) {
                rules.add(rule);
                lines.put(rule, item.origin().line());
            }
        }
        return new RuleSet(rules);
    }

    private boolean reachable(Rule rule, List<Rule> before, YamlValue item, String path) {
        for (Rule earlier : before) {
            if (earlier.id().equals(rule.id())) {
                problems.add(
                        item, path, "is written twice, first in line " + lines.get(earlier) + "; give it another id");
                return false;
            }
            if (earlier.match().covers(rule.match())) {
                problems.add(
                        item,
                        path,
                        "can never be reached: rule " + earlier.id() + " in line " + lines.get(earlier)
                                + " matches all that it matches; move it above that rule, or narrow that one");
                return false;
            }
        }
        return true;
    }

    private @Nullable Rule rule(YamlValue item, String indexed) {
        Section section = new Section(
                item,
                indexed,
                problems,
                "id",
                "match",
                "class",
                "disposition",
                "remedy",
                "maxAttempts",
                "backoff",
                "newKey");
        String id = section.required("id", String.class, "write a stable name, e.g. id: my-rule");
        FailureClass failureClass = section.required(
                "class", FailureClass.class, "write what kind of failure it is, e.g. class: TRANSIENT");
        Disposition disposition = section.value("disposition", Disposition.class);
        Match match = match(section, indexed);
        String remedy = section.value("remedy", String.class);
        Integer maxAttempts = section.value("maxAttempts", Integer.class);
        Backoff backoff = backoff(section, indexed);
        Boolean newKey = section.value("newKey", Boolean.class);
        if (id == null || failureClass == null || match == null) {
            return null;
        }
        if (RuleSet.reserved(id)) {
            section.refuse("id", "'" + id + "' is what failures without a rule are counted under; write another id");
            return null;
        }
        if (remedy != null && (remedy.isBlank() || remedy.length() > 500)) {
            section.refuse("remedy", "must be 1 to 500 characters; write what a person can do");
            return null;
        }
        try {
            return new Rule(
                    id,
                    match,
                    failureClass,
                    disposition == null ? usual(failureClass) : disposition,
                    remedy,
                    maxAttempts,
                    backoff,
                    newKey == null ? endsSubmission(failureClass, disposition) : newKey);
        } catch (IllegalArgumentException e) {
            problems.add(item, indexed.replaceFirst("\\[[0-9]+]$", "." + id), String.valueOf(e.getMessage()));
            return null;
        }
    }

    private static boolean endsSubmission(FailureClass failureClass, @Nullable Disposition disposition) {
        return failureClass == FailureClass.PROVIDER_FAILED && disposition != Disposition.DROP;
    }

    private Disposition usual(FailureClass failureClass) {
        return failureClass.quota() ? quotaDisposition : failureClass.usualDisposition();
    }

    private @Nullable Match match(Section rule, String path) {
        YamlValue value = rule.get("match");
        if (value == null) {
            // Never {}: the key without conditions is an oversight.
            rule.refuse("match", "is missing; write its conditions, or {} for a rule that matches everything");
            return null;
        }
        Section section = new Section(
                value,
                Binder.join(path, "match"),
                problems,
                "code",
                "status",
                "cause",
                "method",
                "service",
                "operation",
                "idempotencyKey");
        try {
            return new Match(
                    new LinkedHashSet<>(section.values("code", RuleReader::word)),
                    section.values("status", StatusPattern::parse),
                    section.constants("cause", Cause.class),
                    new LinkedHashSet<>(section.values("method", RuleReader::word)),
                    new LinkedHashSet<>(section.values("service", RuleReader::word)),
                    section.values("operation", OperationGlob::new),
                    section.value("idempotencyKey", Boolean.class));
        } catch (IllegalArgumentException e) {
            rule.refuse("match", String.valueOf(e.getMessage()));
            return null;
        }
    }

    private @Nullable Backoff backoff(Section rule, String path) {
        YamlValue value = rule.get("backoff");
        if (value == null) {
            return null;
        }
        Section section = new Section(value, Binder.join(path, "backoff"), problems, "base", "factor", "cap");
        Duration base = section.required("base", Duration.class, "write e.g. base: 1s");
        Duration cap = section.required("cap", Duration.class, "write e.g. cap: 5m");
        Double factor = section.get("factor") == null ? Double.valueOf(2) : section.value("factor", Double.class);
        if (base == null || cap == null || factor == null) {
            return null;
        }
        try {
            return new Backoff(base, factor, cap);
        } catch (IllegalArgumentException e) {
            rule.refuse("backoff", String.valueOf(e.getMessage()));
            return null;
        }
    }

    static String word(String text) {
        if (!WORD.matcher(text).matches()) {
            throw new IllegalArgumentException(
                    "'" + text + "' is no word; write 1 to 128 visible ASCII characters without spaces");
        }
        return text;
    }
}
