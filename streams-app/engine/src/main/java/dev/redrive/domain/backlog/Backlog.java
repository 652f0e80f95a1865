package dev.redrive.domain.backlog;

import dev.redrive.domain.backlog.Lane.Shelf;
import dev.redrive.domain.backlog.Lane.Slot;
import dev.redrive.domain.backlog.UserQueue.LaneQueue;
import dev.redrive.domain.event.JobRef;
import dev.redrive.domain.gate.Gate;
import dev.redrive.domain.gate.GateName;
import dev.redrive.domain.gate.Opening;
import dev.redrive.domain.gate.Verdict;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Schedules all pending retries of a task, by user and lane. A user is checked when its first retry is due, when the
 * gate that blocks it should open, or after an event that may have opened it; retries behind a closed gate are not
 * read, however many there are. Ready users are served round-robin, a few retries each; within a user the higher
 * priority goes first, then the earlier due.
 *
 * <p>It is derived from the shelf and needs no persistence: a new one checks all gates again. Its memory grows with the
 * users and lanes that have pending retries, not with the retries. One thread owns a backlog.
 */
public final class Backlog {

    private static final int RELEASES_PER_TURN = 8;

    /** Max futile checks of users before the caller gets a chance to stop. */
    private static final int MAX_FUTILE_CHECKS = 1_000;

    private final Shelf shelf;
    private final Asker asker;
    private final Consumer<String> heldChanged;
    private final long maxHoldMs;
    private final Map<String, UserQueue> users = new HashMap<>();
    private final Turns turns = new Turns();
    private final Map<String, Deque<LaneQueue>> waiting = new HashMap<>();
    private final HeldCounts counts = new HeldCounts();

    /** Evaluates the gates of a lane, with the current state of its user and service. */
    @FunctionalInterface
    public interface Asker {

        /** Returns the verdict of {@link Gate}. */
        Verdict ask(Lane lane, Instant now);
    }

    /**
     * Creates a backlog of the retries on the shelf.
     *
     * @param shelf all pending retries
     * @param asker evaluates the gates
     * @param heldChanged receives each user whose blocking gate has changed
     * @param maxHold a retry blocked for longer than this after its due gets its turn although its gate is closed
     */
    public Backlog(Shelf shelf, Asker asker, Consumer<String> heldChanged, Duration maxHold) {
        this.shelf = shelf;
        this.asker = asker;
        this.heldChanged = heldChanged;
        this.maxHoldMs = maxHold.toMillis();
        shelf.lanes((lane, first) -> {
            UserQueue user = users.computeIfAbsent(lane.userId(), UserQueue::new);
            user.lanes.add(new LaneQueue(lane, shelf, first));
            turns.setTimer(user, Math.min(user.lookAtMs, first.dueAtMs()));
        });
    }

    /** Adds a retry that was put on the shelf. */
    public void add(Lane lane, long dueAtMs, String jobId) {
        UserQueue user = users.computeIfAbsent(lane.userId(), UserQueue::new);
        LaneQueue queue = user.lane(lane);
        if (queue == null) {
            queue = new LaneQueue(lane, shelf, null);
            user.lanes.add(queue);
        }
        queue.add(new Slot(dueAtMs, jobId));
        boolean held = user.held != null || queue.waitsForService;
        if (!user.ready && (held ? dueAtMs + maxHoldMs : dueAtMs) < user.lookAtMs) {
            turns.setTimer(user, held ? dueAtMs + maxHoldMs : user.nextMs(maxHoldMs));
        }
    }

    /** Removes a retry that was taken from the shelf. */
    public void remove(Lane lane, long dueAtMs, String jobId) {
        UserQueue user = users.get(lane.userId());
        LaneQueue queue = user == null ? null : user.lane(lane);
        if (queue != null) {
            queue.remove(new Slot(dueAtMs, jobId));
        }
    }

    /** Rechecks a user after an event that may have opened one of its gates. */
    public void wake(String userId, Instant now) {
        UserQueue user = users.get(userId);
        if (user == null) {
            return;
        }
        boolean wasHeld = user.held != null;
        for (LaneQueue queue : user.lanes) {
            if (queue.held != null && !queue.waitsForService) {
                queue.openedAtMs = now.toEpochMilli();
                hold(queue, null);
                wasHeld = true;
            }
        }
        if (wasHeld) {
            user.openedAtMs = now.toEpochMilli();
            hold(user, null);
            turns.makeReady(user, false);
        }
    }

    /**
     * Returns the next retry. It stays here until the caller {@linkplain #remove removes} or {@linkplain #hold blocks}
     * it; otherwise it is returned again.
     *
     * @return {@code null} if no retry can be released now, or after many futile checks: see {@link #moreReady}
     */
    public @Nullable Candidate next(Instant now) {
        turns.timersDue(now.toEpochMilli());
        for (int checks = 0; checks < MAX_FUTILE_CHECKS; checks++) {
            admitWaiting(now);
            UserQueue user = turns.first();
            if (user == null) {
                return null;
            }
            Candidate candidate = next(user, now);
            if (candidate != null) {
                user.released++;
                return candidate;
            }
        }
        return null;
    }

    /** Returns the next retry of the user whose turn it is; without one, blocks the checked lane or ends the turn. */
    private @Nullable Candidate next(UserQueue user, Instant now) {
        long nowMs = now.toEpochMilli();
        if (user.released >= RELEASES_PER_TURN && !turns.alone()) {
            endTurn(user, nowMs);
            return null;
        }
        LaneQueue queue = user.best(nowMs);
        Slot slot = queue == null ? null : queue.first();
        Verdict verdict = queue == null ? null : asker.ask(queue.lane(), now);
        if (queue != null && slot != null && verdict instanceof Verdict.Open) {
            opened(user, queue);
            long readyAtMs = Math.max(slot.dueAtMs(), Math.max(user.openedAtMs, queue.openedAtMs));
            return new Candidate(queue.lane(), slot, Math.min(readyAtMs, nowMs), verdict);
        }
        Candidate late = user.heldTooLong(nowMs, maxHoldMs, queue, verdict);
        if (late != null) {
            return late;
        }
        if (queue != null && slot != null && verdict instanceof Verdict.Closed closed) {
            close(user, queue, closed, slot, now);
        } else {
            endTurn(user, nowMs);
        }
        return null;
    }

    /** Returns whether a ready user is still unchecked. */
    public boolean moreReady() {
        return turns.first() != null;
    }

    /** Blocks a candidate that was not released. */
    public void hold(Candidate candidate, Verdict.Closed closed, Instant now) {
        UserQueue user = users.get(candidate.lane().userId());
        LaneQueue queue = user == null ? null : user.lane(candidate.lane());
        if (user != null && queue != null && turns.first() == user) {
            close(user, queue, closed, candidate.slot(), now);
        }
    }

    /** Lets one lane of each reopened service check its gates; the next follows once that retry is released. */
    private void admitWaiting(Instant now) {
        if (waiting.isEmpty()) {
            return;
        }
        Iterator<Deque<LaneQueue>> services = waiting.values().iterator();
        while (services.hasNext()) {
            Deque<LaneQueue> lanes = services.next();
            LaneQueue first = lanes.peekFirst();
            if (first == null) {
                services.remove();
            } else if (!(asker.ask(first.lane(), now) instanceof Verdict.Closed closed)
                    || closed.gate() != GateName.SERVICE_HEALTH) {
                lanes.removeFirst();
                first.waitsForService = false;
                UserQueue user = users.get(first.lane().userId());
                if (user != null) {
                    long untilMs = first.held == null ? 0 : first.held.until().toEpochMilli();
                    first.openedAtMs = Math.min(untilMs, now.toEpochMilli());
                    hold(first, null);
                    turns.makeReady(user, true);
                }
            }
        }
    }

    private void close(UserQueue user, LaneQueue queue, Verdict.Closed closed, Slot first, Instant now) {
        Held before = closed.gate().ofUser() ? user.held : queue.held;
        long firstMs = closed.gate().ofUser() ? user.firstDueMs() : first.dueAtMs();
        long longestMs = Math.max(now.toEpochMilli() + 1, firstMs + maxHoldMs);
        Instant until = Instant.ofEpochMilli(Math.min(longestMs, closed.until().toEpochMilli()));
        Instant since = before != null && before.gate() == closed.gate() ? before.since() : now;
        Held held = new Held(closed.gate(), since, until, closed.opening());
        if (closed.gate().ofUser()) {
            hold(user, held);
            turns.end();
            turns.setTimer(user, until.toEpochMilli());
            return;
        }
        hold(queue, held);
        if (closed.gate() == GateName.SERVICE_HEALTH) {
            queue.waitsForService = true;
            waiting.computeIfAbsent(queue.lane().service(), service -> new ArrayDeque<>())
                    .addLast(queue);
        }
    }

    private void opened(UserQueue user, LaneQueue queue) {
        if (user.held != null) {
            hold(user, null);
        }
        if (queue.held != null) {
            queue.openedAtMs = Math.max(queue.openedAtMs, queue.held.until().toEpochMilli());
            hold(queue, null);
        }
    }

    private void endTurn(UserQueue user, long nowMs) {
        boolean more = user.released > 0 && user.best(nowMs) != null;
        turns.end();
        if (more) {
            turns.makeReady(user, false);
            return;
        }
        if (user.held != null) {
            hold(user, null);
        }
        user.forgetEmptyLanes().forEach(empty -> hold(empty, null));
        if (user.lanes.isEmpty()) {
            users.remove(user.userId);
            return;
        }
        turns.setTimer(user, user.nextMs(maxHoldMs));
    }

    private void hold(UserQueue user, @Nullable Held held) {
        changed(user.userId, user.held, held);
        user.held = held;
    }

    private void hold(LaneQueue queue, @Nullable Held held) {
        changed(queue.lane().userId(), queue.held, held);
        queue.held = held;
    }

    private void changed(String userId, @Nullable Held before, @Nullable Held after) {
        if ((before == null ? null : before.gate()) != (after == null ? null : after.gate())) {
            counts.changed(before, after);
        }
        if (!Objects.equals(before, after)) {
            heldChanged.accept(userId);
        }
    }

    /** Returns the gates that block retries of the user, by service; gates of the user under {@code null}. */
    public List<HeldLane> heldOf(String userId) {
        UserQueue user = users.get(userId);
        return user == null ? List.of() : user.heldLanes();
    }

    /** Returns the number of users that a gate blocks now; for gates by service, the number of lanes. */
    public int held(GateName gate) {
        return counts.held(gate);
    }

    /** Returns the services whose due retries wait for a successful probe, or for their turn in a recovery. */
    public List<String> waitingServices() {
        return waiting.entrySet().stream()
                .filter(entry -> !entry.getValue().isEmpty())
                .map(Map.Entry::getKey)
                .toList();
    }

    /** Returns a lower bound of the next release, epoch milliseconds; {@code Long.MAX_VALUE} for never. */
    public long nextMs() {
        UserQueue first = turns.first();
        if (first != null) {
            return Math.max(first.openedAtMs, first.nextMs(maxHoldMs));
        }
        return turns.nextTimerMs();
    }

    /** Returns the number of due retries of ready users, as far as they are in memory. */
    public int overdue(Instant now, int max) {
        int overdue = 0;
        for (UserQueue user : turns.ready()) {
            for (LaneQueue queue : user.lanes) {
                overdue += UserQueue.heldAt(queue, now.toEpochMilli()) ? 0 : queue.due(now.toEpochMilli());
            }
            if (overdue >= max) {
                return max;
            }
        }
        return overdue;
    }

    /** Number of users or lanes that each gate blocks. */
    static final class HeldCounts {

        private final Map<GateName, Integer> held = new EnumMap<>(GateName.class);

        void changed(@Nullable Held before, @Nullable Held after) {
            if (before != null) {
                held.merge(before.gate(), -1, Integer::sum);
            }
            if (after != null) {
                held.merge(after.gate(), 1, Integer::sum);
            }
        }

        int held(GateName gate) {
            return held.getOrDefault(gate, 0);
        }
    }

    /**
     * A gate that blocks retries.
     *
     * @param gate the gate
     * @param since since when, without interruption
     * @param until when it is evaluated again at the latest
     * @param opening what opens it
     */
    public record Held(GateName gate, Instant since, Instant until, Opening opening) {}

    /**
     * The retries that a gate blocks.
     *
     * @param service the service; {@code null} for a gate of the user, which blocks all services
     * @param held the gate
     */
    public record HeldLane(@Nullable String service, Held held) {}

    /**
     * The next retry to release: its gates are open, or one has blocked it for longer than allowed.
     *
     * @param lane its lane
     * @param slot its place there
     * @param readyAtMs its due, or when the gates that blocked it opened, epoch milliseconds
     * @param verdict the gates' verdict on its lane; {@code null} if it gets its turn regardless
     */
    public record Candidate(
            Lane lane, Slot slot, long readyAtMs, @Nullable Verdict verdict) {

        /** The job. */
        public JobRef job() {
            return new JobRef(lane.userId(), slot.jobId());
        }
    }
}
