package dev.redrive.domain.stats;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * When people should look. Each finding is told once per window, or once until it has been quiet for a while.
 *
 * @param quiet a group of dead letters not seen for so long is new again
 * @param spikeCount so many dead letters of one group in one window are a spike; positive
 * @param burnMinSubmitted an error rate says nothing below so many submitted attempts in a window; positive
 * @param burnRatio a share of failed attempts from which on errors burn; above 0, at most 1
 * @param overdue a retry later than this is overdue
 */
public record AlertRules(Duration quiet, long spikeCount, long burnMinSubmitted, double burnRatio, Duration overdue) {

    /** The rules where nothing else is wanted: 24 h, 100, 50, 0.5, 60 s. */
    public static final AlertRules STANDARD =
            new AlertRules(Duration.ofHours(24), 100, 50, 0.5, Duration.ofSeconds(60));

    /** @throws IllegalArgumentException if a bound is out of its range */
    public AlertRules {
        if (spikeCount < 1 || burnMinSubmitted < 1 || !(burnRatio > 0 && burnRatio <= 1)) {
            throw new IllegalArgumentException(
                    "alert rules out of range: " + spikeCount + ", " + burnMinSubmitted + ", " + burnRatio);
        }
    }

    /** Whether a group of dead letters is new. */
    public boolean isNew(@Nullable Instant seenBefore, Instant now) {
        return seenBefore == null || seenBefore.plus(quiet).isBefore(now);
    }

    /** Whether the sum of a window has just become a spike. */
    public boolean spikes(long before, long after) {
        return before < spikeCount && after >= spikeCount;
    }

    /** Whether so many submitted attempts say anything of an error rate. */
    public boolean tells(long submitted) {
        return submitted >= burnMinSubmitted;
    }

    /** Whether the errors of a window burn. */
    public boolean burns(long failures, long submitted) {
        return tells(submitted) && failures >= burnRatio * submitted;
    }

    /** Whether a retry is overdue. */
    public boolean isOverdue(Instant dueAt, Instant now) {
        return dueAt.plus(overdue).isBefore(now);
    }

    /** What kind of finding an alert tells; the name is the stable word in the topic and the runbooks. */
    public enum AlertKind {
        /** Dead letters of a group that was not seen for long. */
        NEW_DEAD_LETTER_GROUP,
        /** Many dead letters of one group in one window. */
        DEAD_LETTER_SPIKE,
        /** A large share of an operation's attempts fails. */
        ERROR_RATE_BURN,
        /** Retries that should have gone long ago. */
        OVERDUE_RETRIES
    }
}
