package dev.redrive.sim;

import dev.redrive.sim.ApiUser.DueChange;
import dev.redrive.sim.Scenario.Latency;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reports in transit to a policy. Those of one user arrive in the order of publication, like records of one
 * partition.
 */
final class ReportRoute {

    /** The reset of a user's allowance. */
    record Reset(int user, long atMs) {}

    /** An announced change of a user's plan. */
    record Changed(int user, DueChange due) {}

    private final Latency latency;
    private final Dice dice;
    private final long[] lastArrivalMs;
    private final int[] published;
    private final List<@Nullable Object> messages = new ArrayList<>();
    private int[] free = new int[1 << 10];
    private int freed;

    ReportRoute(Latency latency, Dice dice, int users) {
        this.latency = latency;
        this.dice = dice;
        this.lastArrivalMs = new long[users];
        this.published = new int[users];
    }

    /** Returns when a user's next report arrives. */
    long arrivalMs(int user, long publishedMs) {
        long drawnMs = publishedMs + latency.draw(dice, user, published[user]++);
        lastArrivalMs[user] = Math.max(lastArrivalMs[user], drawnMs);
        return lastArrivalMs[user];
    }

    /** Stores a message under a number until it is taken. */
    int keep(Object message) {
        if (freed > 0) {
            int slot = free[--freed];
            messages.set(slot, message);
            return slot;
        }
        messages.add(message);
        return messages.size() - 1;
    }

    Object take(int slot) {
        Object message = Objects.requireNonNull(messages.set(slot, null), "a message is taken once");
        if (freed == free.length) {
            free = Arrays.copyOf(free, freed * 2);
        }
        free[freed++] = slot;
        return message;
    }
}
