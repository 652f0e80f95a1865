package dev.redrive.domain.user;

import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A user's known allowance and spend cap.
 *
 * @param status whether billable calls can succeed
 * @param reason the error code that showed it, if any
 * @param since when the status began
 * @param resetAt when the allowance resets, if known
 * @param remaining calls left, if reported
 * @param learnedAt time of the last update; older information does not change it
 * @param reopenedAt when calls became possible again; the start of the ramp
 * @param rampReleases retries released since then, during the ramp
 * @param probes retries released since the status began although calls were not known to succeed
 * @param probedAt when the last of these was released
 * @param probedJob hash of the id of its job
 */
public record Quota(
        Status status,
        @Nullable String reason,
        @Nullable Instant since,
        @Nullable Instant resetAt,
        @Nullable Long remaining,
        @Nullable Instant learnedAt,
        @Nullable Instant reopenedAt,
        int rampReleases,
        int probes,
        @Nullable Instant probedAt,
        int probedJob) {

    static final Quota UNKNOWN = new Quota(Status.AVAILABLE, null, null, null, null, null, null, 0, 0, null, 0);

    /** A known reset at most this far ahead is waited for without probes. */
    private static final Duration TRUSTED = Duration.ofHours(1);

    /** A probe that is not refused for this long has passed; a reported acceptance shows it earlier. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** The wait from the refusal to the first probe. */
    private static final Duration FIRST_PROBE = Duration.ofMinutes(1);

    /** A refill is found late by half of the time since the refusal at most, until the waits are an hour. */
    private static final double GROWTH = 1.5;

    /** Max wait between two probes, but for {@link #DAY_WAIT}. */
    private static final Duration LONGEST_WAIT = Duration.ofHours(1);

    /** Max probes in any 24 hours. */
    private static final int MAX_PROBES = 24;

    /**
     * The wait before the first probe beyond {@link #MAX_PROBES}. The last of these follows the first after 15 h 50 min
     * at the earliest, so that the next one follows it after more than 24 hours.
     */
    private static final Duration DAY_WAIT = Duration.ofMinutes(495);

    /** Duration of the ramp after calls become possible again. */
    private static final Duration RAMP = Duration.ofSeconds(10);

    /** Whether billable calls can succeed; the name is stable in the user's state. */
    public enum Status {
        /** Calls are not known to fail. */
        AVAILABLE,
        /** The allowance is spent. */
        EXHAUSTED,
        /** The spend cap is reached. */
        SPEND_CAPPED
    }

    /** Returns whether information of this instant is older than what is known. */
    boolean olderNews(Instant at) {
        return learnedAt != null && at.isBefore(learnedAt);
    }

    /** Returns whether billable calls can succeed, also if only the reset has passed, or a probe was not refused. */
    public boolean available(Instant now) {
        return openedAt(now) != null;
    }

    /** Returns since when calls can succeed as far as is known at {@code now}; {@code null} if they cannot. */
    private @Nullable Instant openedAt(Instant now) {
        if (status == Status.AVAILABLE) {
            return Instant.EPOCH;
        }
        if (resetAt != null && !resetAt.isAfter(now)) {
            return resetAt;
        }
        Instant passedAt = probing() ? Objects.requireNonNull(probedAt).plus(PATIENCE) : null;
        return passedAt != null && !passedAt.isAfter(now) ? passedAt : null;
    }

    /** Returns whether the result of a probe is outstanding. */
    public boolean probing() {
        return status != Status.AVAILABLE && probedAt != null && (learnedAt == null || !learnedAt.isAfter(probedAt));
    }

    /**
     * Returns when the gate is to be evaluated again while calls are not known to succeed: at the reset, at the result
     * of a probe, or when the next probe may be released, whatever is first. A retry may be released from then on.
     *
     * <p>An allowance can be refilled, or a cap raised, without any news. So single retries test it: the first a minute
     * after the status began, then at waits that grow by half up to an hour, and at most 24 in any 24 hours.
     */
    public Instant nextChance() {
        Instant chance;
        if (probing()) {
            chance = Objects.requireNonNull(probedAt).plus(PATIENCE);
        } else {
            Instant last = probedAt != null ? probedAt : since != null ? since : Instant.EPOCH;
            chance = last.plus(wait(probes));
            if (resetAt != null && chance.plus(TRUSTED).isAfter(resetAt)) {
                chance = resetAt;
            }
        }
        return resetAt != null && resetAt.isBefore(chance) ? resetAt : chance;
    }

    /** Returns the wait before the next probe after this many. */
    private static Duration wait(int probes) {
        if (probes == MAX_PROBES) {
            return DAY_WAIT;
        }
        long grownMs = Math.round(FIRST_PROBE.toMillis() * Math.pow(GROWTH, Math.min(probes, MAX_PROBES)));
        return grownMs > LONGEST_WAIT.toMillis() ? LONGEST_WAIT : Duration.ofMillis(grownMs);
    }

    /**
     * Returns when the ramp allows the next retry; the number of retries doubles every second. An instant not after
     * {@code now} if it is allowed now. To be called only while calls can succeed.
     */
    public Instant rampedUntil(Instant now) {
        Quota open = reopened(now);
        if (open.reopenedAt == null) {
            return now;
        }
        long second = Duration.between(open.reopenedAt, now).toSeconds();
        boolean over = second >= RAMP.toSeconds();
        return over || open.rampReleases < 1 << second + 1 ? now : open.reopenedAt.plusSeconds(second + 1);
    }

    /** Returns the state after the release of a retry; it is a probe if calls are not known to succeed. */
    Quota released(String jobId, Instant now) {
        Quota open = reopened(now);
        if (open.status != Status.AVAILABLE) {
            return new Quota(
                    status, reason, since, resetAt, remaining, learnedAt, null, 0, probes + 1, now, jobId.hashCode());
        }
        if (open.reopenedAt == null) {
            return open;
        }
        boolean over = !open.reopenedAt.plus(RAMP).isAfter(now);
        return over ? open.ramp(null, 0) : open.ramp(open.reopenedAt, open.rampReleases + 1);
    }

    /** Returns the same state, available if its reset has passed or its probe was not refused. */
    Quota reopened(Instant now) {
        Instant openedAt = openedAt(now);
        if (status == Status.AVAILABLE || openedAt == null) {
            return this;
        }
        boolean unconfirmed = resetAt == null || !resetAt.equals(openedAt);
        return openedFrom(openedAt, unconfirmed ? probes : 0, unconfirmed ? probedAt : null);
    }

    /**
     * Returns whether a released retry was the last probe, whatever became known since.
     *
     * @param jobId its job
     * @param releasedAt when it was released, or a later sign of life of it
     */
    public boolean probedBy(String jobId, Instant releasedAt) {
        return probedAt != null && probedJob == jobId.hashCode() && !releasedAt.isBefore(probedAt);
    }

    /** Returns whether the result of a probe is outstanding that was released for this job, before {@code at}. */
    private boolean probes(String jobId, Instant at) {
        return probing() && probedJob == jobId.hashCode() && at.isAfter(Objects.requireNonNull(probedAt));
    }

    /**
     * Returns the state after a call was accepted. Only a probe shows that calls succeed: other accepted ones may have
     * been made before the refusal.
     *
     * @param at when
     */
    Quota accepted(String jobId, Instant at, Instant now) {
        return probes(jobId, at) ? openedFrom(now, 0, null) : this;
    }

    /**
     * Returns the state after a call was refused for lack of allowance or for the spend cap. The waits between probes
     * go on where they were if no call was accepted since the last one.
     *
     * @param refusal why
     * @param code the error code
     * @param newResetAt when the allowance resets, if the response has it
     * @param at when it was refused
     */
    Quota refused(Status refusal, @Nullable String code, @Nullable Instant newResetAt, Instant at) {
        boolean same = status == refusal;
        boolean goesOn = same || probedAt != null && at.isBefore(probedAt.plus(LONGEST_WAIT));
        return new Quota(
                refusal,
                code,
                same && since != null ? since : at,
                newResetAt != null && newResetAt.isAfter(at) ? newResetAt : resetAfter(at),
                refusal == Status.EXHAUSTED ? Long.valueOf(0) : remaining,
                at,
                null,
                0,
                goesOn ? probes : 0,
                goesOn ? probedAt : null,
                goesOn ? probedJob : 0);
    }

    /** Returns the known reset unless it has passed: a quota exhausted after it opens at the next one. */
    @Nullable
    Instant resetAfter(Instant at) {
        return resetAt != null && resetAt.isAfter(at) ? resetAt : null;
    }

    /** Returns the state after an attempt failed for a reason that leaves open whether calls can succeed. */
    Quota inconclusive(String jobId, Instant at) {
        return probes(jobId, at)
                ? new Quota(
                        status,
                        reason,
                        since,
                        resetAt,
                        remaining,
                        at,
                        reopenedAt,
                        rampReleases,
                        probes,
                        probedAt,
                        probedJob)
                : this;
    }

    private Quota openedFrom(Instant at, int unconfirmedProbes, @Nullable Instant lastProbedAt) {
        return new Quota(
                Status.AVAILABLE,
                null,
                at,
                null,
                null,
                learnedAt,
                at,
                0,
                unconfirmedProbes,
                lastProbedAt,
                lastProbedAt == null ? 0 : probedJob);
    }

    private Quota ramp(@Nullable Instant from, int releases) {
        return new Quota(
                status, reason, since, resetAt, remaining, learnedAt, from, releases, probes, probedAt, probedJob);
    }
}
