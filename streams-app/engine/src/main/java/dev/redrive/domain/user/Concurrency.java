package dev.redrive.domain.user;

import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A user's known active jobs, over all services.
 *
 * @param active number of jobs that count as active; never negative
 * @param limit learned max of active jobs; {@code null} while unknown
 * @param limitAt when the limit was learned
 * @param reported {@code active_requests} of the last concurrency error
 * @param reportedAt when that error occurred
 * @param foreign active jobs that the API counts and Redrive has no record of
 * @param occupancy how long a job occupies its slot if ends are not reported
 * @param leaseEndedAt when the lease of a retry expired last
 * @param reporting whether the ends of jobs are reported
 */
public record Concurrency(
        int active,
        @Nullable Integer limit,
        @Nullable Instant limitAt,
        @Nullable Integer reported,
        @Nullable Instant reportedAt,
        @Nullable Foreign foreign,
        @Nullable Occupancy occupancy,
        @Nullable Instant leaseEndedAt,
        Reporting reporting) {

    static final Concurrency UNKNOWN = new Concurrency(0, null, null, null, null, null, null, null, Reporting.UNSEEN);

    private static final Duration SHORTEST_STEP = Duration.ofMillis(200);
    private static final Duration LONGEST_STEP = Duration.ofSeconds(30);
    private static final Duration LONG_AGO = Duration.ofDays(365);

    /** @throws IllegalArgumentException if {@code active} is negative */
    public Concurrency {
        if (active < 0) {
            throw new IllegalArgumentException("active must not be negative: " + active);
        }
    }

    /** Returns the number of occupied slots: known jobs, and foreign ones that have not decayed. */
    public int busy(Instant now) {
        return active + (foreign == null ? 0 : foreign.believed(now));
    }

    /** Returns when fewer slots are occupied even without further events; {@code null} if not predictable. */
    public @Nullable Instant nextLess(Instant now) {
        return foreign == null || foreign.believed(now) == 0 ? null : foreign.nextLess(now);
    }

    Concurrency plusActive(int change) {
        return change == 0 ? this : with(active + change, foreign, occupancy, reporting);
    }

    /** Returns the state after an event of a job that counted as foreign. */
    Concurrency explained(Instant now) {
        int believed = foreign == null ? 0 : foreign.believed(now);
        return believed == 0 ? this : with(active, foreign(believed - 1, now), occupancy, reporting);
    }

    Concurrency learnLimit(int newLimit, Instant at) {
        return limitAt != null && at.isBefore(limitAt)
                ? this
                : new Concurrency(
                        active, newLimit, at, reported, reportedAt, foreign, occupancy, leaseEndedAt, reporting);
    }

    Concurrency learnReported(int newReported, Instant at) {
        return reportedAt != null && at.isBefore(reportedAt)
                ? this
                : new Concurrency(active, limit, limitAt, newReported, at, foreign, occupancy, leaseEndedAt, reporting);
    }

    /**
     * Returns the state after the API refused an attempt because all slots were occupied.
     *
     * @param told number of active jobs in the response, if present
     * @param ours whether the attempt was a retry of Redrive's, released because a slot counted as free
     * @param prior the default if nothing was learned of this user
     */
    Concurrency refused(@Nullable Integer told, boolean ours, Occupancy prior, Instant now) {
        Concurrency limited = limit == null ? learnLimit(Math.max(1, told == null ? 1 : told), now) : this;
        int taken = told == null ? Objects.requireNonNull(limited.limit) : told;
        int strangers = Math.max(0, taken - active);
        if (!ours || endsExpected()) {
            return limited.with(active, limited.foreign(strangers, now), occupancy, reporting);
        }
        Occupancy known = Objects.requireNonNullElse(occupancy, prior).refused(now);
        Duration since = leaseEndedAt == null ? LONG_AGO : Duration.between(leaseEndedAt, now);
        boolean outlasted = since.compareTo(known.estimate().dividedBy(2)) <= 0 || !known.settled();
        Duration step = outlasted ? known.soon() : known.strangers();
        return limited.with(active, foreign(strangers, step, now), known, reporting);
    }

    /** Foreign jobs all count for the duration of one job first: they may have just started. */
    private @Nullable Foreign foreign(int count, Instant now) {
        return foreign(
                count, Objects.requireNonNullElse(occupancy, Occupancy.FIRST).strangers(), now);
    }

    private @Nullable Foreign foreign(int count, Duration slot, Instant now) {
        if (count == 0) {
            return null;
        }
        Duration step = slot.dividedBy(limit == null || limit == 0 ? 1 : limit);
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
                ? with(active, foreign, occupancy, Reporting.EXPECTED)
                : this;
    }

    /**
     * Returns the state after the lease of a job expired.
     *
     * @param ours whether it was a retry of Redrive's, so that it was not refused
     * @param prior the default if nothing was learned of this user
     * @param now the time
     */
    Concurrency leaseEnded(boolean ours, Occupancy prior, Instant now) {
        if (endsExpected()) {
            return with(active, foreign, occupancy, Reporting.MISSED);
        }
        if (!ours || limit == null) {
            return this;
        }
        Occupancy known = Objects.requireNonNullElse(occupancy, prior);
        Occupancy passed =
                active >= limit || known.refusedAt() != null ? known.passed(now.minus(known.estimate()), prior) : known;
        return new Concurrency(active, limit, limitAt, reported, reportedAt, foreign, passed, now, reporting);
    }

    private Concurrency with(
            int newActive, @Nullable Foreign newForeign, @Nullable Occupancy newOccupancy, Reporting newReporting) {
        return new Concurrency(
                newActive, limit, limitAt, reported, reportedAt, newForeign, newOccupancy, leaseEndedAt, newReporting);
    }

    /**
     * Active jobs of a user that the API counts and Redrive has no record of: those of other clients, or of a batch
     * system that does not report ends. All count for one step, then one less with each step, so that a stale report
     * never closes the gate for ever.
     *
     * @param count their number in the API's report; positive
     * @param since when it was reported
     * @param step how long all count, and then each fewer; positive
     */
    public record Foreign(int count, Instant since, Duration step) {

        /** Returns the number that still counts; never negative. */
        int believed(Instant now) {
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
        /** No lifecycle event was seen: slots count as free after the estimated duration of a job. */
        UNSEEN,
        /** Lifecycle events were seen, so the end of a job is expected to be reported. */
        EXPECTED,
        /** Lifecycle events were seen, but a job's lease expired without a reported end: ends are not relied on. */
        MISSED
    }
}
