package dev.redrive.domain.classify;

import dev.redrive.domain.classify.Classification.Disposition;
import dev.redrive.domain.classify.FailureFacts.Cause;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
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
            if (rule.match().matches(facts)) {
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

    /**
     * One rule of the classification: which failures it matches and what becomes of them.
     *
     * @param id stable name, part of each decision; lower-case letters, digits and {@code -}
     * @param match the conditions
     * @param failureClass the kind of failure
     * @param disposition what becomes of it
     * @param remedy what a person can do about it; {@code null} for the class's text
     * @param maxAttempts max charged attempts, the first included; {@code null} for the policy's limit
     * @param backoff how waits grow; {@code null} for the policy's backoff
     * @param newKey whether the failure proves that the submission has ended, so that a retry is a new one with a new key
     */
    public record Rule(
            String id,
            Match match,
            FailureClass failureClass,
            Disposition disposition,
            @Nullable String remedy,
            @Nullable Integer maxAttempts,
            @Nullable Backoff backoff,
            boolean newKey) {

        /** @throws IllegalArgumentException if values contradict each other; the message has the correction */
        public Rule {
            boolean comesBack = disposition == Disposition.RETRY || disposition == Disposition.PARK;
            if (!id.matches("[a-z0-9][a-z0-9-]{0,63}")) {
                throw new IllegalArgumentException(
                        "id '" + id + "' must be 1 to 64 lower-case letters, digits and '-', e.g. my-rule");
            }
            if (maxAttempts != null && !comesBack) {
                throw new IllegalArgumentException("maxAttempts has no effect with " + disposition
                        + "; leave it out, or write disposition: RETRY");
            }
            if (maxAttempts != null && (maxAttempts < 2 || maxAttempts > 1000)) {
                throw new IllegalArgumentException(
                        "maxAttempts counts the first attempt, so a rule that retries takes 2 to 1000;"
                                + " for no retry write disposition: DEAD_LETTER");
            }
            if (maxAttempts != null && failureClass.throttled()) {
                throw new IllegalArgumentException("maxAttempts never ends a " + failureClass
                        + " job, whose attempts are not charged; leave it out, retry.maxThrottles bounds it");
            }
            if (backoff != null && disposition != Disposition.RETRY) {
                throw new IllegalArgumentException(
                        "backoff has no effect with " + disposition + "; leave it out, or write disposition: RETRY");
            }
            if (newKey && failureClass != FailureClass.PROVIDER_FAILED) {
                throw new IllegalArgumentException("newKey is for submissions known to have ended;"
                        + " write class: PROVIDER_FAILED, or leave newKey out");
            }
        }

        /**
         * How the max wait grows with each failure: {@code base * factor^(n-1)}, never above {@code cap}.
         *
         * @param base the ceiling after the first failure; 50 ms to {@code cap}
         * @param factor growth of the ceiling per failure; 1 to 10
         * @param cap max ceiling; at most 366 days
         */
        public record Backoff(Duration base, double factor, Duration cap) {

            private static final Duration MIN_BASE = Duration.ofMillis(50);
            private static final Duration MAX_CAP = Duration.ofDays(366);

            /** @throws IllegalArgumentException if a value is out of its range; the message begins with its name */
            public Backoff {
                if (base.compareTo(MIN_BASE) < 0) {
                    throw new IllegalArgumentException("base must be at least 50ms");
                }
                if (!(factor >= 1 && factor <= 10)) {
                    throw new IllegalArgumentException("factor must be from 1 to 10");
                }
                if (cap.compareTo(base) < 0) {
                    throw new IllegalArgumentException("cap must not be shorter than base");
                }
                if (cap.compareTo(MAX_CAP) > 0) {
                    throw new IllegalArgumentException("cap must be at most 366d");
                }
            }

            /**
             * Returns the max wait after the nth failure.
             *
             * @param n number of the failure, from 1; lower numbers count as 1
             */
            public Duration ceiling(int n) {
                double ceilingMs = base.toMillis() * Math.pow(factor, Math.max(0, n - 1));
                return ceilingMs >= cap.toMillis() ? cap : Duration.ofMillis((long) ceilingMs);
            }
        }
    }
}
