package dev.redrive.state;

import dev.redrive.state.HeapStore.HeapBudget;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Arrays;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/**
 * Keys and values, stored contiguously in large arrays and found by an index of their positions: some hundred thousand
 * small entries that the garbage collector sees as a few hundred objects. Arrays are evicted in the order of their
 * creation; an entry accessed meanwhile gets a second chance (the clock algorithm, Corbató 1968). Arrays that are
 * mostly garbage are compacted once half of all bytes are garbage. Owned by one thread.
 */
final class HeapEntries {

    /** No such entry. */
    static final long NONE = HeapIndex.NONE;

    private static final int OFFSET_BITS = 18;
    private static final int MIN_CHUNK_BYTES = 1 << 10;
    private static final int MAX_CHUNK_BYTES = HeapBudget.ARRAY_BYTES;

    /** Maximum number of unused bytes that a shortened value may leave. */
    private static final int MAX_UNUSED_BYTES = 128;

    private final HeapBudget budget;

    /** Oldest first. */
    private final ArrayDeque<HeapChunk> chunks = new ArrayDeque<>();

    private @Nullable HeapChunk[] numbered = new HeapChunk[16];

    private final HeapIndex index = new HeapIndex();
    private long usedBytes;
    private long deadBytes;

    HeapEntries(HeapBudget budget) {
        this.budget = budget;
    }

    @FunctionalInterface
    interface Visitor {
        void visit(byte[] key, byte @Nullable [] value);
    }

    /** Returns the size of the arrays and the index in bytes. */
    long bytes() {
        return usedBytes;
    }

    int chunks() {
        return chunks.size();
    }

    /** Returns whether the index is full. */
    boolean full() {
        return index.full();
    }

    /** Returns the position of a key; valid until the next put or eviction. */
    long find(byte[] key) {
        long tag = tag(key);
        for (int slot = index.home(tag); !index.ends(slot); slot = index.next(slot)) {
            if (index.has(slot, tag)) {
                long place = index.place(slot);
                if (chunk(place).contains(offset(place), key)) {
                    return place;
                }
            }
        }
        return NONE;
    }

    /** Returns the value at a position; {@code null} if deleted. */
    byte @Nullable [] value(long place) {
        return chunk(place).value(offset(place));
    }

    /** Returns the value at a position and marks it as used; {@code null} if deleted. */
    byte @Nullable [] asked(long place) {
        chunk(place).raise(offset(place), HeapChunk.USED);
        return value(place);
    }

    /**
     * Stores a value, replacing the key's previous one.
     *
     * @param value {@code null} for a deletion
     * @param flags added to those of the previous value
     */
    void put(byte[] key, byte @Nullable [] value, int flags) {
        int bytes = value == null ? 0 : value.length;
        long place = find(key);
        if (place == NONE) {
            append(key, value, bytes, flags);
            return;
        }
        HeapChunk chunk = chunk(place);
        int at = offset(place);
        int room = chunk.room(at);
        if (bytes <= room && room - bytes <= MAX_UNUSED_BYTES) {
            chunk.raise(at, flags | HeapChunk.USED);
            chunk.fill(at, value);
            return;
        }
        int all = flags | chunk.flags(at, HeapChunk.UNLOGGED | HeapChunk.UNWRITTEN);
        remove(place, tag(key));
        // A value that has grown once is likely to grow again.
        append(key, value, bytes > room ? bytes + bytes / 8 : bytes, all);
        compact();
    }

    /**
     * Visits entries with the flag, oldest first, and clears it.
     *
     * @param maxBytes maximum size of the arrays visited; the last one is visited to its end
     */
    void settle(int flag, long maxBytes, Visitor visitor) {
        long leftBytes = maxBytes;
        for (HeapChunk chunk : chunks) {
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

    /** Visits entries other than deletions that are not on disk, and clears their flag. */
    void settleValues(Visitor visitor) {
        for (HeapChunk chunk : chunks) {
            for (int at = 0; chunk.someUnwrittenValue() && at < chunk.end(); at = chunk.behind(at)) {
                if (chunk.isUnwrittenValue(at)) {
                    chunk.lower(at, HeapChunk.UNWRITTEN);
                    visitor.visit(chunk.key(at), chunk.value(at));
                }
            }
        }
    }

    /** Visits entries with the flag. */
    void visit(int flag, Visitor visitor) {
        for (HeapChunk chunk : chunks) {
            for (int at = 0; chunk.some(flag) && at < chunk.end(); at = chunk.behind(at)) {
                if (chunk.flags(at, flag) != 0) {
                    visitor.visit(chunk.key(at), chunk.value(at));
                }
            }
        }
    }

    /**
     * Evicts the oldest array.
     *
     * @param mercy whether used entries get a second chance
     * @param log receives what is not in the changelog
     * @param write receives what is not on disk
     */
    void evict(boolean mercy, Visitor log, Visitor write) {
        HeapChunk oldest = chunks.getFirst();
        for (int at = 0; at < oldest.end(); at = oldest.behind(at)) {
            if (oldest.flags(at, HeapChunk.DEAD) == 0 && !(mercy && oldest.flags(at, HeapChunk.USED) != 0)) {
                if (oldest.flags(at, HeapChunk.UNLOGGED) != 0) {
                    log.visit(oldest.key(at), oldest.value(at));
                }
                if (oldest.flags(at, HeapChunk.UNWRITTEN) != 0) {
                    write.visit(oldest.key(at), oldest.value(at));
                }
                remove(place(oldest, at), tag(oldest.key(at)));
            }
        }
        leave(oldest);
    }

    /** Compacts arrays that are mostly garbage, once half of all bytes are. */
    private void compact() {
        if (deadBytes < MIN_CHUNK_BYTES || 2 * deadBytes < usedBytes) {
            return;
        }
        chunks.stream().filter(HeapChunk::sparse).toList().forEach(this::leave);
    }

    /** Copies the live entries of an array, except deletions that are already on disk, and releases it. */
    private void leave(HeapChunk chunk) {
        chunks.remove(chunk);
        for (int at = 0; at < chunk.end(); at = chunk.behind(at)) {
            if (chunk.flags(at, HeapChunk.DEAD) == 0) {
                byte[] key = chunk.key(at);
                byte[] value = chunk.value(at);
                int flags = chunk.flags(at, HeapChunk.UNLOGGED | HeapChunk.UNWRITTEN);
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

    /** Removes everything; changes neither in the changelog nor on disk are lost. */
    void clear() {
        chunks.clear();
        Arrays.fill(numbered, null);
        index.clear();
        deadBytes = 0;
        use(-usedBytes);
    }

    private void append(byte[] key, byte @Nullable [] value, int room, int flags) {
        HeapChunk chunk = chunks.peekLast();
        int extent = HeapChunk.extent(key.length, room);
        if (chunk == null || chunk.bytes() - chunk.end() < extent) {
            chunk = begin(extent);
        }
        int at = chunk.append(key, value, room, flags);
        long before = index.bytes();
        index.enter(tag(key), place(chunk, at));
        use(index.bytes() - before);
    }

    private HeapChunk begin(int extent) {
        int usual = Integer.highestOneBit((int) Math.min(MAX_CHUNK_BYTES, Math.max(MIN_CHUNK_BYTES, usedBytes / 4)));
        int number = 0;
        while (number < numbered.length && numbered[number] != null) {
            number++;
        }
        if (number == numbered.length) {
            numbered = Arrays.copyOf(numbered, 2 * number);
        }
        int bytes = Math.max(usual, extent);
        HeapChunk chunk = new HeapChunk(number, bytes == MAX_CHUNK_BYTES ? budget.array() : new byte[bytes]);
        numbered[number] = chunk;
        chunks.addLast(chunk);
        use(chunk.bytes());
        return chunk;
    }

    private void use(long bytes) {
        usedBytes += bytes;
        budget.use(bytes);
    }

    private void remove(long place, long tag) {
        deadBytes += chunk(place).kill(offset(place));
        index.remove(tag, place);
    }

    private static long tag(byte[] key) {
        return Utils.murmur2(key) >>> (Integer.SIZE - HeapIndex.TAG_BITS);
    }

    private static long place(HeapChunk chunk, int at) {
        return ((long) chunk.number() << OFFSET_BITS) | at;
    }

    private HeapChunk chunk(long place) {
        HeapChunk chunk = numbered[(int) (place >>> OFFSET_BITS)];
        if (chunk == null) {
            throw new IllegalStateException("the index leads to an array that was given up");
        }
        return chunk;
    }

    private static int offset(long place) {
        return (int) place & ((1 << OFFSET_BITS) - 1);
    }

    /**
     * An array of entries, with its fill level. An entry is its flags, key length, value capacity and value length, in
     * four bytes each; then key and value. Owned by one thread.
     */
    static final class HeapChunk {

        /** A change that is not in the changelog. */
        static final int UNLOGGED = 1;

        /** A change that is not on disk. */
        static final int UNWRITTEN = 2;

        /** An entry that was accessed. */
        static final int USED = 4;

        /** An entry that was moved or removed. */
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

        HeapChunk(int number, byte[] bytes) {
            this.number = number;
            this.bytes = bytes;
        }

        /** Returns the array; the chunk must not be used afterwards. */
        byte[] array() {
            return bytes;
        }

        /** Returns the size of an entry in bytes. */
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

        /** Returns whether less than half of it is live. */
        boolean sparse() {
            return 2 * liveBytes < end;
        }

        /** Returns whether any entry has {@link #UNLOGGED} or {@link #UNWRITTEN}. */
        boolean some(int flag) {
            return (flag == UNLOGGED ? unlogged : unwritten) > 0;
        }

        /** Returns whether any entry other than a deletion has {@link #UNWRITTEN}. */
        boolean someUnwrittenValue() {
            return unwrittenValues > 0;
        }

        boolean isUnwrittenValue(int at) {
            return flags(at, UNWRITTEN) != 0 && get(at + LENGTH) != DELETED;
        }

        /** Appends an entry; there must be enough space. */
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

        /** Marks an entry as dead; returns the bytes that become garbage. */
        int kill(int at) {
            lower(at, UNLOGGED | UNWRITTEN);
            set(at, DEAD);
            int bytes = behind(at) - at;
            liveBytes -= bytes;
            return bytes;
        }

        boolean contains(int at, byte[] key) {
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

        /** Returns those of the flags that the entry has. */
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
