package dev.redrive.sim;

import dev.redrive.sim.Policy.FailedAttempt;

/** The waits of retry libraries: a function of the failure alone. Without state. */
enum Delays {
    /** The same wait every time. */
    FIXED {
        @Override
        long ms(FailedAttempt failure, Dice dice) {
            return FIXED_MS;
        }
    },
    /** Twice as long from attempt to attempt. */
    EXPONENTIAL {
        @Override
        long ms(FailedAttempt failure, Dice dice) {
            return exponentialMs(BASE_MS, failure.attempt());
        }
    },
    /** Anything from nothing to the exponential wait (Brooker: Exponential backoff and jitter, 2015). */
    FULL_JITTER {
        @Override
        long ms(FailedAttempt failure, Dice dice) {
            return dice.between(0, exponentialMs(BASE_MS, failure.attempt()), failure.job(), failure.attempt());
        }
    },
    /** Full jitter that begins at Retry-After where there is one. */
    JITTER_AFTER_HINT {
        @Override
        long ms(FailedAttempt failure, Dice dice) {
            return hintMs(failure) + FULL_JITTER.ms(failure, dice);
        }
    },
    /** The loop of API documentation: Retry-After, or a second, doubled from attempt to attempt. */
    DOUBLED_HINT {
        @Override
        long ms(FailedAttempt failure, Dice dice) {
            long hintMs = hintMs(failure);
            return Math.max(hintMs, exponentialMs(hintMs == 0 ? BASE_MS : hintMs, failure.attempt()));
        }
    };

    static final long FIXED_MS = 5_000;
    static final long BASE_MS = 1_000;

    /** Where growth ends, in favour of those who grow: documentation rarely prints a cap, and without one the waits reach days. */
    static final long CAP_MS = 60_000;

    /** How long to wait after a failure, in ms; dice are the policy's own. */
    abstract long ms(FailedAttempt failure, Dice dice);

    private static long exponentialMs(long baseMs, int attempt) {
        return attempt > 16 ? CAP_MS : Math.min(CAP_MS, baseMs << (attempt - 1));
    }

    private static long hintMs(FailedAttempt failure) {
        return failure.reply().retryAfterS() * 1_000;
    }
}
