package dev.redrive.dev;

import dev.redrive.dev.JobSource.Attempt;
import dev.redrive.sim.LiveRun;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The jobs of a workload, and the API that they meet. Used by one thread, the workload's. */
sealed interface Load permits Load.Endless, ScenarioLoad {

    /** Does what is due: first attempts of jobs, ends of jobs, undelivered reports. */
    void tick(Instant now);

    /** Makes a released retry. */
    void make(Attempt retry, Instant now);

    /** Returns how long nothing is due. */
    Duration untilNext(Instant now);

    /** Whether all of it is done; always false for endless jobs. */
    boolean finished();

    /** Ends it: reports jobs that are not continued after a restart. */
    default void stop(Instant now) {}

    /** Returns the run of a scenario once it has started. */
    default @Nullable LiveRun run() {
        return null;
    }

    /** Endless jobs on an API that produces every class of failure. */
    record Endless(BatchSystem batch, JobSource source) implements Load {

        private static final Duration TICK = Duration.ofMillis(20);

        @Override
        public void tick(Instant now) {
            batch.tick(now);
            while (!batch.busy()) {
                Attempt first = source.next(now);
                if (first == null) {
                    return;
                }
                batch.make(first, now);
            }
        }

        @Override
        public void make(Attempt retry, Instant now) {
            batch.make(retry, now);
        }

        @Override
        public Duration untilNext(Instant now) {
            return TICK;
        }

        @Override
        public boolean finished() {
            return false;
        }

        @Override
        public void stop(Instant now) {
            batch.stop(now);
        }
    }
}
