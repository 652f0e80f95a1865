package dev.redrive.server.redrive;

import dev.redrive.avro.Redrive;
import dev.redrive.server.index.RedriveIndex.Stored;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The state of a redrive; a decision of people exists only as a method of its source state, and returns the record to
 * write.
 *
 * <pre> Planned ──start──→ Running ⇄ Paused      Running ──→ Done      Running ──→ Halted ──resume──→ Running
 * Planned, Running, Paused, Halted ──cancel──→ Cancelled </pre>
 *
 * <p>Decisions and progress are two records, each with one writer: the API of any instance, and the instance that
 * carries the redrive out. A halt holds until the decision after the one that it followed.
 */
public sealed interface RedriveState {

    /** Returns the record of the last decision. */
    Redrive control();

    /** Returns its stable name. */
    default String word() {
        return getClass().getSimpleName().toUpperCase(java.util.Locale.ROOT);
    }

    /** Waits for its start; a plan that expires can no longer be started. */
    record Planned(Redrive control) implements RedriveState {

        /** Returns whether it is too late to start it. */
        public boolean expired(Instant now) {
            return !now.isBefore(control.getExpiresAt());
        }

        /** Starts it; the caller checks that it has not expired. */
        public Redrive start(String actor, String reason, Instant now) {
            return Redrive.newBuilder(decided(control, "RUNNING"))
                    .setStartedBy(actor)
                    .setReason(reason)
                    .setStartedAt(now)
                    .build();
        }

        /** Cancels it. */
        public Redrive cancel() {
            return decided(control, "CANCELLED");
        }
    }

    /** Releases letters at its rate. */
    record Running(Redrive control) implements RedriveState {

        /** Pauses it. */
        public Redrive pause() {
            return decided(control, "PAUSED");
        }

        /** Cancels it: no further letter is released. */
        public Redrive cancel() {
            return decided(control, "CANCELLED");
        }
    }

    /** Waits until it is resumed. */
    record Paused(Redrive control) implements RedriveState {

        /** Resumes it. */
        public Redrive resume() {
            return decided(control, "RUNNING");
        }

        /** Cancels it. */
        public Redrive cancel() {
            return decided(control, "CANCELLED");
        }
    }

    /**
     * Too few of its letters succeeded.
     *
     * @param why CANARY_FAILED, CANARY_SILENT or LOSS_STOPPED
     */
    record Halted(Redrive control, String why) implements RedriveState {

        /** Resumes it; a canary counts as passed, by the decision of whoever resumes it. */
        public Redrive resume() {
            return decided(control, "RUNNING");
        }

        /** Cancels it. */
        public Redrive cancel() {
            return decided(control, "CANCELLED");
        }
    }

    /** All its commands are written. */
    record Done(Redrive control) implements RedriveState {}

    /** Nothing more is released. */
    record Cancelled(Redrive control) implements RedriveState {}

    private static Redrive decided(Redrive control, String state) {
        return Redrive.newBuilder(control)
                .setState(state)
                .setRevision(control.getRevision() + 1)
                .build();
    }

    /** Returns the state of a stored redrive. */
    static RedriveState of(Stored stored) {
        return of(stored.control(), stored.progress());
    }

    /** Returns the state by the last decision and the progress. */
    static RedriveState of(Redrive control, @Nullable Redrive progress) {
        if (progress != null && progress.getState().equals("DONE")) {
            return new Done(control);
        }
        if (progress != null
                && progress.getState().equals("HALTED")
                && progress.getRevision() == control.getRevision()) {
            return new Halted(control, progress.getHalt() == null ? "" : progress.getHalt());
        }
        return switch (control.getState()) {
            case "PLANNED" -> new Planned(control);
            case "RUNNING" -> new Running(control);
            case "PAUSED" -> new Paused(control);
            default -> new Cancelled(control);
        };
    }
}
