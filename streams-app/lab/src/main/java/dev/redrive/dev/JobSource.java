package dev.redrive.dev;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Where the simulated batch system has its jobs from. Belongs to one thread. */
interface JobSource {

    /** The first attempt of a job whose time has come; {@code null} when there is none now. */
    @Nullable
    Attempt next(Instant now);

    /** A job is done; it may be of an earlier run. */
    default void succeeded(Attempt attempt, Instant at) {}

    /** Whether all jobs of this run are done; never, where jobs come without end. */
    default boolean finished() {
        return false;
    }
}
