package dev.redrive.server.redrive;

import dev.redrive.avro.Redrive;
import dev.redrive.contract.TopicNames;
import dev.redrive.server.RecordWriter;
import dev.redrive.server.index.LetterResult;
import dev.redrive.server.index.RedriveIndex;
import dev.redrive.server.index.RedriveIndex.Stored;
import dev.redrive.server.redrive.Planner.Wish;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.jspecify.annotations.Nullable;

/** What people do with redrives. A decision is a record; the instance that carries the redrive out follows it. Thread-safe. */
public final class Redrives {

    private final Planner planner;
    private final RedriveIndex index;
    private final RecordWriter writer;
    private final TopicNames names;
    private final LongSupplier clock;
    private final Supplier<String> ids;

    /**
     * Creates the service.
     *
     * @param clock epoch milliseconds
     * @param ids gives a new id of letters, digits and hyphens with each call
     */
    public Redrives(
            Planner planner,
            RedriveIndex index,
            RecordWriter writer,
            TopicNames names,
            LongSupplier clock,
            Supplier<String> ids) {
        this.planner = planner;
        this.index = index;
        this.writer = writer;
        this.names = names;
        this.clock = clock;
        this.ids = ids;
    }

    /**
     * A redrive as people see it.
     *
     * @param state its state
     * @param progress how far it is; {@code null} before it was carried out
     * @param results its letters by result
     */
    public record View(RedriveState state, @Nullable Redrive progress, Map<LetterResult, Long> results) {}

    /** Why a decision was not taken; the name is the stable reason. */
    public enum Refusal {
        NOT_FOUND,
        STATE_CONFLICT,
        PLAN_EXPIRED,
        /** The count that was typed is missing where it is needed, or is not the plan's. */
        COUNT_DIFFERS
    }

    /** What came of a decision. */
    public sealed interface Decided {

        /**
         * It was taken.
         *
         * @param redrive the decision
         * @param written completes when it is written
         */
        record Taken(Redrive redrive, CompletableFuture<RecordMetadata> written) implements Decided {}

        /** It was not taken. */
        record Refused(Refusal why) implements Decided {}
    }

    /** Returns a redrive; {@code null} if there is none with this id. */
    public @Nullable View get(String id) {
        Stored stored = index.redrive(id);
        return stored == null ? null : view(stored);
    }

    /** Returns the redrives planned before an instant, the newest first. */
    public List<View> list(Instant before, int limit) {
        return index.redrives(before, limit).stream().map(this::view).toList();
    }

    private View view(Stored stored) {
        return new View(
                RedriveState.of(stored),
                stored.progress(),
                index.counts(stored.control().getRedriveId()));
    }

    /** Freezes a plan and writes it. */
    public Decided.Taken plan(Wish wish, String actor) {
        return taken(planner.plan(ids.get(), wish, actor, now()));
    }

    /**
     * Starts a plan.
     *
     * @param count the plan's number of letters, as typed; needed above {@link Planner#COUNT_NEEDED_ABOVE}
     */
    public Decided start(String id, @Nullable Long count, String actor, String reason) {
        Stored stored = index.redrive(id);
        if (stored == null) {
            return new Decided.Refused(Refusal.NOT_FOUND);
        }
        if (!(RedriveState.of(stored) instanceof RedriveState.Planned planned)) {
            return new Decided.Refused(Refusal.STATE_CONFLICT);
        }
        if (planned.expired(now())) {
            return new Decided.Refused(Refusal.PLAN_EXPIRED);
        }
        long letters = planned.control().getPlanned();
        boolean missing = count == null && letters > Planner.COUNT_NEEDED_ABOVE;
        if (missing || count != null && count != letters) {
            return new Decided.Refused(Refusal.COUNT_DIFFERS);
        }
        return taken(planned.start(actor, reason, now()));
    }

    /** Pauses a running redrive. */
    public Decided pause(String id) {
        return decide(id, state -> state instanceof RedriveState.Running running ? running.pause() : null);
    }

    /** Resumes a paused or halted redrive. */
    public Decided resume(String id) {
        return decide(id, state -> {
            if (state instanceof RedriveState.Paused paused) {
                return paused.resume();
            }
            return state instanceof RedriveState.Halted halted ? halted.resume() : null;
        });
    }

    /** Cancels a redrive that has not ended. */
    public Decided cancel(String id) {
        return decide(id, state -> {
            if (state instanceof RedriveState.Planned planned) {
                return planned.cancel();
            }
            if (state instanceof RedriveState.Running running) {
                return running.cancel();
            }
            if (state instanceof RedriveState.Paused paused) {
                return paused.cancel();
            }
            return state instanceof RedriveState.Halted halted ? halted.cancel() : null;
        });
    }

    /** Returns the decision's record; {@code null} where the state has none of its kind. */
    @FunctionalInterface
    private interface Move {
        @Nullable
        Redrive of(RedriveState state);
    }

    private Decided decide(String id, Move move) {
        Stored stored = index.redrive(id);
        if (stored == null) {
            return new Decided.Refused(Refusal.NOT_FOUND);
        }
        Redrive next = move.of(RedriveState.of(stored));
        return next == null ? new Decided.Refused(Refusal.STATE_CONFLICT) : taken(next);
    }

    private Decided.Taken taken(Redrive decision) {
        int partition = RedriveService.partition(decision.getRedriveId(), writer.partitions(names.redrives()));
        return new Decided.Taken(
                decision, writer.write(names.redrives(), partition, decision.getRedriveId(), decision));
    }

    private Instant now() {
        return Instant.ofEpochMilli(clock.getAsLong());
    }
}
