package dev.redrive.topology;

import dev.redrive.domain.decide.RetryPolicy.Tier;
import dev.redrive.domain.event.Input;
import dev.redrive.domain.gate.GateName;
import dev.redrive.domain.lifecycle.Effect;
import dev.redrive.domain.lifecycle.State;
import dev.redrive.domain.lifecycle.Step;
import dev.redrive.domain.stats.Windows.Count;
import java.time.Instant;
import java.util.function.ToIntFunction;

/**
 * What one task tells of itself, on its own thread. Only what was stored and forwarded is told. After a crash a step that
 * was told may be taken, and told, once more: the transaction is undone, the telling is not.
 */
public interface TaskSignals extends AutoCloseable {

    /** Nobody listens. */
    TaskSignals NONE = new TaskSignals() {};

    /**
     * A step was taken whole.
     *
     * @param input what happened
     * @param before the state that it was applied to
     * @param step what followed
     * @param now the time it was taken at
     */
    default void taken(Input input, State before, Step step, Instant now) {}

    /** Something was counted in the error rates after its window had closed. */
    default void late(Count.Kind kind) {}

    /**
     * An input went to the quarantine.
     *
     * @param about what kind of input it was
     * @param reason the stable reason
     */
    default void quarantined(Effect.About about, String reason) {}

    /**
     * An input stood in another partition than its key's and was forwarded to that.
     *
     * @param about what kind of input it was
     */
    default void forwarded(Effect.About about) {}

    /** How much of a record the quarantine holds; the name is the stable word. */
    enum Kept {
        /** Key, value and headers. */
        WHOLE,
        /** Key and value; the record's own headers are cut. */
        WITHOUT_HEADERS,
        /** Sizes and SHA-256 of key and value, and the key where it is short. */
        DIGEST
    }

    /** So much of the record that went to the quarantine last is kept. */
    default void kept(Kept kept) {}

    /** How many retries are pending in a tier now. */
    default void pending(Tier tier, long retries) {}

    /**
     * A look into the due queue has ended.
     *
     * @param nextDueMs a lower bound of the instant from which the next retry may go, epoch milliseconds; {@code Long.MAX_VALUE} for none
     */
    default void looked(long nextDueMs) {}

    /**
     * How many retries were due and had to wait for the next look, because the last one had reached its bounds.
     *
     * @param retries at most as many as one count takes
     */
    default void overdue(int retries) {}

    /** How many users each gate holds now; of gates by service, how many lanes. */
    default void held(ToIntFunction<GateName> users) {}

    /**
     * How many services hold due retries back until a probe has shown that they answer, or for their turn in a recovery.
     *
     * @param services how many now
     * @param sinceMs since when the first of them has not been sound, epoch milliseconds; {@code Long.MAX_VALUE} for none
     */
    default void probed(int services, long sinceMs) {}

    /** The task has ended; nothing more is told. */
    @Override
    default void close() {}
}
