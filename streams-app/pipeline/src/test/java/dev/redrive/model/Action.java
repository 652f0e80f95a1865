package dev.redrive.model;

import dev.redrive.avro.AccountChangeKind;
import dev.redrive.avro.CommandKind;
import dev.redrive.avro.LifecycleStage;
import org.jspecify.annotations.Nullable;

/**
 * One thing that happens to the pipeline. Users, jobs and earlier records are named by numbers, which are taken modulo
 * what there is, so that any list of actions can be carried out, and any part of it.
 */
sealed interface Action {

    /** Which attempt a report is about, seen from what the pipeline should know. */
    enum Numbering {
        RIGHT,
        UNKNOWN,
        BEHIND,
        AHEAD
    }

    /** Which idempotency key a failed attempt carried. */
    enum Carried {
        OWN,
        NONE,
        AS_RELEASED
    }

    /** Which dead letter a redrive is about. */
    enum Letter {
        LATEST,
        EARLIER,
        INVENTED,
        LEFT_OUT
    }

    /** Which Date the response of a failed attempt carried. */
    enum Dated {
        NO,
        UNREADABLE,
        /** The second of {@code failedAt}. */
        AS_FAILED,
        /** That of a clock a little ahead of the one that {@code failedAt} comes from. */
        A_MINUTE_LATER,
        /** That of a clock so far ahead that the Date mostly has not come yet. */
        TWO_HOURS_LATER
    }

    /** What is wrong with a record. */
    enum Damage {
        NO_MAGIC,
        UNKNOWN_ID,
        TRUNCATED,
        NO_VALUE,
        OTHER_KEY,
        NO_KEY
    }

    /**
     * An attempt fails.
     *
     * @param agoMs how long before it is made known; negative by a clock that runs ahead
     * @param deadlineInMs the deadline, from now
     * @param lagMs how long after its record was made or appended it is read; negative by a clock that runs ahead
     * @param held whether the report comes later, see {@link Deliver}
     */
    record Fail(
            int job,
            Fault fault,
            Numbering numbering,
            Carried carried,
            long agoMs,
            Dated dated,
            long lagMs,
            @Nullable Long deadlineInMs,
            @Nullable Integer maxAttempts,
            boolean held)
            implements Action {}

    /** A failure that was published comes again. */
    record Again(int report) implements Action {}

    /** A report that was held comes at last. */
    record Deliver(int report) implements Action {}

    /** A record of a delayed retry topic comes again. */
    record EchoRetry(int retry) implements Action {}

    /** A record comes that cannot be read. */
    record Poison(int topic, Damage damage) implements Action {}

    /** A job moves on. */
    record Move(int job, LifecycleStage stage, Numbering numbering) implements Action {}

    /** A user's account changes. */
    record Account(
            int user, AccountChangeKind kind, @Nullable Integer limit, long agoMs) implements Action {}

    /** A command, but for redrives. */
    record Order(int job, CommandKind kind) implements Action {}

    /** A redrive; those of a job have few ids, so that ids come twice. */
    record Redrive(int job, int id, Letter letter, boolean edited) implements Action {}

    /** A little time goes by, and every timer fires when it would. */
    record Wait(int ms) implements Action {}

    /** Much time goes by at once. */
    record Leap(long ms) implements Action {}

    /** The brokers begin to stamp failures with their append time, or cease to. */
    record Stamp(boolean byBroker) implements Action {}

    /** Time goes by until a moment before or after the next due. */
    record ToNextDue(int afterMs) implements Action {}

    /** The wall clock is set, so far from the true time. */
    record SetClock(long offMs) implements Action {}

    /** The task ends and begins anew with its stores. */
    record Restart() implements Action {}
}
