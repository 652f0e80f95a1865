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
        Reporting reporting) {

    static final Concurrency UNKNOWN = new Concurrency(0, null, null, null, null, null, null, Reporting.UNSEEN);

    private static final Duration SHORTEST_STEP = Duration.ofMillis(200);
    private static final Duration LONGEST_STEP = Duration.ofSeconds(30);
    private static final int STEPS_PER_OCCUPANCY = 6;

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
                : new Concurrency(active, newLimit, at, reported, reportedAt, foreign, occupancy, reporting);
    }

    Concurrency learnReported(int newReported, Instant at) {
        return reportedAt != null && at.isBefore(reportedAt)
                ? this
                : new Concurrency(active, limit, limitAt, newReported, at, foreign, occupancy, reporting);
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
        Occupancy next = ours && !endsExpected()
                ? Objects.requireNonNullElse(occupancy, prior).refused()
                : occupancy;
        return limited.with(active, null, next, reporting).believing(Math.max(0, taken - active), now);
    }

    private Concurrency believing(int count, Instant now) {
        return with(active, foreign(count, now), occupancy, reporting);
    }

    private @Nullable Foreign foreign(int count, Instant now) {
        return count == 0 ? null : new Foreign(count, now, step());
    }

    private Duration step() {
        Duration slot = Objects.requireNonNullElse(occupancy, Occupancy.FIRST).estimate();
        Duration step = slot.dividedBy(Math.max(STEPS_PER_OCCUPANCY, limit == null ? 1 : limit));
        return step.compareTo(SHORTEST_STEP) < 0
                ? SHORTEST_STEP
                : step.compareTo(LONGEST_STEP) > 0 ? LONGEST_STEP : step;
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
     */
    Concurrency leaseEnded(boolean ours, Occupancy prior) {
        if (endsExpected()) {
            return with(active, foreign, occupancy, Reporting.MISSED);
        }
        return ours && limit != null
                ? with(
                        active,
                        foreign,
                        Objects.requireNonNullElse(occupancy, prior).passed(),
                        reporting)
                : this;
    }

    private Concurrency with(
            int newActive, @Nullable Foreign newForeign, @Nullable Occupancy newOccupancy, Reporting newReporting) {
        return new Concurrency(newActive, limit, limitAt, reported, reportedAt, newForeign, newOccupancy, newReporting);
    }
}
