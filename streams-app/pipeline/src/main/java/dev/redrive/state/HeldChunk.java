package dev.redrive.state;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * An array of entries, and how much of it is used. Each entry is flags, the length of the key, the room for the value and
 * the length of the value, in four bytes each; then key and value. One thread owns it.
 */
final class HeldChunk {

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
        return get(at + KEY_LENGTH) == key.length && Arrays.equals(bytes, from, from + key.length, key, 0, key.length);
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
