package dev.redrive.domain.backlog;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The lanes of one user, and when to look at them. */
final class UserQueue {

    final String userId;
    final List<LaneQueue> lanes = new ArrayList<>(1);

    /** Where a gate of the user holds all lanes. */
    @Nullable
    Held held;

    /** When the user's gates opened last, epoch milliseconds. */
    long openedAtMs;

    /** When to look next, epoch milliseconds; {@code Long.MAX_VALUE} while no timer is set. */
    long lookAtMs = Long.MAX_VALUE;

    /** Tells timers of the same instant apart: the one that was set first comes first. */
    long timerNumber;

    /** Whether it stands among those whose turn comes. */
    boolean ready;

    /** Retries released in its turn. */
    int released;

    UserQueue(String userId) {
        this.userId = userId;
    }

    @Nullable
    LaneQueue lane(Lane lane) {
        for (LaneQueue queue : lanes) {
            if (queue.lane().priority() == lane.priority()
                    && queue.lane().service().equals(lane.service())) {
                return queue;
            }
        }
        return null;
    }

    /** The lane whose first retry is to go next: the most urgent of those that are due and not held. */
    @Nullable
    LaneQueue best(long nowMs) {
        LaneQueue best = null;
        Slot bestSlot = null;
        for (LaneQueue queue : lanes) {
            if (heldAt(queue, nowMs)) {
                continue;
            }
            Slot slot = queue.first();
            if (slot != null && slot.dueAtMs() <= nowMs && (bestSlot == null || before(queue, slot, best, bestSlot))) {
                best = queue;
                bestSlot = slot;
            }
        }
        return best;
    }

    private static boolean before(LaneQueue queue, Slot slot, @Nullable LaneQueue best, Slot bestSlot) {
        int priority = queue.lane().priority();
        int bestPriority = best == null ? -1 : best.lane().priority();
        return priority != bestPriority ? priority > bestPriority : slot.compareTo(bestSlot) < 0;
    }

    static boolean heldAt(LaneQueue queue, long nowMs) {
        if (queue.waitsForService) {
            return true;
        }
        Held held = queue.held;
        return held != null && held.until().toEpochMilli() > nowMs;
    }

    /** When something can go at the earliest, as far as lanes tell; {@code Long.MAX_VALUE} when none can. */
    long nextMs() {
        long next = Long.MAX_VALUE;
        for (LaneQueue queue : lanes) {
            Slot slot = queue.waitsForService ? null : queue.first();
            if (slot != null) {
                Held held = queue.held;
                long openMs = held == null ? 0 : held.until().toEpochMilli();
                next = Math.min(next, Math.max(slot.dueAtMs(), openMs));
            }
        }
        return next;
    }

    /** Drops the lanes that are empty, but for those that wait for a service. */
    List<LaneQueue> forgetEmptyLanes() {
        List<LaneQueue> empty = lanes.stream()
                .filter(queue -> !queue.waitsForService && queue.first() == null)
                .toList();
        lanes.removeAll(empty);
        return empty;
    }
}
