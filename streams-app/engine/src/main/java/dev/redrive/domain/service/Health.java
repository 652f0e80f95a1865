package dev.redrive.domain.service;

import java.time.Duration;
import java.time.Instant;

/**
 * The health of a service, as seen by one task: a circuit breaker controlled by a retry budget. Each attempt that
 * begins earns a fraction of a token, each that fails {@code TRANSIENT} costs more than one; the breaker opens when
 * half of the tokens are gone (the budget of gRFC A6): after three failures in a row, or when more than two in nine
 * attempts fail over a longer time. So failing retries remain a bounded share of the attempts, however many retries are
 * pending.
 *
 * <ul>
 *   <li>{@link Sound} becomes {@link Broken} when the budget is spent.
 *   <li>{@link Broken} becomes {@link Probing} when its wait is over and a retry is released as the probe.
 *   <li>{@link Probing} becomes {@link Recovering} when the probe was answered, and {@link Broken} when it failed.
 *   <li>{@link Recovering} becomes {@link Sound} after 10 s, and {@link Broken} when the budget is spent.
 * </ul>
 */
public sealed interface Health {

    /** Thousandths of tokens of a full budget. */
    int FULL = 10_000;

    /** Gain per attempt that begins, in thousandths of a token. */
    int EARNED = 400;

    /** Cost per failed attempt, in thousandths of a token. */
    int COST = 1_800;

    /** The service is not known to fail. */
    Health SOUND = new Sound(FULL);

    /**
     * Retries are released when due.
     *
     * @param tokens thousandths of tokens that are left
     */
    record Sound(int tokens) implements Health {}

    /**
     * No retry is released.
     *
     * @param since when the breaker opened first
     * @param until when a probe may be released
     * @param strikes number of consecutive openings, for display
     * @param patience how long the next probe may be without a failure before it counts as a success; {@link
     *     Probing#MIN_PATIENCE} to {@link Probing#MAX_PATIENCE}
     */
    record Broken(Instant since, Instant until, int strikes, Duration patience) implements Health {

        /** Min time between two probes. */
        static final Duration SHORTEST = Duration.ofSeconds(1);

        /** Max time between two probes, without jitter. */
        static final Duration LONGEST = Duration.ofSeconds(30);

        /** A probe follows each further part of the time that the outage has lasted: one in this many. */
        private static final int PART = 5;

        /** The jitter of a probe is at most one in this many parts of the wait. */
        private static final int JITTER = 10;

        public Broken {
            patience = Probing.bounded(patience);
        }

        public Broken(Instant since, Instant until, int strikes) {
            this(since, until, strikes, Probing.MIN_PATIENCE);
        }

        /**
         * Opens the breaker. The wait is a fifth of the outage so far, so that the end of an outage is found late by a
         * fifth of its length at most, and a probe that fails by chance delays it by no more than that.
         */
        static Broken after(Instant since, int strikes, Duration patience, Instant now) {
            long partMs = Duration.between(since, now).toMillis() / PART;
            long restMs = Math.max(SHORTEST.toMillis(), Math.min(LONGEST.toMillis(), partMs));
            return new Broken(since, now.plusMillis(restMs + jitterMs(restMs, now)), strikes + 1, patience);
        }

        /** A multiplicative hash of the instant, which differs from task to task; 0 for the shortest wait. */
        private static long jitterMs(long restMs, Instant now) {
            long boundMs = (restMs - SHORTEST.toMillis()) / JITTER;
            return boundMs <= 0 ? 0 : Math.floorMod(now.toEpochMilli() * 0x9e3779b97f4a7c15L >>> 17, boundMs + 1);
        }
    }

    /**
     * One retry is released as a probe; no other until its result, or until no failure came for its patience.
     *
     * @param since when the breaker opened first
     * @param sentAt when the probe was released
     * @param strikes number of consecutive openings
     * @param patience how long it may be without a failure before it counts as a success; {@link #MIN_PATIENCE} to
     *     {@link #MAX_PATIENCE}
     */
    record Probing(Instant since, Instant sentAt, int strikes, Duration patience) implements Health {

        public static final Duration MIN_PATIENCE = Duration.ofSeconds(3);

        /** Longer than usual timeouts of clients, which are 30 s or 60 s. */
        public static final Duration MAX_PATIENCE = Duration.ofSeconds(90);

        public Probing {
            patience = bounded(patience);
        }

        public Probing(Instant since, Instant sentAt, int strikes) {
            this(since, sentAt, strikes, MIN_PATIENCE);
        }

        /**
         * Returns the patience with the next probe: half as much again as the failure took, so that a service that lets
         * calls time out is not taken for sound before its probe has timed out too.
         *
         * @param took from the start of an attempt to its failure
         */
        static Duration after(Duration took) {
            return bounded(took.plus(took.dividedBy(2)));
        }

        static Duration bounded(Duration patience) {
            Duration atLeast = patience.compareTo(MIN_PATIENCE) < 0 ? MIN_PATIENCE : patience;
            return atLeast.compareTo(MAX_PATIENCE) > 0 ? MAX_PATIENCE : atLeast;
        }

        /** Returns when a probe without a failure counts as a success. */
        Instant decidedAt() {
            return sentAt.plus(patience);
        }
    }

    /**
     * Retries are released again, more of them every second, to prevent a thundering herd after an outage.
     *
     * @param since when the breaker opened first
     * @param from when the recovery began
     * @param second which second of the recovery it is, from 0
     * @param released retries released in this second
     * @param tokens thousandths of tokens that are left
     * @param strikes number of consecutive openings
     */
    record Recovering(Instant since, Instant from, long second, int released, int tokens, int strikes)
            implements Health {

        /** Max releases in the first second; the number doubles every second. */
        private static final int FIRST = 8;

        /** Seconds until the service counts as sound. */
        public static final int SECONDS = 10;

        /** Begins with three quarters of the budget, so that fewer failures open the breaker again. */
        static Recovering begin(Instant since, int strikes, Instant now) {
            return new Recovering(since, now, 0, 0, FULL * 3 / 4, strikes);
        }

        /** Returns the max releases in a second of the recovery. */
        public static int allowed(long second) {
            return FIRST << Math.min(second, SECONDS);
        }
    }
}
