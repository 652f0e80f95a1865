package dev.redrive.domain.gate;

import dev.redrive.domain.service.ServiceState;
import dev.redrive.domain.user.UserState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A sequence of gates: the first closed one decides.
 *
 * @param gates in the order of evaluation; if empty, every due retry may be released
 */
public record Gates(List<Gate> gates) implements Gate {

    /** Copies the list. */
    public Gates {
        gates = List.copyOf(gates);
    }

    /** Returns the empty sequence: every due retry may be released. */
    public static Gates none() {
        return new Gates(List.of());
    }

    /**
     * Returns the gates of these names and {@link GateName#OPERATOR}, which is always in force, in the order of {@link
     * GateName}.
     *
     * @param wasteBudget the share of calls that may be retries refused for lack of a slot where ends of jobs are not
     *     reported, between 0 and 1
     */
    public static Gates of(Set<GateName> names, double wasteBudget) {
        List<Gate> gates = new ArrayList<>();
        for (GateName name : GateName.values()) {
            if (name == GateName.OPERATOR || names.contains(name)) {
                gates.add(name.gate(wasteBudget));
            }
        }
        return new Gates(gates);
    }

    @Override
    public Verdict evaluate(Subject subject, UserState user, ServiceState health, Instant now) {
        for (Gate gate : gates) {
            Verdict verdict = gate.evaluate(subject, user, health, now);
            if (verdict instanceof Verdict.Closed) {
                return verdict;
            }
        }
        return Verdict.open();
    }

    @Override
    public List<Verdict.Closed> closed(Subject subject, UserState user, ServiceState health, Instant now) {
        return gates.stream()
                .flatMap(gate -> gate.closed(subject, user, health, now).stream())
                .toList();
    }

    @Override
    public List<GateAnswer> answers(Subject subject, UserState user, ServiceState health, Instant now) {
        return gates.stream()
                .flatMap(gate -> gate.answers(subject, user, health, now).stream())
                .toList();
    }

    /** Returns a verdict closed until an instant, or open if the instant has passed. */
    static Verdict until(GateName gate, Instant opensAt, Instant now) {
        return until(gate, opensAt, Opening.TIME, now);
    }

    /** Returns a verdict closed until an instant or an earlier event, or open if the instant has passed. */
    static Verdict until(GateName gate, Instant opensAt, Opening opening, Instant now) {
        return opensAt.isAfter(now) ? new Verdict.Closed(gate, opensAt, opening) : Verdict.open();
    }

    /** Returns a verdict closed until an event; it is evaluated again after {@link Gate#ASK_AGAIN_MS} at the latest. */
    static Verdict untilEvent(GateName gate, Opening event, Instant now) {
        return new Verdict.Closed(gate, now.plus(Duration.ofMillis(ASK_AGAIN_MS)), event);
    }
}
