package dev.redrive.cli;

import dev.redrive.avro.GateState;
import dev.redrive.avro.UserState;
import dev.redrive.domain.gate.GateName;
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

    static ClosedGates of(UserState user) {
        Map<List<String>, GateState> once = new LinkedHashMap<>();
        for (GateState gate : user.getGates()) {
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

    /** Where this gate is closed: for the user, or for services. */
    List<GateState> of(GateName name) {
        return gates.stream().filter(gate -> gate.getGate().equals(name.name())).toList();
    }

    /** The gate that retries for a service lie behind. */
    @Nullable
    GateState before(String service) {
        for (GateState gate : gates) {
            if (gate.getService() == null || gate.getService().equals(service)) {
                return gate;
            }
        }
        return null;
    }
}
