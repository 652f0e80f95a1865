package dev.redrive.metrics;

import dev.redrive.domain.decide.RetryPolicy.Tier;
import dev.redrive.domain.gate.GateName;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToIntFunction;

/** Current values of this instance's running tasks, added up; updated by tasks, read by scrapes. */
final class TaskGauges {

    private final Map<OneTask, Boolean> running = new ConcurrentHashMap<>();

    /** One task's values; written by its thread alone. */
    static final class OneTask {
        private final Map<String, Long> pending = new ConcurrentHashMap<>();
        private final Map<GateName, Integer> blocked = new ConcurrentHashMap<>();

        /** A lower bound of the task's next release, epoch milliseconds; past while a retry is overdue. */
        private volatile long nextDueMs = Long.MAX_VALUE;

        private volatile int overdue;
        private volatile int probed;
        private volatile long probedSinceMs = Long.MAX_VALUE;

        void pending(Tier tier, long retries) {
            pending.put(tier.name(), retries);
        }

        void blocked(ToIntFunction<GateName> users) {
            for (GateName gate : GateName.values()) {
                blocked.put(gate, users.applyAsInt(gate));
            }
        }

        void nextDue(long dueMs) {
            nextDueMs = dueMs;
        }

        void probed(int services, long sinceMs) {
            probed = services;
            probedSinceMs = sinceMs;
        }

        void overdue(int retries) {
            overdue = retries;
        }
    }

    OneTask open() {
        OneTask task = new OneTask();
        running.put(task, Boolean.TRUE);
        return task;
    }

    void close(OneTask task) {
        running.remove(task);
    }

    long pending(String tier) {
        return running.keySet().stream()
                .mapToLong(task -> task.pending.getOrDefault(tier, 0L))
                .sum();
    }

    int blocked(GateName gate) {
        return running.keySet().stream()
                .mapToInt(task -> task.blocked.getOrDefault(gate, 0))
                .sum();
    }

    int overdue() {
        return running.keySet().stream().mapToInt(task -> task.overdue).sum();
    }

    int probed() {
        return running.keySet().stream().mapToInt(task -> task.probed).sum();
    }

    /**
     * Returns how long the service that has blocked retries for longest has been unhealthy, in seconds; 0 if none does.
     */
    double oldestProbedSeconds(long nowMs) {
        long first = running.keySet().stream()
                .mapToLong(task -> task.probedSinceMs)
                .min()
                .orElse(Long.MAX_VALUE);
        return first >= nowMs ? 0 : (nowMs - first) / 1_000.0;
    }

    /**
     * Returns the time since the due of the oldest retry that is due, in seconds, 0 if none is due; also correct if a
     * task's thread hangs.
     */
    double oldestOverdueSeconds(long nowMs) {
        long first = running.keySet().stream()
                .mapToLong(task -> task.nextDueMs)
                .min()
                .orElse(Long.MAX_VALUE);
        return first >= nowMs ? 0 : (nowMs - first) / 1_000.0;
    }
}
