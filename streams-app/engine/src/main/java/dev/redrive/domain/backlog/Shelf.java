package dev.redrive.domain.backlog;

import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Sorted store of all pending retries; reads fetch only the next few of a lane. */
public interface Shelf {

    /**
     * Returns the next retries of a lane.
     *
     * @param lane the lane
     * @param after start after this one; {@code null} for the first
     * @param max maximum number; fewer only if there are no more
     */
    List<Slot> next(Lane lane, @Nullable Slot after, int max);

    /** Visits the first retry of every non-empty lane, without reading the others. */
    void lanes(BiConsumer<Lane, Slot> visitor);
}
