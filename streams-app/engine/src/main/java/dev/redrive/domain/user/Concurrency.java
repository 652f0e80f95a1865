package dev.redrive.domain.user;

import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a user's active jobs, over all services.
 *
 * @param active jobs believed to be at work; never negative
 * @param limit most active jobs, as learned; {@code null} while unknown
 * @param limitAt when the limit was learned
 * @param reported {@code active_requests} of the last concurrency error
 * @param reportedAt when that error came
 * @param foreign active jobs that only the API knows of
 * @param occupancy how long a job keeps its slot, where ends are not reported
 * @param leaseEndedAt when a retry stopped counting last because it was taken to be done
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

    /** Slots that are taken: known jobs, and those that only the API knows of as far as they are believed in. */
    public int busy(Instant now) {
        return active + (foreign == null ? 0 : foreign.believed(now));
    }

    /** When fewer slots are taken even if nothing more is heard; {@code null} if that is not to be expected. */
    public @Nullable Instant nextLess(Instant now) {
        return foreign == null || foreign.believed(now) == 0 ? null : foreign.nextLess(now);
    }

    Concurrency plusActive(int change) {
        return change == 0 ? this : with(active + change, foreign, occupancy, reporting);
    }

    /** One of the jobs that only the API knew of has made itself known. */
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
     * The API refused an attempt because all slots were taken.
     *
     * @param told how many it counted, when it told
     * @param ours whether the attempt was a retry of Redrive's, which believed that a slot was free
     * @param prior what is taken where nothing was learned of this user
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

    /** The time that a job takes is the time that all jobs of strangers are believed in: they may just have begun. */
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

    /** Whether the end of an active job will be told. */
    public boolean endsExpected() {
        return reporting == Reporting.EXPECTED;
    }

    /**
     * A lifecycle event came.
     *
     * @param end whether it was the end of a job
     */
    Concurrency reported(boolean end) {
        return reporting == Reporting.UNSEEN || end && reporting == Reporting.MISSED
                ? with(active, foreign, occupancy, Reporting.EXPECTED)
                : this;
    }

    /**
     * A job stopped counting because nothing was heard of it.
     *
     * @param ours whether it was a retry of Redrive's, so that it had passed
     * @param prior what is taken where nothing was learned of this user
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
     * Active jobs of a user that the API counts and Redrive does not know of: those of other clients, or of a batch system
     * that does not say when jobs end. They are believed for one step, then one less with each step, so that a stale report
     * closes nothing for ever.
     *
     * @param count how many there were when the API told; positive
     * @param since when it told
     * @param step how long all are believed, and then each less; positive
     */
    public record Foreign(int count, Instant since, Duration step) {

        /** How many are still believed in; never negative. */
        int believed(Instant now) {
            long steps = Math.max(0, Duration.between(since, now).toMillis() / step.toMillis());
            return (int) Math.max(0, count - steps);
        }

        /** When one less is believed in than now. */
        Instant nextLess(Instant now) {
            long steps = Math.max(0, Duration.between(since, now).toMillis() / step.toMillis());
            return since.plus(step.multipliedBy(steps + 1));
        }
    }

    /** Whether the ends of a user's jobs are reported; the name is stored. */
    public enum Reporting {
        /** No lifecycle event was seen: slots are taken to be free after the time that jobs occupy them. */
        UNSEEN,
        /** Lifecycle events come, so the end of a job is expected to be told. */
        EXPECTED,
        /** Lifecycle events came, and a job's lease ended without its end being told: ends are not relied on. */
        MISSED
    }
}
