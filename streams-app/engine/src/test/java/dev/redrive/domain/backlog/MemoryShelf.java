package dev.redrive.domain.backlog;

import dev.redrive.domain.backlog.Lane.Shelf;
import dev.redrive.domain.backlog.Lane.Slot;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** All retries in sorted sets, and how often they were asked for. */
final class MemoryShelf implements Shelf {

    final Map<Lane, TreeSet<Slot>> lanes = new TreeMap<>(
            Comparator.comparing(Lane::userId).thenComparing(Lane::service).thenComparing(Lane::priority));
    int reads;

    void add(Lane lane, Slot slot) {
        lanes.computeIfAbsent(lane, any -> new TreeSet<>()).add(slot);
    }

    void remove(Lane lane, Slot slot) {
        TreeSet<Slot> slots = slots(lane);
        slots.remove(slot);
        if (slots.isEmpty()) {
            lanes.remove(lane);
        }
    }

    TreeSet<Slot> slots(Lane lane) {
        return lanes.getOrDefault(lane, new TreeSet<>());
    }

    int size() {
        return lanes.values().stream().mapToInt(TreeSet::size).sum();
    }

    @Override
    public List<Slot> next(Lane lane, @Nullable Slot after, int most) {
        reads++;
        TreeSet<Slot> slots = slots(lane);
        return (after == null ? slots : slots.tailSet(after, false))
                .stream().limit(most).toList();
    }

    @Override
    public void lanes(BiConsumer<Lane, Slot> visitor) {
        lanes.forEach((lane, slots) -> visitor.accept(lane, slots.first()));
    }
}
