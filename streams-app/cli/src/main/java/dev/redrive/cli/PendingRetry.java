package dev.redrive.cli;

import dev.redrive.avro.GateState;
import dev.redrive.avro.RetryRequest;
import dev.redrive.domain.backlog.Lane;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A pending retry as it is shown.
 *
 * @param lane user, service and priority
 * @param dueAt the due under which it stands in the queue; a command may have moved it
 * @param retry what is to be released
 * @param gate the gate that it lies behind; {@code null} for none
 */
record PendingRetry(
        Lane lane,
        Instant dueAt,
        RetryRequest retry,
        @Nullable GateState gate) {

    private static final String DUE = "DUE";

    static final String[] TITLES = {
        "DUE",
        "STATE",
        "USER",
        "JOB",
        "ATTEMPT",
        "SERVICE",
        "OPERATION",
        "PRIORITY",
        "CLASS",
        "CODE",
        "GATE",
        "WAITS FOR",
        "UNTIL"
    };

    /** Whether it could go. */
    enum State {
        /** It is not due. */
        WAITING,
        /** It is due, and a gate holds it. */
        HELD,
        /** It is due, and no gate is known to hold it. */
        OVERDUE
    }

    State state(Instant now) {
        if (dueAt.isAfter(now)) {
            return State.WAITING;
        }
        return gate == null ? State.OVERDUE : State.HELD;
    }

    Object[] cells(Instant now) {
        return new Object[] {
            Cells.of(dueAt),
            state(now),
            lane.userId(),
            retry.getJobId(),
            retry.getAttempt(),
            lane.service(),
            retry.getOperation(),
            lane.priority(),
            retry.getFailureClass(),
            Cells.of(retry.getCode()),
            Cells.of(gate == null ? null : gate.getGate()),
            Cells.of(waitsFor(now)),
            Cells.of(until(now))
        };
    }

    /** What lets it go, or lets its gate open; {@code null} where nothing is known to keep it. */
    private @Nullable String waitsFor(Instant now) {
        if (dueAt.isAfter(now)) {
            return DUE;
        }
        return gate == null ? null : gate.getOpening();
    }

    private @Nullable Instant until(Instant now) {
        if (dueAt.isAfter(now)) {
            return dueAt;
        }
        return gate == null ? null : ClosedGates.until(gate, now);
    }

    Map<String, Object> json(Instant now) {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("dueAt", Cells.of(dueAt));
        values.put("state", state(now).name());
        values.put("overdueMs", Math.max(0, now.toEpochMilli() - dueAt.toEpochMilli()));
        values.put("userId", lane.userId());
        values.put("jobId", retry.getJobId());
        values.put("attempt", retry.getAttempt());
        values.put("service", lane.service());
        values.put("operation", retry.getOperation());
        values.put("priority", lane.priority());
        values.put("failureClass", retry.getFailureClass());
        values.put("code", retry.getCode());
        values.put("httpStatus", retry.getHttpStatus());
        values.put("gate", gate == null ? null : gate.getGate());
        values.put("heldSince", gate == null ? null : Cells.of(gate.getSince()));
        values.put("heldUntil", text(gate == null ? null : ClosedGates.until(gate, now)));
        values.put("waitsFor", waitsFor(now));
        values.put("waitsUntil", text(until(now)));
        return values;
    }

    private static @Nullable String text(@Nullable Instant instant) {
        return instant == null ? null : Cells.of(instant);
    }
}
