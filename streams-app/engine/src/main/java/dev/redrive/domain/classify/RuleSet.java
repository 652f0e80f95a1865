package dev.redrive.domain.classify;

import dev.redrive.domain.classify.Classification.Disposition;
import dev.redrive.domain.classify.FailureFacts.Cause;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** An ordered list of rules; the first that matches a failure decides. Immutable. */
public final class RuleSet {

    /** Max rules in one set. */
    public static final int MAX_RULES = 500;

    /** Fallback for a client error that no rule matches. */
    public static final String UNMATCHED_CLIENT_ERROR = "unmatched-4xx";

    /** Fallback for a success status that no rule matches: the work may be done, so it is not retried. */
    public static final String UNMATCHED_SUCCESS = "unmatched-2xx";

    /** Fallback for everything else that no rule matches. */
    public static final String UNMATCHED = "unmatched";

    private static final int VERSION_LENGTH = 12;

    private static final Rule CLIENT_ERROR_FALLBACK = fallback(UNMATCHED_CLIENT_ERROR, Disposition.DEAD_LETTER);
    private static final Rule SUCCESS_FALLBACK = fallback(UNMATCHED_SUCCESS, Disposition.DEAD_LETTER);
    private static final Rule FALLBACK = fallback(UNMATCHED, Disposition.RETRY);

    private final List<Rule> rules;
    private final String version;

    /**
     * Creates a set of rules in the given order.
     *
     * @throws IllegalArgumentException if there are more than {@link #MAX_RULES}, or two have the same id
     */
    public RuleSet(List<Rule> rules) {
        if (rules.size() > MAX_RULES) {
            throw new IllegalArgumentException("at most " + MAX_RULES + " rules");
        }
        if (rules.stream().map(Rule::id).distinct().count() < rules.size()) {
            throw new IllegalArgumentException("two rules have the same id");
        }
        this.rules = List.copyOf(rules);
        this.version = hash(this.rules);
    }

    /** Returns the rules in order, without the fallbacks. */
    public List<Rule> rules() {
        return rules;
    }

    /** Returns the first 12 hexadecimal digits of a SHA-256 over the content of the rules. */
    public String version() {
        return version;
    }

    /** Returns the first rule that matches, else a fallback of class {@link FailureClass#UNKNOWN}. */
    public Rule decisive(FailureFacts facts) {
        for (Rule rule : rules) {
            if (rule.match().holds(facts)) {
                return rule;
            }
        }
        if (facts.clientError()) {
            return CLIENT_ERROR_FALLBACK;
        }
        return facts.success() ? SUCCESS_FALLBACK : FALLBACK;
    }

    /** Classifies a failure; never throws. */
    public Classification classify(FailureFacts facts) {
        return classification(decisive(facts), facts);
    }

    /** Returns the decisive rule's classification of a failure. */
    public Classification classification(Rule rule, FailureFacts facts) {
        return new Classification(
                rule.id(),
                version,
                rule.failureClass(),
                rule.disposition(),
                rule.remedy(),
                facts.code(),
                contradiction(rule, facts));
    }

    /** Returns, for every rule in order, why it did or did not decide; ends with the fallback if no rule matched. */
    public List<RuleTrace> explain(FailureFacts facts) {
        List<RuleTrace> trace = new ArrayList<>();
        @Nullable Rule decisive = null;
        for (Rule rule : rules) {
            if (decisive != null) {
                trace.add(new RuleTrace(
                        rule.id(), RuleTrace.Outcome.NOT_REACHED, "rule " + decisive.id() + " matched before it"));
                continue;
            }
            String mismatch = rule.match().mismatch(facts);
            if (mismatch == null) {
                decisive = rule;
                trace.add(new RuleTrace(
                        rule.id(), RuleTrace.Outcome.MATCHED, rule.match().describe()));
            } else {
                trace.add(new RuleTrace(rule.id(), RuleTrace.Outcome.MISSED, mismatch));
            }
        }
        if (decisive == null) {
            trace.add(new RuleTrace(decisive(facts).id(), RuleTrace.Outcome.MATCHED, "no rule matched"));
        }
        return List.copyOf(trace);
    }

    /** Returns whether the id is that of a fallback. */
    public static boolean reserved(String id) {
        return id.equals(UNMATCHED) || id.equals(UNMATCHED_CLIENT_ERROR) || id.equals(UNMATCHED_SUCCESS);
    }

    /**
     * Returns whether the response contradicts itself: an error under a success status, or a code whose class does not
     * occur with the status. The outcome of an accepted job comes from polling, so its status is not the job's.
     */
    private static boolean contradiction(Rule rule, FailureFacts facts) {
        Integer status = facts.status();
        if (status == null || facts.cause() != Cause.RESPONSE) {
            return false;
        }
        return status < 400
                || !rule.match().codes().isEmpty() && !rule.failureClass().comesWith(status);
    }

    private static Rule fallback(String id, Disposition disposition) {
        return new Rule(
                id,
                Match.ANYTHING,
                FailureClass.UNKNOWN,
                disposition,
                FailureClass.UNKNOWN.remedy(),
                null,
                null,
                false);
    }

    private static String hash(List<Rule> rules) {
        MessageDigest digest = sha256();
        for (Rule rule : rules) {
            update(digest, rule.id());
            update(digest, rule.match().describe());
            update(digest, rule.failureClass());
            update(digest, rule.disposition());
            update(digest, rule.remedy());
            update(digest, rule.maxAttempts());
            update(digest, rule.backoff());
            update(digest, rule.newKey());
        }
        return HexFormat.of().formatHex(digest.digest()).substring(0, VERSION_LENGTH);
    }

    private static void update(MessageDigest digest, @Nullable Object value) {
        byte[] bytes = Objects.toString(value, "").getBytes(StandardCharsets.UTF_8);
        digest.update((bytes.length + ":").getBytes(StandardCharsets.US_ASCII));
        digest.update(bytes);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /**
     * Why one rule did or did not decide a failure.
     *
     * @param ruleId the rule
     * @param outcome result of its evaluation
     * @param why the condition that failed, or those that matched, as text
     */
    public record RuleTrace(String ruleId, Outcome outcome, String why) {

        /** Result of a rule's evaluation. */
        public enum Outcome {
            /** All its conditions matched, and it was the first: it decides. */
            MATCHED,
            /** A condition did not match. */
            MISSED,
            /** An earlier rule had matched. */
            NOT_REACHED
        }
    }
}
