package dev.redrive.domain.gate;

import dev.redrive.domain.gate.Hold.Scope;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The holds of a task, in force or in their ramp.
 *
 * @param all oldest first, at most {@link #MAX}
 */
public record Holds(List<Hold> all) {

    /** Max number of holds of a task. */
    public static final int MAX = 100;

    /** There is no hold. */
    public static final Holds NONE = new Holds(List.of());

    /** Copies the list. */
    public Holds {
        all = List.copyOf(all);
    }

    /** Returns whether there is none, so that nothing is to be checked. */
    public boolean isEmpty() {
        return all.isEmpty();
    }

    /** Returns the verdict on retries: closed until the last hold that covers them ends, or its ramp allows the next. */
    Verdict verdict(Subject subject, Instant now) {
        Verdict.Closed last = null;
        for (Hold hold : all) {
            if (hold.scope().covers(subject)
                    && hold.verdict(now) instanceof Verdict.Closed closed
                    && (last == null || later(closed, last))) {
                last = closed;
            }
        }
        return last == null ? Verdict.open() : last;
    }

    private static boolean later(Verdict.Closed one, Verdict.Closed other) {
        boolean holds = one.opening() == Opening.TIME;
        boolean otherHolds = other.opening() == Opening.TIME;
        return holds == otherHolds ? one.until().isAfter(other.until()) : holds;
    }

    /** Returns the hold in force that ends last, or else the last ramp, of those that cover the retries. */
    @Nullable
    Hold decisive(Subject subject) {
        Hold decisive = null;
        for (Hold hold : all) {
            if (hold.scope().covers(subject) && (decisive == null || decides(hold, decisive))) {
                decisive = hold;
            }
        }
        return decisive;
    }

    private static boolean decides(Hold hold, Hold other) {
        return hold.inForce() == other.inForce() ? hold.until().isAfter(other.until()) : hold.inForce();
    }

    /** Returns whether a hold covers one operation of the user and service, so that it must be known. */
    public boolean dependOnOperation(String userId, String service) {
        for (Hold hold : all) {
            if (hold.scope().operation() != null && hold.scope().touches(userId, service)) {
                return true;
            }
        }
        return false;
    }

    /** Returns whether a hold of this command is in force or in its ramp. */
    public boolean contains(String commandId) {
        return all.stream().anyMatch(hold -> hold.commandId().equals(commandId));
    }

    /** Returns the holds with one more. */
    public Holds plus(Hold hold) {
        List<Hold> grown = new ArrayList<>(all);
        grown.add(hold);
        return new Holds(grown);
    }

    /** Returns the holds after those in force with exactly this scope have ended; the same if there are none. */
    public Holds ended(Scope scope, Instant now) {
        return map(hold -> hold.scope().equals(scope) ? hold.end(now) : hold);
    }

    /** Returns the holds at an instant: those that are over are in their ramp, and ramps that are over are gone. */
    public Holds at(Instant now) {
        Holds ended = map(hold -> hold.until().isAfter(now) ? hold : hold.end(now));
        return ended.all.stream().noneMatch(hold -> hold.over(now))
                ? ended
                : new Holds(ended.all.stream().filter(hold -> !hold.over(now)).toList());
    }

    /** Returns the holds after the release of a retry, which uses a step of each ramp that covers it. */
    public Holds released(Subject subject, Instant now) {
        return map(hold -> hold.scope().covers(subject) ? hold.released(now) : hold);
    }

    private Holds map(UnaryOperator<Hold> change) {
        List<Hold> changed = new ArrayList<>(all.size());
        boolean same = true;
        for (Hold hold : all) {
            Hold next = change.apply(hold);
            same &= next == hold;
            changed.add(next);
        }
        return same ? this : new Holds(changed);
    }
}
