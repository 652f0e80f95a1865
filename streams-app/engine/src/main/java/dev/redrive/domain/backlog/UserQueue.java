package dev.redrive.domain.backlog;

import dev.redrive.domain.backlog.Backlog.Blocked;
import dev.redrive.domain.backlog.Backlog.BlockedLane;
import dev.redrive.domain.backlog.Backlog.Candidate;
import dev.redrive.domain.backlog.Lane.Shelf;
import dev.redrive.domain.backlog.Lane.Slot;
import dev.redrive.domain.gate.GateName;
import dev.redrive.domain.gate.Verdict;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The lanes of one user, and when to check them. */
final class UserQueue {

    final String userId;
    final List<LaneQueue> lanes = new ArrayList<>(1);

    /** The gate of the user that blocks all lanes. */
    @Nullable
    Blocked blocked;

    /** When the user's gates opened last, epoch milliseconds. */
    long openedAtMs;

    /** When to check next, epoch milliseconds; {@code Long.MAX_VALUE} while no timer is set. */
    long timerAtMs = Long.MAX_VALUE;

    /** Orders timers of the same instant: the one that was set first comes first. */
    long timerNumber;

    /** Whether it is in the queue of ready users. */
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

    /**
     * Returns the lane of the next retry: the one of max priority, then the one due first, among those with a due retry
     * that are not blocked; {@code null} if there is none.
     */
    @Nullable
    LaneQueue best(long nowMs) {
        LaneQueue best = null;
        Slot bestSlot = null;
        for (LaneQueue queue : lanes) {
            if (blockedAt(queue, nowMs)) {
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

    /** Returns whether a gate of the lane blocks it at this instant. */
    static boolean blockedAt(LaneQueue queue, long nowMs) {
        if (queue.waitsForService) {
            return true;
        }
        Blocked blocked = queue.blocked;
        return blocked != null && blocked.until().toEpochMilli() > nowMs;
    }

    /**
     * Returns the longest-due retry if it is blocked for longer than allowed; of any lane, blocked or not, except those
     * that a person holds.
     *
     * @param asked the lane whose gates were evaluated at {@code nowMs}; {@code null} for none
     * @param verdict their verdict
     */
    @Nullable
    Candidate blockedTooLong(long nowMs, long maxHoldMs, @Nullable LaneQueue asked, @Nullable Verdict verdict) {
        LaneQueue longest = null;
        long earliestMs = Long.MAX_VALUE;
        for (LaneQueue queue : lanes) {
            Slot slot = queue.held() ? null : queue.first();
            if (slot != null && slot.dueAtMs() + maxHoldMs <= nowMs && slot.dueAtMs() < earliestMs) {
                longest = queue;
                earliestMs = slot.dueAtMs();
            }
        }
        Slot slot = longest == null ? null : longest.first();
        return longest == null || slot == null
                ? null
                : new Candidate(longest.lane(), slot, nowMs, longest == asked ? verdict : null);
    }

    /**
     * Returns the earliest due of all lanes, epoch milliseconds; {@code Long.MAX_VALUE / 2} if there is none, to which
     * a duration can be added.
     */
    long firstDueMs() {
        long first = Long.MAX_VALUE / 2;
        for (LaneQueue queue : lanes) {
            Slot slot = queue.first();
            first = slot == null ? first : Math.min(first, slot.dueAtMs());
        }
        return first;
    }

    /**
     * Returns the earliest instant at which, by its lanes, a retry can be released or is blocked for too long; {@code
     * Long.MAX_VALUE} if there is none.
     */
    long nextMs(long maxHoldMs) {
        long next = Long.MAX_VALUE;
        for (LaneQueue queue : lanes) {
            Slot slot = queue.first();
            if (slot != null) {
                Blocked blocked = queue.blocked;
                long openMs = blocked == null ? 0 : blocked.until().toEpochMilli();
                long goesMs = queue.waitsForService ? Long.MAX_VALUE : Math.max(slot.dueAtMs(), openMs);
                next = Math.min(next, queue.held() ? goesMs : Math.min(goesMs, slot.dueAtMs() + maxHoldMs));
            }
        }
        return next;
    }

    /** Returns the gates that block retries, by service; gates of the user under {@code null}. */
    List<BlockedLane> blockedLanes() {
        List<BlockedLane> all = new ArrayList<>();
        if (blocked != null) {
            all.add(new BlockedLane(null, blocked));
        }
        for (LaneQueue queue : lanes) {
            if (queue.blocked != null) {
                all.add(new BlockedLane(queue.lane().service(), queue.blocked));
            }
            if (queue.aside != null) {
                all.add(new BlockedLane(queue.lane().service(), queue.aside));
            }
        }
        return all;
    }

    /** Drops the empty lanes, except those that wait for a service or have held retries, and returns them. */
    List<LaneQueue> forgetEmptyLanes() {
        List<LaneQueue> empty = lanes.stream()
                .filter(queue -> !queue.waitsForService && queue.aside == null && queue.first() == null)
                .toList();
        lanes.removeAll(empty);
        return empty;
    }

    /** The head of one lane: its next few retries in memory, the others on the shelf. */
    static final class LaneQueue {

        private static final int MAX_HEAD = 16;

        /** Number of retries per read of the shelf to count them. */
        private static final int MAX_READ = 128;

        private final Lane lane;
        private final Shelf shelf;

        /** The first retries of the lane, ascending; all others are behind {@link #edge}. */
        private final List<Slot> head = new ArrayList<>(4);

        /**
         * The last place that the head covers: retries behind it are on the shelf alone, unless the head is complete.
         */
        private @Nullable Slot edge;

        /** Whether the head has all retries of the lane. */
        private boolean complete;

        /** The gate of the lane that blocks it. */
        @Nullable
        Blocked blocked;

        /** The hold of an operation whose retries are passed over; {@code null} if there are none. */
        @Nullable
        Blocked aside;

        /** When the lane's gates opened last, epoch milliseconds. */
        long openedAtMs;

        /** Whether it waits for a probe of its service, or for its turn in the recovery. */
        boolean waitsForService;

        /**
         * Creates the queue of a lane.
         *
         * @param first the first retry on the shelf; {@code null} if there is none
         */
        LaneQueue(Lane lane, Shelf shelf, @Nullable Slot first) {
            this.lane = lane;
            this.shelf = shelf;
            this.complete = first == null;
            if (first != null) {
                head.add(first);
                edge = first;
            }
        }

        Lane lane() {
            return lane;
        }

        void add(Slot slot) {
            Slot last = edge;
            if (!complete && (last == null || slot.compareTo(last) > 0)) {
                return;
            }
            int at = Collections.binarySearch(head, slot);
            if (at >= 0) {
                return;
            }
            head.add(-at - 1, slot);
            if (head.size() > MAX_HEAD) {
                head.remove(head.size() - 1);
                edge = head.get(head.size() - 1);
                complete = false;
            }
        }

        void remove(Slot slot) {
            int at = Collections.binarySearch(head, slot);
            if (at >= 0) {
                head.remove(at);
            }
        }

        /** Returns the first retry; {@code null} if the lane is empty. */
        @Nullable
        Slot first() {
            if (head.isEmpty() && !complete) {
                List<Slot> next = shelf.next(lane, edge, MAX_HEAD);
                head.addAll(next);
                complete = next.size() < MAX_HEAD;
                edge = next.isEmpty() ? edge : next.get(next.size() - 1);
            }
            return head.isEmpty() ? null : head.get(0);
        }

        /** Returns the number of retries before a place, at most {@code max}; reads the shelf. */
        int before(Slot end, int max) {
            int count = 0;
            Slot last = null;
            List<Slot> next;
            do {
                next = shelf.next(lane, last, MAX_READ);
                for (Slot slot : next) {
                    if (count >= max || slot.compareTo(end) >= 0) {
                        return count;
                    }
                    count++;
                    last = slot;
                }
            } while (next.size() == MAX_READ);
            return count;
        }

        /** Returns whether a person holds the lane. */
        boolean held() {
            return blocked != null && blocked.gate() == GateName.OPERATOR;
        }

        /** Begins again at the first retry on the shelf. */
        void reread() {
            head.clear();
            edge = null;
            complete = false;
        }

        /** Returns the number of due retries in the head. */
        int due(long nowMs) {
            int due = 0;
            while (due < head.size() && head.get(due).dueAtMs() <= nowMs) {
                due++;
            }
            return due;
        }
    }
}
