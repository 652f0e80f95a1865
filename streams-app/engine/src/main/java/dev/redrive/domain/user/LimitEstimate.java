package dev.redrive.domain.user;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A learned limit of a user, as an estimate that is tested: of its active jobs, or of its calls in a rate window. The
 * API rarely announces that a limit has risen, so that a limit is exceeded by one from time to time. A call beyond it
 * that is accepted raises it, at once half of the way to the last value that held; one that is refused makes the next
 * test rarer. A refusal below the limit lowers it.
 *
 * <p>A user is tested at most once in {@link #COST} released calls, and with each test in vain half as often, down to
 * one in sixteen times as many. A guess without evidence is tested once for each round of calls, until the first test
 * in vain. The share of tests over all users is bounded too, where the users of a service share a credit.
 *
 * @param value the limit; 0 only if that was reported
 * @param at when it was learned
 * @param source what it rests on
 * @param passed calls released within the limit since it was last tested
 * @param vain tests in a row that were refused; -1 after one that seems to have been accepted
 * @param lastGood the highest limit that held before it was lowered; 0 for none
 * @param testedAt when the test was released whose result is outstanding; {@code null} for none
 * @param testedJob hash of the id of its job
 * @param acceptedAt when the API accepted it, by the batch system's clock; the limit is raised once a job has ended
 *     after that, so that more were active then than the limit; {@code null} before
 */
public record LimitEstimate(
        int value,
        Instant at,
        Source source,
        int passed,
        int vain,
        int lastGood,
        @Nullable Instant testedAt,
        int testedJob,
        @Nullable Instant acceptedAt) {

    /** What a limit rests on; the name is persisted. */
    public enum Source {
        /** The API or an account change gave the number. */
        REPORTED,
        /** A refusal occurred while as many were known to be active. */
        OBSERVED,
        /** A refusal occurred, and the number of active ones is unknown. */
        GUESSED
    }

    /** Released calls for one test. */
    static final int COST = 4;

    private static final int MAX_DOUBLINGS = 4;

    /** Users with the same history are tested after different numbers of calls, up to this many more. */
    private static final int SPREAD = 8;

    /** Tests in vain that a limit counts for which was raised by mistake. */
    private static final int MISTAKEN = 2;

    /** Where acceptances are reported, a test without one for this long is lost. */
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    /** Counters do not grow beyond this. */
    private static final int MAX_COUNT = 1_000;

    /** @throws IllegalArgumentException if the limit is negative */
    public LimitEstimate {
        if (value < 0) {
            throw new IllegalArgumentException("a limit must not be negative: " + value);
        }
        passed = Math.max(0, Math.min(MAX_COUNT, passed));
        vain = Math.max(-1, Math.min(MAX_COUNT, vain));
    }

    /** Returns a limit that was not tested yet. */
    public static LimitEstimate of(int value, Instant at, Source source) {
        int min = source == Source.REPORTED ? 0 : 1;
        return new LimitEstimate(Math.max(min, value), at, source, 0, 0, 0, null, 0, null);
    }

    /** Returns whether one call beyond the limit is due, as a test. */
    boolean testDue(Instant now) {
        return (testedAt == null || lostBy(now)) && passed >= cost();
    }

    private int cost() {
        if (vain > 0) {
            return (COST << Math.min(vain, MAX_DOUBLINGS)) + spread();
        }
        return vain < 0 || source == Source.GUESSED || lastGood > value ? Math.min(value, COST) : COST + spread();
    }

    private int spread() {
        return Math.floorMod(at.toEpochMilli(), SPREAD);
    }

    /**
     * Returns the estimate after a call was released.
     *
     * @param beyond whether it is a test: a call beyond the limit
     * @param jobId its job
     */
    LimitEstimate released(boolean beyond, String jobId, Instant now) {
        if (beyond) {
            return with(value, 0, vain, lastGood, now, jobId.hashCode());
        }
        return lostBy(now)
                ? with(value, passed + 1, vain, lastGood, null, 0)
                : new LimitEstimate(value, at, source, passed + 1, vain, lastGood, testedAt, testedJob, acceptedAt);
    }

    /** Returns whether the result of a test is outstanding. */
    boolean testing() {
        return testedAt != null;
    }

    /** Returns whether a test of this job is outstanding. */
    boolean tests(String jobId) {
        return testedAt != null && testedJob == jobId.hashCode();
    }

    /** Returns whether the acceptance of a test is overdue, because its job was cancelled or is not reported. */
    private boolean lostBy(Instant now) {
        return testedAt != null
                && acceptedAt == null
                && !testedAt.plus(PATIENCE).isAfter(now);
    }

    /** Returns whether a test was released at or before this instant, and its result is outstanding. */
    boolean testedBy(Instant then) {
        return testedAt != null && !testedAt.isAfter(then);
    }

    /** Returns the estimate after the API accepted a test. */
    LimitEstimate accepted(Instant then) {
        return new LimitEstimate(value, at, source, passed, vain, lastGood, testedAt, testedJob, then);
    }

    /** Returns the estimate after a test showed that the limit is higher. */
    LimitEstimate raised(Instant now) {
        int step = lastGood > value ? Math.max(1, (lastGood - value) / 2) : 1;
        return new LimitEstimate(value + step, now, Source.GUESSED, 0, 0, lastGood, null, 0, null);
    }

    /**
     * Returns the estimate after a test was not refused, where a slot may have been free by chance: a limit with
     * evidence is raised only after two in a row.
     */
    LimitEstimate unrefused(Instant now) {
        return vain < 0 || source == Source.GUESSED ? raised(now) : with(value, passed, -1, lastGood, null, 0);
    }

    /** Returns the estimate after a test was refused. Two in vain show that the last good value no longer holds. */
    LimitEstimate refusedTest() {
        return with(value, 0, Math.max(0, vain) + 1, vain >= 1 ? 0 : lastGood, null, 0);
    }

    /** Returns the estimate bounded by a number. */
    LimitEstimate atMost(int max) {
        return value <= max ? this : with(max, passed, vain, lastGood, testedAt, testedJob);
    }

    /** Returns the estimate after a test ended without a result. */
    LimitEstimate untested() {
        return with(value, passed, vain, lastGood, null, 0);
    }

    /** Returns the estimate after a number was reported. */
    LimitEstimate reported(int reported, Instant then) {
        if (reported == value) {
            return new LimitEstimate(
                    value, then, Source.REPORTED, passed, vain, lastGood, testedAt, testedJob, acceptedAt);
        }
        boolean mistaken = source == Source.GUESSED && reported < value;
        return new LimitEstimate(reported, then, Source.REPORTED, 0, mistaken ? MISTAKEN : 0, 0, null, 0, null);
    }

    /** Returns the estimate after a refusal while fewer were active. */
    LimitEstimate lowered(int active, Instant then) {
        int lower = Math.max(1, Math.min(value, active));
        return lower == value
                ? this
                : new LimitEstimate(lower, then, Source.OBSERVED, 0, 0, Math.max(value, lastGood), null, 0, null);
    }

    private LimitEstimate with(
            int newValue,
            int newPassed,
            int newVain,
            int newLastGood,
            @Nullable Instant newTestedAt,
            int newTestedJob) {
        return new LimitEstimate(
                newValue, at, source, newPassed, newVain, newLastGood, newTestedAt, newTestedJob, null);
    }
}
