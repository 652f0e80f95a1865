package dev.redrive.cli;

import dev.redrive.codec.JobKey;
import dev.redrive.domain.backlog.Slot;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.utils.Bytes;

/**
 * Where the last records of the pending retries stand in a changelog that is read from its beginning: about 200 bytes
 * each, and the bytes of user, service and job, for only the end of the changelog tells which of them are still pending.
 * Used by one thread.
 */
final class PendingPlaces {

    /** As many as a small heap holds. */
    static final int MOST = 1_500_000;

    private final Map<TopicPartition, Map<Bytes, Long>> offsets = new HashMap<>();
    private int size;

    /**
     * The last record of one pending retry.
     *
     * @param key its key: the place in the due queue
     * @param slot due and job of that place
     */
    record Place(TopicPartition partition, long offset, byte[] key, Slot slot) {

        private static final Comparator<Place> ORDER = Comparator.comparing(Place::slot)
                .thenComparing(place -> place.partition().partition())
                .thenComparing(Place::offset);
    }

    /** @throws CommandFailure if there are too many */
    void put(TopicPartition partition, byte[] key, long offset) {
        Long before =
                offsets.computeIfAbsent(partition, missing -> new HashMap<>()).put(Bytes.wrap(key), offset);
        size += before == null ? 1 : 0;
        if (size > MOST) {
            throw new CommandFailure(
                    Reason.TOO_MANY, "more than " + MOST + " retries are pending; name one user, service or operation");
        }
    }

    void remove(TopicPartition partition, byte[] key) {
        Map<Bytes, Long> known = offsets.get(partition);
        if (known != null && known.remove(Bytes.wrap(key)) != null) {
            size--;
        }
    }

    int size() {
        return size;
    }

    /** Those that are due first, in that order. */
    List<Place> earliest(int most) {
        PriorityQueue<Place> latestFirst = new PriorityQueue<>(Place.ORDER.reversed());
        offsets.forEach((partition, places) -> places.forEach((key, offset) -> {
            latestFirst.add(new Place(partition, offset, key.get(), JobKey.slotOf(key.get())));
            if (latestFirst.size() > most) {
                latestFirst.remove();
            }
        }));
        List<Place> places = new ArrayList<>(latestFirst);
        places.sort(Place.ORDER);
        return places;
    }
}
