package dev.redrive.domain.stats;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * When to alert people. Each finding is reported once per window, or once until it has been quiet for a while.
 *
 * @param quiet a group of dead letters (same service, operation, reason and code) not seen for this long is new again
 * @param spikeCount min dead letters of one group in one window that are a spike; positive
 * @param burnMinSubmitted min submitted attempts in a window for a significant error rate; positive
 * @param burnRatio min share of failed attempts for an alert; above 0, at most 1
 * @param overdue a retry later than this is overdue
 */
public record AlertRules(Duration quiet, long spikeCount, long burnMinSubmitted, double burnRatio, Duration overdue) {

    /** The default rules: 24 h, 100, 50, 0.5, 60 s. */
    public static final AlertRules STANDARD =
            new AlertRules(Duration.ofHours(24), 100, 50, 0.5, Duration.ofSeconds(60));

    /** @throws IllegalArgumentException if a bound is out of its range */
    public AlertRules {
        if (spikeCount < 1 || burnMinSubmitted < 1 || !(burnRatio > 0 && burnRatio <= 1)) {
            throw new IllegalArgumentException(
                    "alert rules out of range: " + spikeCount + ", " + burnMinSubmitted + ", " + burnRatio);
        }
    }

    /** Returns whether a group of dead letters is new. */
    public boolean isNew(@Nullable Instant seenBefore, Instant now) {
        return seenBefore == null || seenBefore.plus(quiet).isBefore(now);
    }

    /**
     * Returns whether the sum of a window has just become a spike.
     *
     * @param before the sum before the last dead letters were added
     * @param after the sum with them
     */
    public boolean spikes(long before, long after) {
        return before < spikeCount && after >= spikeCount;
    }

    /** Returns whether this number of submitted attempts makes an error rate significant. */
    public boolean significant(long submitted) {
        return submitted >= burnMinSubmitted;
    }

    /** Returns whether the error rate of a window is alerted. */
    public boolean burns(long failures, long submitted) {
        return significant(submitted) && failures >= burnRatio * submitted;
    }

    /** Returns whether a retry is overdue. */
    public boolean isOverdue(Instant dueAt, Instant now) {
        return dueAt.plus(overdue).isBefore(now);
    }

    /** The kind of finding of an alert; the name is stable in the topic and the runbooks. */
    public enum AlertKind {
        /** Dead letters of a group not seen during the quiet period. */
        NEW_DEAD_LETTER_GROUP,
        /** Many dead letters of one group in one window. */
        DEAD_LETTER_SPIKE,
        /** A large share of an operation's attempts fails. */
        ERROR_RATE_BURN,
        /** Retries that should have been released long ago. */
        OVERDUE_RETRIES
    }
}
