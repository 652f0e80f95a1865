package dev.redrive.topology;

import dev.redrive.domain.decide.RetryPolicy.Tier;
import dev.redrive.domain.event.JobRef;
import dev.redrive.domain.lifecycle.JobState;
import dev.redrive.state.JobStore.JobCensus;
import dev.redrive.topology.Signals.TaskSignals;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/**
 * Counts the pending retries of each tier. Every move of a job is counted; jobs pending before the task started are
 * counted once, in slices; until then the count is too low.
 *
 * <p>The tier covers the delay from the job's last update until its due: the one it was written to, unless a command or
 * a gate has moved its due since.
 */
final class PendingCount {

    private static final long FIRST_SLICE_MS = 200;
    private static final long SLICE_MS = 50;

    private final List<Tier> tiers;
    private final JobCensus census;
    private final TaskSignals signals;
    private final long[] counts;
    private final boolean[] changed;

    PendingCount(List<Tier> tiers, JobCensus census, TaskSignals signals) {
        this.tiers = tiers;
        this.census = census;
        this.signals = signals;
        this.counts = new long[tiers.size()];
        this.changed = new boolean[tiers.size()];
        Arrays.fill(changed, true);
        walk(FIRST_SLICE_MS);
        report();
    }

    /** Counts the move of a job; called after its new state is stored. */
    void moved(JobRef job, JobState before, JobState after) {
        if (before != after && census.passed(job)) {
            add(before, -1);
            add(after, 1);
        }
    }

    /** Counts the next slice of the jobs pending before the start, if any are left. */
    void resume() {
        walk(SLICE_MS);
    }

    /** Reports the counts that have changed. */
    void report() {
        for (int i = 0; i < counts.length; i++) {
            if (changed[i]) {
                changed[i] = false;
                signals.pending(tiers.get(i), counts[i]);
            }
        }
    }

    private void walk(long sliceMs) {
        census.walk(System.nanoTime() + Duration.ofMillis(sliceMs).toNanos(), state -> add(state, 1));
    }

    private void add(JobState state, int change) {
        if (state instanceof JobState.Scheduled pending) {
            Duration wait = Duration.between(pending.memo().touchedAt(), pending.dueAt());
            int i = tiers.indexOf(Tier.covering(wait, tiers));
            counts[i] += change;
            changed[i] = true;
        }
    }
}
