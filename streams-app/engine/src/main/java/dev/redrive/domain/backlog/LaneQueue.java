package dev.redrive.domain.backlog;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The head of one lane: its next few retries in memory, the others on the shelf. */
final class LaneQueue {

    private static final int MAX_HEAD = 16;

    private final Lane lane;
    private final Shelf shelf;

    /** The first retries of the lane, ascending; all others are behind {@link #edge}. */
    private final List<Slot> head = new ArrayList<>(4);

    private @Nullable Slot edge;
    private boolean complete;

    /** The gate of the lane that blocks it. */
    @Nullable
    Held held;

    /** When the lane's gates opened last, epoch milliseconds. */
    long openedAtMs;

    /** Whether it is queued for the service. */
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

    /** Returns the number of due retries in the head. */
    int due(long nowMs) {
        int due = 0;
        while (due < head.size() && head.get(due).dueAtMs() <= nowMs) {
            due++;
        }
        return due;
    }
}
