package dev.redrive.domain.service;

import java.time.Duration;
import java.time.Instant;

/**
 * The health of a service, as one task sees it: a circuit breaker whose fuse is a retry budget. Each attempt that begins
 * earns a share of a token, each that fails {@code TRANSIENT} costs more than one; when half of the tokens are gone, more
 * was lost than traffic earned and the breaker opens (the budget of gRFC A6): after three failures in a row, or when for
 * long more than two attempts in nine fail. So retries that fail are at most a share of the attempts seen, wherever they
 * rest meanwhile.
 *
 * <pre>
 * Sound ──budget spent──→ Broken ──time──→ Probing ──answered──→ Recovering ──time──→ Sound
 *                           ↑                 │ fails               │ budget spent
 *                           └─────────────────┴─────────────────────┘
 * </pre>
 */
public sealed interface Health {

    /** Thousandths of tokens of a full budget. */
    int FULL = 10_000;

    /** What one attempt that begins earns, in thousandths. */
    int EARNED = 400;

    /** What one attempt that fails costs, in thousandths. */
    int COST = 1_800;

    /** Nothing is known against the service. */
    Health SOUND = new Sound(FULL);

    /**
     * Retries go as they are due.
     *
     * @param tokens thousandths of tokens that are left
     */
    record Sound(int tokens) implements Health {}

    /**
     * No retry goes.
     *
     * @param since when the breaker opened first
     * @param until when a probe may go
     * @param strikes how often it opened in a row
     */
    record Broken(Instant since, Instant until, int strikes) implements Health {

        private static final Duration FIRST = Duration.ofSeconds(1);
        private static final int MOST_DOUBLINGS = 5;

        /** Longest time between two probes. */
        static final Duration LONGEST = Duration.ofSeconds(30);

        static Broken after(Instant since, int strikes, Instant now) {
            Duration rest = FIRST.multipliedBy(1L << Math.min(strikes, MOST_DOUBLINGS));
            return new Broken(since, now.plus(rest.compareTo(LONGEST) > 0 ? LONGEST : rest), strikes + 1);
        }
    }

    /**
     * One retry went to find out; no other goes until it is known, or until nothing bad was heard for a while.
     *
     * @param since when the breaker opened first
     * @param sentAt when the probe went
     * @param strikes how often the breaker opened in a row
     */
    record Probing(Instant since, Instant sentAt, int strikes) implements Health {

        /** So long without bad news is good news. */
        static final Duration PATIENCE = Duration.ofSeconds(3);

        Instant decidedAt() {
            return sentAt.plus(PATIENCE);
        }
    }

    /**
     * Retries go again, more of them every second, so that the end of an outage is not answered with a herd.
     *
     * @param since when the breaker opened first
     * @param from when the recovery began
     * @param second which second of the recovery it is, from 0
     * @param released retries released in this second
     * @param tokens thousandths of tokens that are left
     * @param strikes how often the breaker opened in a row
     */
    record Recovering(Instant since, Instant from, long second, int released, int tokens, int strikes)
            implements Health {

        private static final int FIRST = 8;

        /** Seconds until the service counts as sound. */
        static final int SECONDS = 10;

        static Recovering begin(Instant since, int strikes, Instant now) {
            return new Recovering(since, now, 0, 0, FULL * 3 / 4, strikes);
        }

        /** Retries that may go in a second of the recovery. */
        static int allowed(long second) {
            return FIRST << Math.min(second, SECONDS);
        }
    }
}
