package dev.redrive.domain.backlog;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The head of one lane: its next few retries in memory, the others on the shelf. */
final class LaneQueue {

    private static final int MOST = 16;

    private final Lane lane;
    private final Shelf shelf;

    /** The first retries of the lane, ascending; all others lie behind {@link #edge}. */
    private final List<Slot> head = new ArrayList<>(4);

    private @Nullable Slot edge;
    private boolean complete;

    /** Where a gate of the lane holds it. */
    @Nullable
    Held held;

    /** When the lane's gates opened last, epoch milliseconds. */
    long openedAtMs;

    /** Whether it stands among those that wait for the service. */
    boolean waitsForService;

    /**
     * A lane.
     *
     * @param first the first retry on the shelf; {@code null} when there is none
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
        if (head.size() > MOST) {
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

    /** The first retry; {@code null} when the lane is empty. */
    @Nullable
    Slot first() {
        if (head.isEmpty() && !complete) {
            List<Slot> next = shelf.next(lane, edge, MOST);
            head.addAll(next);
            complete = next.size() < MOST;
            edge = next.isEmpty() ? edge : next.get(next.size() - 1);
        }
        return head.isEmpty() ? null : head.get(0);
    }

    /** How many of the first few are due. */
    int due(long nowMs) {
        int due = 0;
        while (due < head.size() && head.get(due).dueAtMs() <= nowMs) {
            due++;
        }
        return due;
    }
}
