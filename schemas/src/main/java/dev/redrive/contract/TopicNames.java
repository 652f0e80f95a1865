package dev.redrive.contract;

import java.util.Objects;
import java.util.regex.Pattern;

/**
 * The topic names of one pipeline: a prefix and a fixed suffix.
 *
 * <p>The only place that builds topic names. Every topic is keyed by {@code userId} in UTF-8 and has the same number of
 * partitions, except {@link #errorRates()}, {@link #alerts()}, {@link #redrives()} and {@link #audit()}, whose keys
 * contain no user.
 *
 * @param prefix start of every name, e.g. {@code jobs.}; 0 to 100 letters, digits, {@code . _ -}
 */
public record TopicNames(String prefix) {

    /** The default prefix. */
    public static final String DEFAULT_PREFIX = "jobs.";

    private static final Pattern LEGAL = Pattern.compile("[A-Za-z0-9._-]{0,100}");

    /**
     * Checks the prefix.
     *
     * @throws IllegalArgumentException if the prefix has a character that is invalid in topic names, or is too long
     */
    public TopicNames {
        Objects.requireNonNull(prefix, "prefix");
        if (!LEGAL.matcher(prefix).matches()) {
            throw new IllegalArgumentException(
                    "a topic prefix takes letters, digits, '.', '_' and '-', at most 100: " + prefix);
        }
    }

    /** Returns the names with {@link #DEFAULT_PREFIX}. */
    public static TopicNames standard() {
        return new TopicNames(DEFAULT_PREFIX);
    }

    /** Input: {@code JobFailure}, an attempt failed. */
    public String failures() {
        return prefix + "failures";
    }

    /** Input: {@code JobLifecycle}, an event of a job other than a failure. */
    public String lifecycle() {
        return prefix + "lifecycle";
    }

    /** Input: {@code AccountChange}, a user's allowance, plan or limits changed. */
    public String accounts() {
        return prefix + "accounts";
    }

    /** Input: {@code Command}, of people and programs. */
    public String commands() {
        return prefix + "commands";
    }

    /**
     * Delay: {@code ScheduledRetry}, delayed retries.
     *
     * @param tier the tier's name, e.g. {@code 10s}
     */
    public String retry(String tier) {
        return prefix + "retry." + tier;
    }

    /** Output: {@code RetryRequest}, attempts to make now. */
    public String ready() {
        return prefix + "retry.ready";
    }

    /** Output: {@code DeadLetter}, jobs whose retries are over. */
    public String deadLetters() {
        return prefix + "dead-letters";
    }

    /**
     * Output: {@code Outcome}, the part of the ledger that changes the state of a dead letter; kept as long as dead
     * letters are.
     */
    public String deadLetterChanges() {
        return prefix + "dead-letters.changes";
    }

    /** Output, compacted: {@code UserState}. */
    public String users() {
        return prefix + "users";
    }

    /** Output: {@code Outcome}, the ledger. */
    public String outcomes() {
        return prefix + "outcomes";
    }

    /** Output: {@code ErrorRate}, keyed by {@code service/operation}. */
    public String errorRates() {
        return prefix + "error-rates";
    }

    /** Between tasks: partial sums of error rates, keyed by {@code service/operation}; internal. */
    public String errorRateParts() {
        return prefix + "error-rates.parts";
    }

    /**
     * Output: {@code Alert}, keyed by the fingerprint of the finding: a hash of service, operation, reason and code.
     */
    public String alerts() {
        return prefix + "alerts";
    }

    /** Output: inputs that could not be read, with their original key, value and headers. */
    public String quarantine() {
        return prefix + "quarantine";
    }

    /** Server, compacted: {@code Redrive}, keyed by its id. */
    public String redrives() {
        return prefix + "redrives";
    }

    /** Server: {@code AuditEvent}, keyed by target, or actor where there is none. */
    public String audit() {
        return prefix + "audit";
    }
}
