package dev.redrive.topology;

import dev.redrive.domain.decide.RetryPolicy.Tier;
import dev.redrive.domain.event.Input;
import dev.redrive.domain.gate.GateName;
import dev.redrive.domain.lifecycle.Effect;
import dev.redrive.domain.lifecycle.Pipeline.State;
import dev.redrive.domain.lifecycle.Pipeline.Step;
import dev.redrive.domain.stats.Windows.Count;
import java.time.Instant;
import java.util.function.ToIntFunction;

/** Receives the tasks' events for metrics. It must not throw, and takes no part in any decision. */
@FunctionalInterface
public interface Signals {

    /** Ignores all events. */
    Signals NONE = partition -> TaskSignals.NONE;

    /**
     * A task has started.
     *
     * @param partition the partition of the task's users
     * @return receives the task's events, on the task's thread, until the task closes it
     */
    TaskSignals open(int partition);

    /** An output that affects only its readers was left out, because it exceeds its topic's maximum size. */
    default void outputDropped() {}

    /**
     * Receives the events of one task, on the task's thread. Only stored and forwarded steps are reported. After a crash a
     * reported step may be taken and reported again: the transaction is rolled back, the report is not.
     */
    public interface TaskSignals extends AutoCloseable {

        /** Ignores all events. */
        TaskSignals NONE = new TaskSignals() {};

        /**
         * A step was completed.
         *
         * @param input what happened
         * @param before the state that it was applied to
         * @param step the resulting step
         * @param now when it was taken
         */
        default void taken(Input input, State before, Step step, Instant now) {}

        /** A count arrived after its error-rate window had closed. */
        default void late(Count.Kind kind) {}

        /**
         * An input was quarantined.
         *
         * @param about the kind of input
         * @param reason the stable reason
         */
        default void quarantined(Effect.About about, String reason) {}

        /**
         * An input in a wrong partition was forwarded to its key's.
         *
         * @param about the kind of input
         */
        default void forwarded(Effect.About about) {}

        /** How much of a record the quarantine keeps; the name is the stable word. */
        enum Kept {
            /** Key, value and headers. */
            WHOLE,
            /** Key and value; the record's own headers are cut. */
            WITHOUT_HEADERS,
            /** Sizes and SHA-256 of key and value, and the key where it is short. */
            DIGEST
        }

        /** Reports how much of the last quarantined record is kept. */
        default void kept(Kept kept) {}

        /** Reports the number of pending retries in a tier. */
        default void pending(Tier tier, long retries) {}

        /**
         * A release slice has ended.
         *
         * @param nextDueMs lower bound of the instant of the next release, epoch milliseconds; {@code Long.MAX_VALUE} for
         *     none
         */
        default void checked(long nextDueMs) {}

        /**
         * Reports how many due retries wait for the next slice because the last one reached its bounds.
         *
         * @param retries the number, up to the limit of one count
         */
        default void overdue(int retries) {}

        /** Reports the number of users that each gate blocks; for gates by service, the number of lanes. */
        default void blocked(ToIntFunction<GateName> users) {}

        /**
         * Reports how many services block due retries until a probe succeeds, or until their turn in a recovery.
         *
         * @param services the number
         * @param sinceMs since when the first of them has been unhealthy, epoch milliseconds; {@code Long.MAX_VALUE} for
         *     none
         */
        default void probed(int services, long sinceMs) {}

        /** The task has ended; no more events follow. */
        @Override
        default void close() {}
    }
}
