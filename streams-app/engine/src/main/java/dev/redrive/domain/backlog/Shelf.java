package dev.redrive.domain.backlog;

import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Where all pending retries are; it is sorted, and asked only for the next few of a lane. */
public interface Shelf {

    /**
     * The next retries of a lane.
     *
     * @param lane the lane
     * @param after those behind this one; {@code null} for the first
     * @param most at most so many; fewer only where there are no more
     */
    List<Slot> next(Lane lane, @Nullable Slot after, int most);

    /** Tells the first retry of every lane that has any, without looking at the others. */
    void lanes(BiConsumer<Lane, Slot> visitor);
}
