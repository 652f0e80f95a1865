package dev.redrive.domain.gate;

import dev.redrive.domain.event.RetryDue;
import dev.redrive.domain.user.UserState;
import java.time.Instant;
import java.util.List;

/**
 * Several gates in a row: the first closed one decides.
 *
 * @param gates in the order of asking; with none, every retry that is due may go
 */
public record Gates(List<Gate> gates) implements Gate {

    private static final Verdict OPEN = new Verdict.Open();

    /** Copies the list. */
    public Gates {
        gates = List.copyOf(gates);
    }

    /** No gate besides due. */
    public static Gates none() {
        return new Gates(List.of());
    }

    @Override
    public Verdict mayGo(RetryDue retry, UserState user, Instant now) {
        for (Gate gate : gates) {
            Verdict verdict = gate.mayGo(retry, user, now);
            if (verdict instanceof Verdict.ClosedUntil) {
                return verdict;
            }
        }
        return OPEN;
    }
}
