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
 * <p>It is derived from the shelf, the sorted store of the pending retries, and needs no persistence: a new one checks
 * all gates again. Its memory grows with the users and lanes that have pending retries, not with the retries. One
 * thread owns a backlog.
 */
public final class Backlog {

    private static final int RELEASES_PER_TURN = 8;

    /** Max checks in a row that find no retry, so that the caller can check its time. */
    private static final int MAX_FUTILE_CHECKS = 1_000;

    private final Shelf shelf;
    private final Asker asker;
    private final Consumer<String> blockedChanged;
    private final long maxHoldMs;
    private final Map<String, UserQueue> users = new HashMap<>();
    private final Turns turns = new Turns();
    private final Map<String, Deque<LaneQueue>> waiting = new HashMap<>();
    private final BlockedCounts counts = new BlockedCounts();

    /** Evaluates the gates of a lane, with the current state of its user and service. */
    @FunctionalInterface
    public interface Asker {

        /** Returns the verdict of {@link Gate}. */
        Verdict ask(Lane lane, Instant now);

        /**
         * Returns the hold that blocks this retry, but not its whole lane; {@code null} if none does. Until the time of a
         * hold's end the retry is set aside, so that those behind it go on; during its ramp the lane waits.
         */
        default Verdict.@Nullable Closed held(Lane lane, Slot slot, Instant now) {
            return null;
        }
    }

    /**
     * Creates a backlog of the retries on the shelf.
     *
     * @param shelf the sorted store of all pending retries, of which the backlog keeps only the next few in memory
     * @param asker evaluates the gates
     * @param blockedChanged receives each user whose blocking gate has changed
     * @param maxHold a retry blocked for longer than this after its due gets its turn although its gate is closed
     */
    public Backlog(Shelf shelf, Asker asker, Consumer<String> blockedChanged, Duration maxHold) {
        this.shelf = shelf;
        this.asker = asker;
        this.blockedChanged = blockedChanged;
        this.maxHoldMs = maxHold.toMillis();
        shelf.lanes((lane, first) -> {
            UserQueue user = users.computeIfAbsent(lane.userId(), UserQueue::new);
            user.lanes.add(new LaneQueue(lane, shelf, first));
            turns.setTimer(user, Math.min(user.timerAtMs, first.dueAtMs()));
        });
    }

    /**
     * Adds a retry that was put on the shelf.
     *
     * @param dueAtMs its due, epoch milliseconds
     */
    public void add(Lane lane, long dueAtMs, String jobId) {
        UserQueue user = users.computeIfAbsent(lane.userId(), UserQueue::new);
        LaneQueue queue = user.lane(lane);
        if (queue == null) {
            queue = new LaneQueue(lane, shelf, null);
            user.lanes.add(queue);
        }
        queue.add(new Slot(dueAtMs, jobId));
        boolean blocked = user.blocked != null || queue.waitsForService;
        if (!user.ready && (blocked ? dueAtMs + maxHoldMs : dueAtMs) < user.timerAtMs) {
            turns.setTimer(user, blocked ? dueAtMs + maxHoldMs : user.nextMs(maxHoldMs));
        }
    }

    /**
     * Removes a retry that was taken from the shelf.
     *
     * @param dueAtMs its due, epoch milliseconds
     */
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
        boolean wasBlocked = user.blocked != null;
        for (LaneQueue queue : user.lanes) {
            if (queue.blocked != null && !queue.waitsForService) {
                queue.openedAtMs = now.toEpochMilli();
                block(queue, null);
                wasBlocked = true;
            }
        }
        if (wasBlocked) {
            user.openedAtMs = now.toEpochMilli();
            block(user, null);
            turns.makeReady(user, false);
        }
    }

    /**
     * Returns the next retry. It stays here until the caller {@linkplain #remove removes} or {@linkplain #block blocks}
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
        Verdict.Closed held = queue == null || slot == null ? null : asker.held(queue.lane(), slot, now);
        if (queue != null && slot != null && held != null && held.opening() == Opening.TIME) {
            setAside(queue, slot, held, now);
            user.released++;
            return null;
        }
        Verdict verdict = held == null && queue != null ? asker.ask(queue.lane(), now) : held;
        if (queue != null && slot != null && verdict instanceof Verdict.Open) {
            opened(user, queue);
            long readyAtMs = Math.max(slot.dueAtMs(), Math.max(user.openedAtMs, queue.openedAtMs));
            return new Candidate(queue.lane(), slot, Math.min(readyAtMs, nowMs), verdict);
        }
        Candidate late = user.blockedTooLong(nowMs, maxHoldMs, queue, verdict);
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
    public void block(Candidate candidate, Verdict.Closed closed, Instant now) {
        UserQueue user = users.get(candidate.lane().userId());
        LaneQueue queue = user == null ? null : user.lane(candidate.lane());
        if (user == null || queue == null || turns.first() != user) {
            return;
        }
        Verdict.Closed held = asker.held(candidate.lane(), candidate.slot(), now);
        if (held != null && held.opening() == Opening.TIME) {
            setAside(queue, candidate.slot(), held, now);
        } else {
            close(user, queue, closed, candidate.slot(), now);
        }
    }

    /** Passes over a retry of a held operation, until {@link #unhold}. */
    private void setAside(LaneQueue queue, Slot slot, Verdict.Closed held, Instant now) {
        queue.remove(slot);
        Blocked before = queue.aside;
        Instant since = before == null ? now : before.since();
        Blocked after = new Blocked(held.gate(), since, held.until(), held.opening());
        changed(queue.lane().userId(), before, after);
        queue.aside = after;
    }

    /** Rechecks all retries that are held, after the end of a hold. */
    public void unhold(Instant now) {
        for (UserQueue user : users.values()) {
            boolean held = false;
            for (LaneQueue queue : user.lanes) {
                if (queue.aside != null) {
                    changed(user.userId, queue.aside, null);
                    queue.aside = null;
                    queue.reread();
                    queue.openedAtMs = now.toEpochMilli();
                    held = true;
                }
                if (queue.held()) {
                    queue.openedAtMs = now.toEpochMilli();
                    block(queue, null);
                    held = true;
                }
            }
            if (held) {
                turns.makeReady(user, false);
            }
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
                    long untilMs =
                            first.blocked == null ? 0 : first.blocked.until().toEpochMilli();
                    first.openedAtMs = Math.min(untilMs, now.toEpochMilli());
                    block(first, null);
                    turns.makeReady(user, true);
                }
            }
        }
    }

    private void close(UserQueue user, LaneQueue queue, Verdict.Closed closed, Slot first, Instant now) {
        Blocked before = closed.gate().ofUser() ? user.blocked : queue.blocked;
        long firstMs = closed.gate().ofUser() ? user.firstDueMs() : first.dueAtMs();
        long longestMs = closed.gate() == GateName.OPERATOR
                ? Long.MAX_VALUE
                : Math.max(now.toEpochMilli() + 1, firstMs + maxHoldMs);
        Instant until = Instant.ofEpochMilli(Math.min(longestMs, closed.until().toEpochMilli()));
        Instant since = before != null && before.gate() == closed.gate() ? before.since() : now;
        Blocked blocked = new Blocked(closed.gate(), since, until, closed.opening());
        if (closed.gate().ofUser()) {
            block(user, blocked);
            turns.end();
            turns.setTimer(user, until.toEpochMilli());
            return;
        }
        block(queue, blocked);
        if (closed.gate() == GateName.SERVICE_HEALTH) {
            queue.waitsForService = true;
            waiting.computeIfAbsent(queue.lane().service(), service -> new ArrayDeque<>())
                    .addLast(queue);
        }
    }

    private void opened(UserQueue user, LaneQueue queue) {
        if (user.blocked != null) {
            block(user, null);
        }
        if (queue.blocked != null) {
            queue.openedAtMs = Math.max(queue.openedAtMs, queue.blocked.until().toEpochMilli());
            block(queue, null);
        }
    }

    private void endTurn(UserQueue user, long nowMs) {
        boolean more = user.released > 0 && user.best(nowMs) != null;
        turns.end();
        if (more) {
            turns.makeReady(user, false);
            return;
        }
        if (user.blocked != null) {
            block(user, null);
        }
        user.forgetEmptyLanes().forEach(empty -> block(empty, null));
        if (user.lanes.isEmpty()) {
            users.remove(user.userId);
            return;
        }
        turns.setTimer(user, user.nextMs(maxHoldMs));
    }

    private void block(UserQueue user, @Nullable Blocked blocked) {
        changed(user.userId, user.blocked, blocked);
        user.blocked = blocked;
    }

    private void block(LaneQueue queue, @Nullable Blocked blocked) {
        changed(queue.lane().userId(), queue.blocked, blocked);
        queue.blocked = blocked;
    }

    private void changed(String userId, @Nullable Blocked before, @Nullable Blocked after) {
        if ((before == null ? null : before.gate()) != (after == null ? null : after.gate())) {
            counts.changed(before, after);
        }
        if (!Objects.equals(before, after)) {
            blockedChanged.accept(userId);
        }
    }

    /**
     * Returns the number of the user's retries that go before one when it is due and their gates are open: those of a
     * higher priority that are due by then, and those of the same priority that are due before it.
     *
     * @param lane its lane
     * @param slot its place there
     * @param max no more are counted
     */
    public int ahead(Lane lane, Slot slot, Instant now, int max) {
        UserQueue user = users.get(lane.userId());
        int ahead = 0;
        for (LaneQueue queue : user == null ? List.<LaneQueue>of() : user.lanes) {
            int priority = queue.lane().priority();
            if (priority >= lane.priority() && ahead < max) {
                Slot end = priority == lane.priority()
                        ? slot
                        : new Slot(Math.max(slot.dueAtMs(), now.toEpochMilli()) + 1, "");
                ahead += queue.before(end, max - ahead);
            }
        }
        return ahead;
    }

    /** Returns the gates that block retries of the user, by service; gates of the user under {@code null}. */
    public List<BlockedLane> blockedOf(String userId) {
        UserQueue user = users.get(userId);
        return user == null ? List.of() : user.blockedLanes();
    }

    /** Returns the number of users that a gate blocks now; for gates by service, the number of lanes. */
    public int blocked(GateName gate) {
        return counts.blocked(gate);
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

    /**
     * Returns the number of due retries of ready users, at most {@code max}; only those in memory are counted, at most
     * 16 of a lane.
     */
    public int overdue(Instant now, int max) {
        int overdue = 0;
        for (UserQueue user : turns.ready()) {
            for (LaneQueue queue : user.lanes) {
                overdue += UserQueue.blockedAt(queue, now.toEpochMilli()) ? 0 : queue.due(now.toEpochMilli());
            }
            if (overdue >= max) {
                return max;
            }
        }
        return overdue;
    }

    /** Number of users or lanes that each gate blocks. */
    static final class BlockedCounts {

        private final Map<GateName, Integer> blocked = new EnumMap<>(GateName.class);

        void changed(@Nullable Blocked before, @Nullable Blocked after) {
            if (before != null) {
                blocked.merge(before.gate(), -1, Integer::sum);
            }
            if (after != null) {
                blocked.merge(after.gate(), 1, Integer::sum);
            }
        }

        int blocked(GateName gate) {
            return blocked.getOrDefault(gate, 0);
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
    public record Blocked(GateName gate, Instant since, Instant until, Opening opening) {}

    /**
     * The retries that a gate blocks.
     *
     * @param service the service; {@code null} for a gate of the user, which blocks all services
     * @param blocked the gate
     */
    public record BlockedLane(@Nullable String service, Blocked blocked) {}

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
