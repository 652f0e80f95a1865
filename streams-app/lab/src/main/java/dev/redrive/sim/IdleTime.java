package dev.redrive.sim;

import java.util.Arrays;

/**
 * Measures how long slots are free while work waits for nothing else, and how soon the next call uses one. A job waits
 * from its first refusal to its acceptance. Times are in ms since the epoch. Used by one thread.
 *
 * <p>Nothing changes between the events of a user but what opens by itself: a window, an allowance, a service. So each
 * event adds the time since the last one, under the state that was read then.
 */
final class IdleTime {

    private static final long NONE = -1;

    private final Platform platform;
    private final int[] waiting;
    private final int[] unfinished;
    private final long[] sinceMs;
    private final int[] limit;
    private final int[] free;
    private final long[] opensMs;
    private final int[] admits;
    private final long[] openSinceMs;
    private double idleMs;
    private double slotMs;
    private double reactionMs;
    private long reactions;

    IdleTime(Platform platform, Jobs jobs) {
        this.platform = platform;
        int users = jobs.users();
        this.waiting = new int[users * Service.KNOWN];
        this.unfinished = new int[users];
        for (int job = 0; job < jobs.count(); job++) {
            unfinished[jobs.user(job)]++;
        }
        this.sinceMs = new long[users];
        Arrays.fill(sinceMs, NONE);
        this.limit = new int[users];
        this.free = new int[users];
        this.opensMs = new long[users * Service.KNOWN];
        this.admits = new int[users * Service.KNOWN];
        this.openSinceMs = new long[users];
        Arrays.fill(openSinceMs, NONE);
    }

    /** Adds the time since the last event of a user; called before the next one changes anything. */
    void before(int user, long nowMs) {
        long fromMs = sinceMs[user];
        if (fromMs == NONE || unfinished[user] == 0) {
            return;
        }
        slotMs += (double) limit[user] * (nowMs - fromMs);
        if (free[user] > 0) {
            addIdle(user, nowMs);
        }
        sinceMs[user] = nowMs;
    }

    private void addIdle(int user, long nowMs) {
        long firstMs = Long.MAX_VALUE;
        long reachedMs = NONE;
        int callable = 0;
        while (true) {
            int next = next(user, reachedMs);
            long atMs = next < 0 ? nowMs : Math.min(nowMs, opensMs[next]);
            if (reachedMs != NONE) {
                idleMs += (double) Math.min(free[user], callable) * (atMs - reachedMs);
            }
            if (next < 0 || opensMs[next] >= nowMs) {
                break;
            }
            firstMs = Math.min(firstMs, atMs);
            reachedMs = atMs;
            callable += callableAt(user, reachedMs);
        }
        if (openSinceMs[user] == NONE && firstMs != Long.MAX_VALUE) {
            openSinceMs[user] = firstMs;
        }
    }

    /** Returns the service with waiting jobs that is the next to open after a time; -1 if there is none. */
    private int next(int user, long afterMs) {
        int found = -1;
        for (int at = user * Service.KNOWN; at < (user + 1) * Service.KNOWN; at++) {
            if (waiting[at] > 0 && opensMs[at] > afterMs && (found < 0 || opensMs[at] < opensMs[found])) {
                found = at;
            }
        }
        return found;
    }

    private int callableAt(int user, long ms) {
        int callable = 0;
        for (int at = user * Service.KNOWN; at < (user + 1) * Service.KNOWN; at++) {
            callable += waiting[at] > 0 && opensMs[at] == ms ? Math.min(waiting[at], Math.max(1, admits[at])) : 0;
        }
        return callable;
    }

    /** Reads the state that holds from now on; called after an event of a user. */
    void after(int user, long nowMs) {
        sinceMs[user] = nowMs;
        limit[user] = platform.concurrencyLimit(user, nowMs);
        free[user] = platform.freeSlots(user, nowMs);
        boolean open = false;
        for (int service = 0; service < Service.KNOWN; service++) {
            int at = user * Service.KNOWN + service;
            if (waiting[at] > 0) {
                opensMs[at] = platform.opensAtMs(user, Service.at(service), nowMs);
                admits[at] = platform.admits(user, Service.at(service), nowMs);
                open |= opensMs[at] <= nowMs;
            }
        }
        if (!open || free[user] == 0) {
            openSinceMs[user] = NONE;
        }
    }

    /** Reads the state again if the user's first job has arrived. */
    void changed(int user, long nowMs) {
        if (sinceMs[user] != NONE) {
            after(user, nowMs);
        }
    }

    void startsWaiting(int user, Service service) {
        waiting[user * Service.KNOWN + service.ordinal()]++;
    }

    void stopsWaiting(int user, Service service) {
        waiting[user * Service.KNOWN + service.ordinal()]--;
    }

    /** Handles an accepted call of a user. */
    void accepted(int user, long nowMs) {
        if (openSinceMs[user] != NONE) {
            reactionMs += nowMs - openSinceMs[user];
            reactions++;
            openSinceMs[user] = NONE;
        }
    }

    void jobDone(int user) {
        unfinished[user]--;
    }

    /** Returns idle slot time as a share of all slot time, each user's until its last job is done. */
    double share() {
        return slotMs == 0 ? 0 : idleMs / slotMs;
    }

    /** Returns the mean time from an opening to the next accepted call of the user, in ms; 0 without openings. */
    double meanReactionMs() {
        return reactions == 0 ? 0 : reactionMs / reactions;
    }
}
