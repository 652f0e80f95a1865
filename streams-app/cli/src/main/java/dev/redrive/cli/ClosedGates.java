package dev.redrive.cli;

import dev.redrive.avro.GateState;
import dev.redrive.avro.UserState;
import dev.redrive.domain.gate.GateName;
import dev.redrive.domain.gate.Opening;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The gates that hold retries of one user, each once: lanes of several priorities may tell of the same gate.
 *
 * @param gates those of the user, which hold all services, first
 */
record ClosedGates(List<GateState> gates) {

    static final ClosedGates NONE = new ClosedGates(List.of());

    ClosedGates {
        gates = List.copyOf(gates);
    }

    static ClosedGates of(UserState user, Instant now) {
        Map<List<String>, GateState> once = new LinkedHashMap<>();
        for (GateState gate : user.getGates()) {
            if (!closed(gate, now)) {
                continue;
            }
            String service = gate.getService();
            once.putIfAbsent(service == null ? List.of(gate.getGate()) : List.of(gate.getGate(), service), gate);
        }
        List<GateState> ofUser =
                once.values().stream().filter(gate -> gate.getService() == null).toList();
        List<GateState> ofServices =
                once.values().stream().filter(gate -> gate.getService() != null).toList();
        return new ClosedGates(
                Stream.concat(ofUser.stream(), ofServices.stream()).toList());
    }

    /** Whether it is closed still: one that opens by time has opened when that has come. */
    static boolean closed(GateState gate, Instant now) {
        boolean byTime = Opening.TIME.name().equals(gate.getOpening())
                || Opening.RESET.name().equals(gate.getOpening());
        return !byTime || gate.getUntil().isAfter(now);
    }

    /** Until when, where that is known and lies ahead. */
    static @Nullable Instant until(GateState gate, Instant now) {
        boolean known = !Opening.ACCOUNT_CHANGE.name().equals(gate.getOpening());
        return known && gate.getUntil().isAfter(now) ? gate.getUntil() : null;
    }

    /** Where this gate is closed: for the user, or for services. */
    List<GateState> of(GateName name) {
        return gates.stream().filter(gate -> gate.getGate().equals(name.name())).toList();
    }

    /** The gate that a retry for a service lies behind when it is due. */
    @Nullable
    GateState before(String service, Instant dueAt) {
        for (GateState gate : gates) {
            boolean ofService = gate.getService() == null || gate.getService().equals(service);
            if (ofService && closed(gate, dueAt)) {
                return gate;
            }
        }
        return null;
    }
}
