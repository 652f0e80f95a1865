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
 * The closed gates of one user, without duplicates: lanes of several priorities may report the same gate.
 *
 * @param gates the user's own gates, which apply to all services, come first
 */
record ClosedGates(List<GateState> gates) {

    static final ClosedGates NONE = new ClosedGates(List.of());

    ClosedGates {
        gates = List.copyOf(gates);
    }

    /** Returns the gates that are closed at {@code now}, as the user's published state reports them. */
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

    /** Whether the gate is still closed: a gate with an opening time counts as open from that time on. */
    static boolean closed(GateState gate, Instant now) {
        boolean byTime = Opening.TIME.name().equals(gate.getOpening())
                || Opening.RESET.name().equals(gate.getOpening());
        return !byTime || gate.getUntil().isAfter(now);
    }

    /** Returns when the gate opens; {@code null} if that is unknown or past. */
    static @Nullable Instant until(GateState gate, Instant now) {
        boolean known = !Opening.ACCOUNT_CHANGE.name().equals(gate.getOpening());
        return known && gate.getUntil().isAfter(now) ? gate.getUntil() : null;
    }

    /** Returns the closed gates of this name: of the user, or of single services. */
    List<GateState> of(GateName name) {
        return gates.stream().filter(gate -> gate.getGate().equals(name.name())).toList();
    }

    /** Returns the gate that blocks a retry for a service at its due; {@code null} if none does. */
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
