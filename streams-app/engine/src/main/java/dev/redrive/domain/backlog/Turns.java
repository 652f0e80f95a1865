package dev.redrive.domain.backlog;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Users whose turn has come, in a row, and those who are looked at later, by time. A user is in one of them at most. */
final class Turns {

    private final TreeSet<UserQueue> timers = new TreeSet<>(
            Comparator.<UserQueue>comparingLong(user -> user.lookAtMs).thenComparingLong(user -> user.timerNumber));
    private final Deque<UserQueue> ready = new ArrayDeque<>();
    private long timersSet;

    /** The user whose turn it is. */
    @Nullable
    UserQueue first() {
        return ready.peekFirst();
    }

    /** Whether nobody else waits for a turn. */
    boolean alone() {
        return ready.size() == 1;
    }

    /** All whose turn has come. */
    Iterable<UserQueue> ready() {
        return ready;
    }

    /** Gives a turn to everyone whose time has come. */
    void timersDue(long nowMs) {
        while (!timers.isEmpty() && timers.first().lookAtMs <= nowMs) {
            UserQueue user = timers.first();
            if (user.held != null) {
                user.openedAtMs = Math.min(nowMs, user.held.until().toEpochMilli());
            }
            makeReady(user, false);
        }
    }

    void makeReady(UserQueue user, boolean next) {
        if (user.ready) {
            return;
        }
        setTimer(user, Long.MAX_VALUE);
        user.ready = true;
        if (next) {
            ready.addFirst(user);
        } else {
            ready.addLast(user);
        }
    }

    /** The first user's turn is over. */
    UserQueue end() {
        UserQueue user = ready.removeFirst();
        user.ready = false;
        user.released = 0;
        return user;
    }

    /** Sets when to look at a user who has no turn; {@code Long.MAX_VALUE} for never. */
    void setTimer(UserQueue user, long atMs) {
        if (user.lookAtMs != Long.MAX_VALUE) {
            timers.remove(user);
        }
        user.lookAtMs = atMs;
        user.timerNumber = ++timersSet;
        if (atMs != Long.MAX_VALUE) {
            timers.add(user);
        }
    }

    /** When the next timer ends; {@code Long.MAX_VALUE} when there is none. */
    long nextTimerMs() {
        return timers.isEmpty() ? Long.MAX_VALUE : timers.first().lookAtMs;
    }
}
