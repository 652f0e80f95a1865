package dev.redrive.domain.user;

import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A user's active jobs, over all services, and their limit. Where the ends of jobs are reported, the known active jobs
 * count; where they are not, slots are free with a probability, by {@link Slots} and {@link JobLengths}.
 *
 * @param active number of jobs that count as active; never negative
 * @param limit max of active jobs; {@code null} while unknown
 * @param reported {@code active_requests} of the last concurrency error
 * @param reportedAt when that error occurred
 * @param foreign active jobs that the API counts and Redrive has no record of, where ends are reported
 * @param refusals released retries in a row that found no slot free
 * @param lengths how long jobs occupy their slots, where ends are not reported; {@code null} while nothing was learned
 * @param slots the jobs that may occupy slots, where ends are not reported
 * @param reporting whether the ends of jobs are reported
 */
public record Concurrency(
        int active,
        @Nullable LimitEstimate limit,
        @Nullable Integer reported,
        @Nullable Instant reportedAt,
        @Nullable Foreign foreign,
        int refusals,
        @Nullable JobLengths lengths,
        Slots slots,
        Reporting reporting) {

    static final Concurrency UNKNOWN =
            new Concurrency(0, null, null, null, null, 0, null, Slots.NONE, Reporting.UNSEEN);

    /** Min of {@link Foreign#step}. */
    private static final Duration SHORTEST_STEP = Duration.ofMillis(200);

    /** Max of {@link Foreign#step}. */
    private static final Duration LONGEST_STEP = Duration.ofSeconds(30);

    /** The count stops here; larger numbers would decide the same. */
    private static final int MAX_REFUSALS = 1_000;

    /** Refusals in a row after which fewer slots than the limit are taken for a lower limit, not for foreign jobs. */
    private static final int LOWERS = 2;

    /** The same where ends are not reported, and a refusal is likelier by chance. */
    private static final int LOWERS_UNSEEN = 3;

    /** A retry tests the limit where ends are not reported if the probability of a free slot is below this. */
    private static final double SURELY_FULL = 0.05;

    /** @throws IllegalArgumentException if {@code active} is negative */
    public Concurrency {
        if (active < 0) {
            throw new IllegalArgumentException("active must not be negative: " + active);
        }
        refusals = Math.min(MAX_REFUSALS, Math.max(0, refusals));
    }

    /** Returns the number of occupied slots where ends are reported: known jobs, and foreign ones. */
    int busy(Instant now) {
        return active + foreignAt(now);
    }

    /**
     * Returns when a retry may be released: an instant not after {@code now} if at once; {@code null} if only an event
     * can show it.
     *
     * @param threshold the retry may be released if a slot is free with this probability
     * @param testable whether the limit may be tested
     * @param prior how long jobs take, for a user of whom nothing was learned
     */
    public @Nullable Instant opensAt(double threshold, boolean testable, JobLengths prior, Instant now) {
        if (limit == null) {
            return now;
        }
        if (endsExpected()) {
            boolean tests = active == limit.value() && foreignAt(now) == 0 && testable && limit.testDue(now);
            return busy(now) < limit.value() || tests ? now : nextLess(now);
        }
        JobLengths known = Objects.requireNonNullElse(lengths, prior);
        Slots.Settled settled = slots.settled(limit.value(), known, now);
        double free = settled.slots().free(limit.value(), settled.lengths(), now);
        return free >= threshold || free < SURELY_FULL && testable && limit.testDue(now)
                ? now
                : settled.slots().freeAt(limit.value(), settled.lengths(), threshold, now);
    }

    private int foreignAt(Instant now) {
        return foreign == null ? 0 : foreign.remaining(now);
    }

    /** Returns when one foreign job fewer counts; {@code null} if none does. */
    private @Nullable Instant nextLess(Instant now) {
        return foreign == null || foreign.remaining(now) == 0 ? null : foreign.nextLess(now);
    }

    Concurrency plusActive(int change) {
        return change == 0 ? this : with(active + change, limit, foreign, refusals, reporting);
    }

    /** Returns whether the result of a test of the limit is outstanding. */
    public boolean testing() {
        return limit != null && limit.testing();
    }

    /** Returns whether a test has raised the limit since then. */
    public boolean raisedSince(Concurrency before) {
        return limit != null
                && before.limit != null
                && limit.value() > before.limit.value()
                && limit.source() == LimitEstimate.Source.GUESSED;
    }

    /** Returns the state after the release of a retry, which does not count as active yet. */
    Concurrency released(String jobId, JobLengths prior, Instant now) {
        if (endsExpected()) {
            LimitEstimate counted = limit == null ? null : limit.released(busy(now) >= limit.value(), jobId, now);
            return with(active, counted, foreign, refusals, reporting);
        }
        if (limit == null) {
            return with(null, lengths, slots.started(now), refusals);
        }
        Concurrency settled = settled(prior, now);
        LimitEstimate known = Objects.requireNonNull(settled.limit);
        boolean beyond =
                settled.slots.free(known.value(), settled.lengthsOr(prior), now) < SURELY_FULL && known.testDue(now);
        return settled.with(
                known.released(beyond, jobId, now), settled.lengths, settled.slots.started(now), settled.refusals);
    }

    private JobLengths lengthsOr(JobLengths prior) {
        return Objects.requireNonNullElse(lengths, prior);
    }

    /** Returns the state after the jobs that have ended by now are forgotten; learns how long they took. */
    private Concurrency settled(JobLengths prior, Instant now) {
        if (limit == null) {
            return this;
        }
        LimitEstimate known = limit.testedBy(now.minusMillis(slots.answerMs())) ? limit.unrefused(now) : limit;
        JobLengths before = lengthsOr(prior);
        Slots.Settled settled = slots.settled(known.value(), before, now);
        JobLengths after = settled.lengths() == before ? lengths : settled.lengths();
        return with(known, after, settled.slots(), refusals);
    }

    /**
     * Returns the state after an attempt that Redrive had released was accepted, where ends are reported.
     *
     * @param at when, by the batch system's clock
     */
    Concurrency accepted(String jobId, Instant at) {
        if (!endsExpected() || limit == null) {
            return this;
        }
        LimitEstimate next = limit.tests(jobId) && limit.acceptedAt() == null ? limit.accepted(at) : limit;
        return next == limit && refusals == 0 ? this : with(active, next, foreign, 0, reporting);
    }

    /**
     * Returns the state after a job ended. It was active when a test was accepted if it ended after that.
     *
     * @param at when, by the batch system's clock
     */
    Concurrency ended(Instant at, Instant now) {
        if (limit == null || limit.acceptedAt() == null) {
            return this;
        }
        boolean higher = at.isAfter(limit.acceptedAt()) && active > limit.value();
        return with(active, higher ? limit.raised(now) : limit.untested(), foreign, refusals, reporting);
    }

    /** Returns the state after an attempt that Redrive had released ended in a failure other than a refusal. */
    Concurrency failed(String jobId, Instant releasedAt) {
        LimitEstimate next = limit != null && limit.tests(jobId) ? limit.untested() : limit;
        Slots fewer = endsExpected() ? slots : slots.ended(releasedAt);
        return next == limit && fewer == slots ? this : with(next, lengths, fewer, refusals);
    }

    /** Returns the state after an event of a job that counted as foreign. */
    Concurrency explained(Instant now) {
        int remaining = foreignAt(now);
        return remaining == 0
                ? this
                : with(active, limit, foreign(remaining - 1, FOREIGN_STEP, now), refusals, reporting);
    }

    /** The job length for the step of foreign jobs after one of them has become known. */
    private static final Duration FOREIGN_STEP = JobLengths.FIRST.median();

    Concurrency learnLimit(int newLimit, Instant at) {
        if (limit != null && at.isBefore(limit.at())) {
            return this;
        }
        LimitEstimate known = limit == null
                ? LimitEstimate.of(newLimit, at, LimitEstimate.Source.REPORTED)
                : limit.reported(Math.max(0, newLimit), at);
        return with(active, known, foreign, refusals, reporting);
    }

    Concurrency learnReported(int newReported, Instant at) {
        return reportedAt != null && at.isBefore(reportedAt)
                ? this
                : new Concurrency(active, limit, newReported, at, foreign, refusals, lengths, slots, reporting);
    }

    /**
     * An attempt that the API refused because all slots were occupied.
     *
     * @param jobId its job
     * @param activeJobs number of active jobs in the response, if present
     * @param releasedAt when Redrive released it; {@code null} for an attempt of the batch system
     * @param at when it was refused
     */
    record Refusal(
            String jobId,
            @Nullable Integer activeJobs,
            @Nullable Instant releasedAt,
            Instant at) {

        boolean ours() {
            return releasedAt != null;
        }
    }

    /**
     * Returns the state after a refusal.
     *
     * @param prior how long jobs take, for a user of whom nothing was learned
     */
    Concurrency refused(Refusal refusal, JobLengths prior, Instant now) {
        return endsExpected() ? refusedKnown(refusal, prior, now) : refusedUnseen(refusal, prior, now);
    }

    private Concurrency refusedKnown(Refusal refusal, JobLengths prior, Instant now) {
        Integer activeJobs = refusal.activeJobs();
        if (limit == null) {
            int observed = activeJobs == null ? active : activeJobs;
            LimitEstimate first = LimitEstimate.of(
                    observed,
                    refusal.at(),
                    observed > 0 ? LimitEstimate.Source.OBSERVED : LimitEstimate.Source.GUESSED);
            return with(active, first, foreign(first.value() - active, step(prior), now), refusals, reporting);
        }
        if (limit.tests(refusal.jobId())) {
            return with(active, limit.refusedTest(), foreign, refusals, reporting);
        }
        int streak = refusal.ours() ? refusals + 1 : refusals;
        int occupied = activeJobs == null ? active : activeJobs;
        boolean lower = occupied > 0
                && occupied < limit.value()
                && limit.source() != LimitEstimate.Source.REPORTED
                && (activeJobs != null || !refusal.ours() || streak >= LOWERS);
        LimitEstimate known = lower ? limit.lowered(occupied, refusal.at()) : limit;
        int strangers = known.value() - active;
        Duration step = step(prior).multipliedBy(Math.min(4, Math.max(1, streak)));
        return with(active, known, foreign(strangers, step, now), streak, reporting);
    }

    private Concurrency refusedUnseen(Refusal refusal, JobLengths prior, Instant now) {
        Integer activeJobs = refusal.activeJobs();
        Instant releasedAt = refusal.releasedAt();
        Slots known = slots;
        int streak = refusals;
        if (releasedAt != null) {
            boolean passed = slots.passedSinceRefusal(now);
            streak = passed ? 1 : refusals + 1;
            known = slots.ended(releasedAt)
                    .answered(Duration.between(releasedAt, now).toMillis());
        }
        LimitEstimate next = limit;
        if (next == null) {
            LimitEstimate.Source source =
                    activeJobs == null || activeJobs < 1 ? LimitEstimate.Source.GUESSED : LimitEstimate.Source.OBSERVED;
            next = LimitEstimate.of(activeJobs == null ? 1 : activeJobs, refusal.at(), source);
        } else if (next.tests(refusal.jobId())) {
            next = next.refusedTest();
        } else if (activeJobs == null
                && refusal.ours()
                && streak >= LOWERS_UNSEEN
                && next.source() != LimitEstimate.Source.REPORTED) {
            next = next.lowered(next.value() - Math.max(1, next.value() / 4), refusal.at());
            streak = 0;
        }
        Concurrency full = with(next, lengths, known.full(next.value(), !refusal.ours(), refusal.at()), streak);
        return full.settled(prior, now);
    }

    private Duration step(JobLengths prior) {
        return lengthsOr(prior).median();
    }

    /**
     * Returns foreign jobs, of which one fewer counts after each step: a job's length divided by the limit, within
     * bounds, which is about the time between two ends while all slots are occupied.
     */
    private @Nullable Foreign foreign(int count, Duration length, Instant now) {
        if (count <= 0) {
            return null;
        }
        Duration step = length.dividedBy(limit == null ? 1 : limit.value());
        Duration bounded = step.compareTo(SHORTEST_STEP) < 0
                ? SHORTEST_STEP
                : step.compareTo(LONGEST_STEP) > 0 ? LONGEST_STEP : step;
        return new Foreign(count, now, bounded);
    }

    /** Returns whether a lifecycle event is expected at the end of an active job. */
    public boolean endsExpected() {
        return reporting == Reporting.EXPECTED;
    }

    /**
     * Returns the state after a lifecycle event.
     *
     * @param end whether it was the end of a job
     */
    Concurrency reported(boolean end) {
        return reporting == Reporting.UNSEEN || end && reporting == Reporting.MISSED
                ? new Concurrency(
                        active, limit, reported, reportedAt, foreign, refusals, lengths, Slots.NONE, Reporting.EXPECTED)
                : this;
    }

    /**
     * Returns the state after the lease of a job expired.
     *
     * @param prior how long jobs take, for a user of whom nothing was learned
     * @param now the time
     */
    Concurrency leaseEnded(JobLengths prior, Instant now) {
        if (!endsExpected()) {
            return settled(prior, now);
        }
        LimitEstimate untested = limit == null ? null : limit.untested();
        Slots occupied = Slots.NONE.occupied(active - 1, now);
        return new Concurrency(
                active, untested, reported, reportedAt, null, refusals, lengths, occupied, Reporting.MISSED);
    }

    private Concurrency with(
            int newActive,
            @Nullable LimitEstimate newLimit,
            @Nullable Foreign newForeign,
            int newRefusals,
            Reporting newReporting) {
        return new Concurrency(
                newActive, newLimit, reported, reportedAt, newForeign, newRefusals, lengths, slots, newReporting);
    }

    private Concurrency with(
            @Nullable LimitEstimate newLimit, @Nullable JobLengths newLengths, Slots newSlots, int newRefusals) {
        return new Concurrency(
                active, newLimit, reported, reportedAt, foreign, newRefusals, newLengths, newSlots, reporting);
    }

    /**
     * Active jobs of a user that the API counts and Redrive has no record of: those of other clients. All count for one
     * step, then one less with each step, so that a stale report never closes the gate for ever.
     *
     * @param count their number in the API's report; positive
     * @param since when it was reported
     * @param step how long all count, and then each fewer; positive
     */
    public record Foreign(int count, Instant since, Duration step) {

        /** Returns the number that still counts; never negative. */
        int remaining(Instant now) {
            long steps = Math.max(0, Duration.between(since, now).toMillis() / step.toMillis());
            return (int) Math.max(0, count - steps);
        }

        /** Returns when one fewer counts than now. */
        Instant nextLess(Instant now) {
            long steps = Math.max(0, Duration.between(since, now).toMillis() / step.toMillis());
            return since.plus(step.multipliedBy(steps + 1));
        }
    }

    /** Whether the ends of a user's jobs are reported; the name is persisted. */
    public enum Reporting {
        /** No lifecycle event was seen. */
        UNSEEN,
        /** Lifecycle events were seen, so the end of a job is expected to be reported. */
        EXPECTED,
        /** Lifecycle events were seen, but a job's lease expired without a reported end: ends are not relied on. */
        MISSED
    }
}
