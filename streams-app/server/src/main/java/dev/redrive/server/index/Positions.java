package dev.redrive.server.index;

import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What an answer is based on: the offsets of the next records, by topic and partition. As text it is opaque to clients,
 * who hand it to any instance to read at least the same.
 */
public final class Positions {

    /** Of nothing: every index covers it. */
    public static final Positions NONE = new Positions(Map.of());

    private static final int MAX_CHARS = 32_000;
    private static final int ENTRY_BYTES = 1 + 2 + 8;

    private final Map<Source, Map<Integer, Long>> next;

    Positions(Map<Source, Map<Integer, Long>> next) {
        Map<Source, Map<Integer, Long>> copy = new EnumMap<>(Source.class);
        next.forEach((source, partitions) -> copy.put(source, new TreeMap<>(partitions)));
        this.next = copy;
    }

    /** Returns the positions of a text; {@code null} if it is none. */
    public static @Nullable Positions parse(String text) {
        if (text.length() > MAX_CHARS) {
            return null;
        }
        ByteBuffer bytes;
        try {
            bytes = ByteBuffer.wrap(Base64.getUrlDecoder().decode(text));
        } catch (IllegalArgumentException e) {
            return null;
        }
        if (bytes.remaining() % ENTRY_BYTES != 0) {
            return null;
        }
        Map<Source, Map<Integer, Long>> next = new EnumMap<>(Source.class);
        while (bytes.hasRemaining()) {
            int source = bytes.get();
            int partition = bytes.getShort();
            long offset = bytes.getLong();
            if (source < 0 || source >= Source.values().length || partition < 0 || offset < 0) {
                return null;
            }
            next.computeIfAbsent(Source.values()[source], unused -> new TreeMap<>())
                    .put(partition, offset);
        }
        return new Positions(next);
    }

    /** Returns whether everything before the other positions is before these. */
    public boolean cover(Positions other) {
        return other.next.entrySet().stream()
                .allMatch(source -> source.getValue().entrySet().stream()
                        .allMatch(partition -> of(source.getKey(), partition.getKey()) >= partition.getValue()));
    }

    long of(Source source, int partition) {
        return next.getOrDefault(source, Map.of()).getOrDefault(partition, 0L);
    }

    Map<Integer, Long> of(Source source) {
        return Map.copyOf(next.getOrDefault(source, Map.of()));
    }

    /** Returns the positions in the dead letters, by partition. */
    public Map<Integer, Long> letters() {
        return of(Source.LETTERS);
    }

    /** Returns the positions in the changes of dead letters, by partition. */
    public Map<Integer, Long> changes() {
        return of(Source.CHANGES);
    }

    /** Returns the positions in the redrives, by partition. */
    public Map<Integer, Long> redrives() {
        return of(Source.REDRIVES);
    }

    @Override
    public String toString() {
        int entries = next.values().stream().mapToInt(Map::size).sum();
        ByteBuffer bytes = ByteBuffer.allocate(entries * ENTRY_BYTES);
        next.forEach(
                (source, partitions) -> partitions.forEach((partition, offset) -> bytes.put((byte) source.ordinal())
                        .putShort(partition.shortValue())
                        .putLong(offset)));
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.array());
    }
}
