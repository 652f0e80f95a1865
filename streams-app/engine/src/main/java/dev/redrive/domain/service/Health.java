package dev.redrive.domain.service;

import java.time.Duration;
import java.time.Instant;

/**
 * The health of a service, as seen by one task: a circuit breaker controlled by a retry budget. Each attempt that
 * begins earns a fraction of a token, each that fails {@code TRANSIENT} costs more than one; the breaker opens when
 * half of the tokens are gone (the budget of gRFC A6): after three failures in a row, or when for long more than two
 * attempts in nine fail. So failing retries are at most a share of the attempts seen, wherever they wait meanwhile.
 *
 * <pre> Sound ──budget spent──→ Broken ──time──→ Probing ──answered──→ Recovering ──time──→ Sound ↑ │ fails │ budget
 * spent └─────────────────┴─────────────────────┘
 * </pre>
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
     * @param strikes number of consecutive openings
     */
    record Broken(Instant since, Instant until, int strikes) implements Health {

        private static final Duration FIRST = Duration.ofSeconds(1);
        private static final int MOST_DOUBLINGS = 5;

        /** Max time between two probes. */
        static final Duration LONGEST = Duration.ofSeconds(30);

        static Broken after(Instant since, int strikes, Instant now) {
            Duration rest = FIRST.multipliedBy(1L << Math.min(strikes, MOST_DOUBLINGS));
            return new Broken(since, now.plus(rest.compareTo(LONGEST) > 0 ? LONGEST : rest), strikes + 1);
        }
    }

    /**
     * One retry is released as a probe; no other until its result, or until no failure came for {@link #PATIENCE}.
     *
     * @param since when the breaker opened first
     * @param sentAt when the probe was released
     * @param strikes number of consecutive openings
     */
    record Probing(Instant since, Instant sentAt, int strikes) implements Health {

        /** A probe without a failure for this long counts as a success. */
        static final Duration PATIENCE = Duration.ofSeconds(3);

        Instant decidedAt() {
            return sentAt.plus(PATIENCE);
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

        private static final int FIRST = 8;

        /** Seconds until the service counts as sound. */
        static final int SECONDS = 10;

        static Recovering begin(Instant since, int strikes, Instant now) {
            return new Recovering(since, now, 0, 0, FULL * 3 / 4, strikes);
        }

        /** Returns the max releases in a second of the recovery. */
        static int allowed(long second) {
            return FIRST << Math.min(second, SECONDS);
        }
    }
}
