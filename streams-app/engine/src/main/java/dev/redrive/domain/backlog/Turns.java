package dev.redrive.domain.backlog;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Ready users in a queue, and timers of users to check later. A user is in at most one of the two. */
final class Turns {

    private final TreeSet<UserQueue> timers = new TreeSet<>(
            Comparator.<UserQueue>comparingLong(user -> user.timerAtMs).thenComparingLong(user -> user.timerNumber));
    private final Deque<UserQueue> ready = new ArrayDeque<>();
    private long timersSet;

    /** Returns the first ready user. */
    @Nullable
    UserQueue first() {
        return ready.peekFirst();
    }

    /** Returns whether no other user is ready. */
    boolean alone() {
        return ready.size() == 1;
    }

    /** Returns all ready users. */
    Iterable<UserQueue> ready() {
        return ready;
    }

    /** Queues every user whose timer has ended. */
    void timersDue(long nowMs) {
        while (!timers.isEmpty() && timers.first().timerAtMs <= nowMs) {
            UserQueue user = timers.first();
            if (user.blocked != null) {
                user.openedAtMs = Math.min(nowMs, user.blocked.until().toEpochMilli());
            }
            makeReady(user, false);
        }
    }

    /** Queues a user that is not ready; before all others if {@code next} is true, else behind them. */
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

    /** Ends the first user's turn. */
    UserQueue end() {
        UserQueue user = ready.removeFirst();
        user.ready = false;
        user.released = 0;
        return user;
    }

    /** Sets when to check a user that is not ready; {@code Long.MAX_VALUE} for never. */
    void setTimer(UserQueue user, long atMs) {
        if (user.timerAtMs != Long.MAX_VALUE) {
            timers.remove(user);
        }
        user.timerAtMs = atMs;
        user.timerNumber = ++timersSet;
        if (atMs != Long.MAX_VALUE) {
            timers.add(user);
        }
    }

    /** Returns when the next timer ends; {@code Long.MAX_VALUE} if there is none. */
    long nextTimerMs() {
        return timers.isEmpty() ? Long.MAX_VALUE : timers.first().timerAtMs;
    }
}
