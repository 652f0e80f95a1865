package dev.redrive.sim;

import dev.redrive.sim.Policy.FailedAttempt;
import dev.redrive.sim.Policy.Setting;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToLongBiFunction;

/** The policies that can be compared, in display order. */
public enum PolicyKind {
    FIXED("fixed", "5 s after every failure", setting -> Delays.FIXED.policy(setting.dice())),
    EXPONENTIAL(
            "exponential",
            "1 s, 2 s, 4 s, … up to 60 s, without jitter",
            setting -> Delays.EXPONENTIAL.policy(setting.dice())),
    FULL_JITTER(
            "full-jitter",
            "anything from 0 to 1 s, 2 s, 4 s, … up to 60 s",
            setting -> Delays.FULL_JITTER.policy(setting.dice())),
    DOCS_LOOP(
            "docs-loop",
            "the loop of API documentation: Retry-After, else 1 s, doubled every time, up to 60 s",
            setting -> Delays.DOUBLED_HINT.policy(setting.dice())),
    HINTED_JITTER(
            "hinted-jitter",
            "full jitter that begins at Retry-After",
            setting -> Delays.JITTER_AFTER_HINT.policy(setting.dice())),
    REDRIVE_FAILURES(
            "redrive-failures", "Redrive, with failures as its only input", setting -> redrive(setting, false)),
    REDRIVE("redrive", "Redrive, with lifecycle events and account changes too", setting -> redrive(setting, true)),
    OPTIMAL_BELIEF_5("optimal-belief-5", 0.05),
    OPTIMAL_BELIEF_10("optimal-belief-10", 0.1),
    OPTIMAL_BELIEF_20("optimal-belief-20", 0.2),
    ORACLE(
            "oracle",
            "uses the API's state at every instant; the others are measured by it",
            setting -> new OraclePolicy(setting.jobs(), setting.world()));

    private final String word;
    private final String summary;
    private final Function<Setting, Policy> maker;
    private final double wasteBudget;

    PolicyKind(String word, String summary, Function<Setting, Policy> maker) {
        this.word = word;
        this.summary = summary;
        this.maker = maker;
        this.wasteBudget = Double.NaN;
    }

    /** Creates a belief policy, whose threshold is searched for. */
    PolicyKind(String word, double wasteBudget) {
        this.word = word;
        this.summary = "with failures as its only input; uses the API's state but for active jobs; wastes "
                + Math.round(wasteBudget * 100) + "% of the calls";
        this.maker = BeliefPolicy.maker(1 - wasteBudget);
        this.wasteBudget = wasteBudget;
    }

    private static Policy redrive(Setting setting, boolean lifecycle) {
        Scenario.Workers workers = setting.scenario().workers();
        return new RedrivePolicy(
                RedrivePolicy.reach(lifecycle, workers), workers.appendTime(), setting.jobs(), setting.pipeline());
    }

    /** Whether it is a belief policy: its threshold is chosen in each run so that it keeps a waste budget. */
    public boolean searched() {
        return !Double.isNaN(wasteBudget);
    }

    /** Returns a belief policy's max. number of wasted retries, as a share of all calls, from 0 to 1. */
    double wasteBudget() {
        return wasteBudget;
    }

    Function<Setting, Policy> maker() {
        return maker;
    }

    public String word() {
        return word;
    }

    public String summary() {
        return summary;
    }

    public static Optional<PolicyKind> named(String word) {
        return Arrays.stream(values()).filter(kind -> kind.word.equals(word)).findFirst();
    }

    /** The delays of retry libraries: a function of the failure only. Stateless. */
    enum Delays {
        FIXED((failure, dice) -> Delays.FIXED_MS),
        /** Doubles from attempt to attempt. */
        EXPONENTIAL((failure, dice) -> doubledMs(0, failure.attempt())),
        /** Uniform from 0 to the exponential delay (Brooker: Exponential backoff and jitter, 2015). */
        FULL_JITTER(
                (failure, dice) -> dice.between(0, doubledMs(0, failure.attempt()), failure.job(), failure.attempt())),
        /** Retry-After, if any, plus full jitter. */
        JITTER_AFTER_HINT((failure, dice) -> hintMs(failure) + Delays.FULL_JITTER.ms(failure, dice)),
        /** The loop in API documentation: Retry-After, or one second, doubled from attempt to attempt. */
        DOUBLED_HINT((failure, dice) -> doubledMs(hintMs(failure), failure.attempt()));

        static final long FIXED_MS = 5_000;
        static final long BASE_MS = 1_000;

        /** Cap of growing delays, in their favour: documentation rarely has one, without which delays reach days. */
        static final long CAP_MS = 60_000;

        private final ToLongBiFunction<FailedAttempt, Dice> waits;

        Delays(ToLongBiFunction<FailedAttempt, Dice> waits) {
            this.waits = waits;
        }

        /** Returns a policy that retries without limit, after a delay that depends on the failure only. */
        Policy policy(Dice dice) {
            return (failure, context) -> context.attempt(failure.job(), context.nowMs() + ms(failure, dice));
        }

        /** Returns the delay after a failure, in ms; {@code dice} are the policy's own. */
        long ms(FailedAttempt failure, Dice dice) {
            return waits.applyAsLong(failure, dice);
        }

        /** Returns the hint, or one second if it is 0, doubled from attempt to attempt; never below the hint. */
        private static long doubledMs(long hintMs, int attempt) {
            long baseMs = hintMs == 0 ? BASE_MS : hintMs;
            return Math.max(hintMs, attempt > 16 ? CAP_MS : Math.min(CAP_MS, baseMs << (attempt - 1)));
        }

        private static long hintMs(FailedAttempt failure) {
            return failure.reply().retryAfterS() * 1_000;
        }
    }
}
