package dev.redrive.state;

import dev.redrive.state.HeldStore.HeapBudget;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Arrays;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/**
 * Keys and values, one behind the other in large arrays, found by an index of their places: some hundred thousand small
 * entries that the garbage collector sees as a few hundred objects. Arrays are given up in the order in which they were
 * begun; an entry that was asked for meanwhile gets a second chance (the clock algorithm, Corbató 1968). What is left in arrays
 * that are mostly garbage is put together once half of all is garbage. One thread owns it.
 */
final class HeldEntries {

    /** No such entry. */
    static final long NONE = HeldIndex.NONE;

    private static final int OFFSET_BITS = 18;
    private static final int LEAST_CHUNK_BYTES = 1 << 10;
    private static final int MOST_CHUNK_BYTES = HeapBudget.ARRAY_BYTES;

    /** What a value that has become shorter may leave unused. */
    private static final int MOST_UNUSED_BYTES = 128;

    private final HeapBudget budget;

    /** The one begun first comes first. */
    private final ArrayDeque<HeldChunk> chunks = new ArrayDeque<>();

    private @Nullable HeldChunk[] numbered = new HeldChunk[16];

    private final HeldIndex index = new HeldIndex();
    private long heldBytes;
    private long deadBytes;

    HeldEntries(HeapBudget budget) {
        this.budget = budget;
    }

    /** Takes an entry. */
    @FunctionalInterface
    interface Visitor {
        void visit(byte[] key, byte @Nullable [] value);
    }

    /** Bytes of the arrays and the index. */
    long bytes() {
        return heldBytes;
    }

    int chunks() {
        return chunks.size();
    }

    /** Whether no index can find more. */
    boolean full() {
        return index.full();
    }

    /** Where a key is held; good until something is put or given up. */
    long find(byte[] key) {
        long tag = tag(key);
        for (int slot = index.home(tag); !index.ends(slot); slot = index.next(slot)) {
            if (index.has(slot, tag)) {
                long place = index.place(slot);
                if (chunk(place).holds(offset(place), key)) {
                    return place;
                }
            }
        }
        return NONE;
    }

    /** The value at a place; {@code null} where it was deleted. */
    byte @Nullable [] value(long place) {
        return chunk(place).value(offset(place));
    }

    /** The value at a place, which is in use; {@code null} where it was deleted. */
    byte @Nullable [] asked(long place) {
        chunk(place).raise(offset(place), HeldChunk.USED);
        return value(place);
    }

    /**
     * Holds a value, in place of the key's former one.
     *
     * @param value {@code null} for deleted
     * @param flags are added to those of the former value
     */
    void put(byte[] key, byte @Nullable [] value, int flags) {
        int bytes = value == null ? 0 : value.length;
        long place = find(key);
        if (place == NONE) {
            append(key, value, bytes, flags);
            return;
        }
        HeldChunk chunk = chunk(place);
        int at = offset(place);
        int room = chunk.room(at);
        if (bytes <= room && room - bytes <= MOST_UNUSED_BYTES) {
            chunk.raise(at, flags | HeldChunk.USED);
            chunk.fill(at, value);
            return;
        }
        int all = flags | chunk.flags(at, HeldChunk.UNLOGGED | HeldChunk.UNWRITTEN);
        remove(place, tag(key));
        // What has grown once will grow again.
        append(key, value, bytes > room ? bytes + bytes / 8 : bytes, all);
        compact();
    }

    /**
     * Visits what the changelog or the disk has not got, from what was put first; from now on it has.
     *
     * @param mostBytes of arrays with such entries; the last one is visited to its end
     */
    void settle(int flag, long mostBytes, Visitor visitor) {
        long leftBytes = mostBytes;
        for (HeldChunk chunk : chunks) {
            if (leftBytes > 0 && chunk.some(flag)) {
                leftBytes -= chunk.bytes();
                for (int at = 0; at < chunk.end(); at = chunk.behind(at)) {
                    if (chunk.flags(at, flag) != 0) {
                        chunk.lower(at, flag);
                        visitor.visit(chunk.key(at), chunk.value(at));
                    }
                }
            }
        }
    }

    /** Visits what the disk has not got, but for deletions; from now on it has. */
    void settleValues(Visitor visitor) {
        for (HeldChunk chunk : chunks) {
            for (int at = 0; chunk.someUnwrittenValue() && at < chunk.end(); at = chunk.behind(at)) {
                if (chunk.isUnwrittenValue(at)) {
                    chunk.lower(at, HeldChunk.UNWRITTEN);
                    visitor.visit(chunk.key(at), chunk.value(at));
                }
            }
        }
    }

    /** Visits what the changelog or the disk has not got. */
    void visit(int flag, Visitor visitor) {
        for (HeldChunk chunk : chunks) {
            for (int at = 0; chunk.some(flag) && at < chunk.end(); at = chunk.behind(at)) {
                if (chunk.flags(at, flag) != 0) {
                    visitor.visit(chunk.key(at), chunk.value(at));
                }
            }
        }
    }

    /**
     * Gives up the oldest array.
     *
     * @param mercy whether what was used gets a second chance
     * @param log takes what the changelog has not got
     * @param write takes what the disk has not got
     */
    void giveUp(boolean mercy, Visitor log, Visitor write) {
        HeldChunk oldest = chunks.getFirst();
        for (int at = 0; at < oldest.end(); at = oldest.behind(at)) {
            if (oldest.flags(at, HeldChunk.DEAD) == 0 && !(mercy && oldest.flags(at, HeldChunk.USED) != 0)) {
                if (oldest.flags(at, HeldChunk.UNLOGGED) != 0) {
                    log.visit(oldest.key(at), oldest.value(at));
                }
                if (oldest.flags(at, HeldChunk.UNWRITTEN) != 0) {
                    write.visit(oldest.key(at), oldest.value(at));
                }
                remove(place(oldest, at), tag(oldest.key(at)));
            }
        }
        leave(oldest);
    }

    /** Copies what is left in arrays that are mostly garbage, once half of everything is. */
    private void compact() {
        if (deadBytes < LEAST_CHUNK_BYTES || 2 * deadBytes < heldBytes) {
            return;
        }
        chunks.stream().filter(HeldChunk::sparse).toList().forEach(this::leave);
    }

    /** Copies what is left in an array, but for what the disk tells as well, and gives it up. */
    private void leave(HeldChunk chunk) {
        chunks.remove(chunk);
        for (int at = 0; at < chunk.end(); at = chunk.behind(at)) {
            if (chunk.flags(at, HeldChunk.DEAD) == 0) {
                byte[] key = chunk.key(at);
                byte[] value = chunk.value(at);
                int flags = chunk.flags(at, HeldChunk.UNLOGGED | HeldChunk.UNWRITTEN);
                remove(place(chunk, at), tag(key));
                if (value != null || flags != 0) {
                    append(key, value, value == null ? 0 : value.length, flags);
                }
            }
        }
        numbered[chunk.number()] = null;
        deadBytes -= chunk.end();
        use(-chunk.bytes());
        budget.giveBack(chunk.array());
    }

    /** Gives up everything; what nobody has got is gone. */
    void clear() {
        chunks.clear();
        Arrays.fill(numbered, null);
        index.clear();
        deadBytes = 0;
        use(-heldBytes);
    }

    private void append(byte[] key, byte @Nullable [] value, int room, int flags) {
        HeldChunk chunk = chunks.peekLast();
        int extent = HeldChunk.extent(key.length, room);
        if (chunk == null || chunk.bytes() - chunk.end() < extent) {
            chunk = begin(extent);
        }
        int at = chunk.append(key, value, room, flags);
        long before = index.bytes();
        index.enter(tag(key), place(chunk, at));
        use(index.bytes() - before);
    }

    private HeldChunk begin(int extent) {
        int usual = Integer.highestOneBit((int) Math.min(MOST_CHUNK_BYTES, Math.max(LEAST_CHUNK_BYTES, heldBytes / 4)));
        int number = 0;
        while (number < numbered.length && numbered[number] != null) {
            number++;
        }
        if (number == numbered.length) {
            numbered = Arrays.copyOf(numbered, 2 * number);
        }
        int bytes = Math.max(usual, extent);
        HeldChunk chunk = new HeldChunk(number, bytes == MOST_CHUNK_BYTES ? budget.array() : new byte[bytes]);
        numbered[number] = chunk;
        chunks.addLast(chunk);
        use(chunk.bytes());
        return chunk;
    }

    private void use(long bytes) {
        heldBytes += bytes;
        budget.use(bytes);
    }

    private void remove(long place, long tag) {
        deadBytes += chunk(place).kill(offset(place));
        index.remove(tag, place);
    }

    private static long tag(byte[] key) {
        return Utils.murmur2(key) >>> (Integer.SIZE - HeldIndex.TAG_BITS);
    }

    private static long place(HeldChunk chunk, int at) {
        return ((long) chunk.number() << OFFSET_BITS) | at;
    }

    private HeldChunk chunk(long place) {
        HeldChunk chunk = numbered[(int) (place >>> OFFSET_BITS)];
        if (chunk == null) {
            throw new IllegalStateException("the index leads to an array that was given up");
        }
        return chunk;
    }

    private static int offset(long place) {
        return (int) place & ((1 << OFFSET_BITS) - 1);
    }

    /**
     * An array of entries, and how much of it is used. Each entry is flags, the length of the key, the room for the value and
     * the length of the value, in four bytes each; then key and value. One thread owns it.
     */
    static final class HeldChunk {

        /** A change that the changelog has not got. */
        static final int UNLOGGED = 1;

        /** A change that the disk has not got. */
        static final int UNWRITTEN = 2;

        /** An entry that was asked for. */
        static final int USED = 4;

        /** An entry that is held elsewhere, or not at all. */
        static final int DEAD = 8;

        private static final int KEY_LENGTH = 4;
        private static final int ROOM = 8;
        private static final int LENGTH = 12;
        private static final int HEAD = 16;
        private static final int DELETED = -1;

        private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.nativeOrder());

        private final int number;
        private final byte[] bytes;
        private int end;
        private int liveBytes;
        private int unlogged;
        private int unwritten;
        private int unwrittenValues;

        HeldChunk(int number, byte[] bytes) {
            this.number = number;
            this.bytes = bytes;
        }

        /** The array, which nobody may use any more. */
        byte[] array() {
            return bytes;
        }

        /** The bytes that an entry takes. */
        static int extent(int keyLength, int room) {
            return HEAD + keyLength + room;
        }

        int number() {
            return number;
        }

        int bytes() {
            return bytes.length;
        }

        int end() {
            return end;
        }

        int behind(int at) {
            return at + extent(get(at + KEY_LENGTH), get(at + ROOM));
        }

        /** Whether less than half of it is alive. */
        boolean sparse() {
            return 2 * liveBytes < end;
        }

        /** Whether some entry has {@link #UNLOGGED} or {@link #UNWRITTEN}. */
        boolean some(int flag) {
            return (flag == UNLOGGED ? unlogged : unwritten) > 0;
        }

        /** Whether some entry that is no deletion has {@link #UNWRITTEN}. */
        boolean someUnwrittenValue() {
            return unwrittenValues > 0;
        }

        boolean isUnwrittenValue(int at) {
            return flags(at, UNWRITTEN) != 0 && get(at + LENGTH) != DELETED;
        }

        /** Adds an entry at the end, where there must be enough space. */
        int append(byte[] key, byte @Nullable [] value, int room, int flags) {
            int at = end;
            end += extent(key.length, room);
            liveBytes += end - at;
            set(at, 0);
            set(at + KEY_LENGTH, key.length);
            set(at + ROOM, room);
            System.arraycopy(key, 0, bytes, at + HEAD, key.length);
            fill(at, value);
            raise(at, flags);
            return at;
        }

        void fill(int at, byte @Nullable [] value) {
            int before = isUnwrittenValue(at) ? 1 : 0;
            set(at + LENGTH, value == null ? DELETED : value.length);
            unwrittenValues += (isUnwrittenValue(at) ? 1 : 0) - before;
            if (value != null) {
                System.arraycopy(value, 0, bytes, at + HEAD + get(at + KEY_LENGTH), value.length);
            }
        }

        /** It is held elsewhere, or not at all; gives the bytes that are garbage now. */
        int kill(int at) {
            lower(at, UNLOGGED | UNWRITTEN);
            set(at, DEAD);
            int bytes = behind(at) - at;
            liveBytes -= bytes;
            return bytes;
        }

        boolean holds(int at, byte[] key) {
            int from = at + HEAD;
            return get(at + KEY_LENGTH) == key.length
                    && Arrays.equals(bytes, from, from + key.length, key, 0, key.length);
        }

        int room(int at) {
            return get(at + ROOM);
        }

        byte[] key(int at) {
            return Arrays.copyOfRange(bytes, at + HEAD, at + HEAD + get(at + KEY_LENGTH));
        }

        byte @Nullable [] value(int at) {
            int length = get(at + LENGTH);
            int from = at + HEAD + get(at + KEY_LENGTH);
            return length == DELETED ? null : Arrays.copyOfRange(bytes, from, from + length);
        }

        /** Those of the flags that the entry has. */
        int flags(int at, int flags) {
            return get(at) & flags;
        }

        void raise(int at, int flags) {
            int news = flags & ~get(at);
            unlogged += (news & UNLOGGED) == 0 ? 0 : 1;
            if ((news & UNWRITTEN) != 0) {
                unwritten++;
                unwrittenValues += get(at + LENGTH) == DELETED ? 0 : 1;
            }
            set(at, get(at) | flags);
        }

        void lower(int at, int flags) {
            int gone = flags & get(at);
            unlogged -= (gone & UNLOGGED) == 0 ? 0 : 1;
            if ((gone & UNWRITTEN) != 0) {
                unwritten--;
                unwrittenValues -= get(at + LENGTH) == DELETED ? 0 : 1;
            }
            set(at, get(at) & ~flags);
        }

        private int get(int at) {
            return (int) INT.get(bytes, at);
        }

        private void set(int at, int value) {
            INT.set(bytes, at, value);
        }
    }
}
