package dev.redrive.state;

import dev.redrive.domain.stats.Windows.Count;
import dev.redrive.domain.stats.Windows.Part;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Encodes a part of a sum: window, service and operation first, so that a range scan finds all parts of an operation in
 * a window; names end with a zero byte, which they may not contain.
 */
public final class PartKey {

    private static final byte END = 0;

    private PartKey() {}

    /** Returns the bytes of a part. */
    public static byte[] bytes(Part part) {
        byte[] head = prefix(part.windowStartMs(), part.service(), part.operation());
        byte[] word = name(part.word());
        byte[] code = name(part.code());
        return ByteBuffer.allocate(head.length + 2 + word.length + code.length + 2)
                .put(head)
                .put(code(part.kind()))
                .put((byte) (part.late() ? 1 : 0))
                .put(word)
                .put(END)
                .put(code)
                .put(END)
                .array();
    }

    /** Returns the prefix of all parts of an operation in a window. */
    public static byte[] prefix(long windowStartMs, String service, String operation) {
        byte[] first = name(service);
        byte[] second = name(operation);
        return ByteBuffer.allocate(8 + first.length + second.length + 2)
                .putLong(windowStartMs)
                .put(first)
                .put(END)
                .put(second)
                .put(END)
                .array();
    }

    /**
     * Decodes a part.
     *
     * @throws IllegalArgumentException if the bytes are not those of a part
     */
    public static Part part(byte[] key) {
        Part part;
        try {
            part = read(ByteBuffer.wrap(key));
        } catch (BufferUnderflowException e) {
            throw new IllegalArgumentException("the bytes of a part end too early", e);
        }
        if (!Arrays.equals(bytes(part), key)) {
            throw new IllegalArgumentException("the bytes are not those of a part");
        }
        return part;
    }

    private static Part read(ByteBuffer in) {
        long windowStartMs = in.getLong();
        String service = name(in);
        String operation = name(in);
        Count.Kind kind = kind(in.get());
        boolean late = in.get() == 1;
        return new Part(windowStartMs, kind, late, service, operation, name(in), name(in));
    }

    /** Part of stored keys, so it must not change. */
    private static byte code(Count.Kind kind) {
        return switch (kind) {
            case FAILURE -> 0;
            case SUBMITTED -> 1;
            case DEAD_LETTER -> 2;
        };
    }

    private static Count.Kind kind(byte code) {
        for (Count.Kind kind : Count.Kind.values()) {
            if (code(kind) == code) {
                return kind;
            }
        }
        throw new IllegalArgumentException("no kind of count has the code " + code);
    }

    private static byte[] name(String name) {
        return name.replace('\0', ' ').getBytes(StandardCharsets.UTF_8);
    }

    private static String name(ByteBuffer in) {
        int start = in.position();
        while (in.get() != END) {
            // up to the end of the name
        }
        return new String(in.array(), in.arrayOffset() + start, in.position() - 1 - start, StandardCharsets.UTF_8);
    }

    /** Numbers as eight bytes, big-endian, so that range scans return non-negative numbers in order. */
    static final class Longs {

        private Longs() {}

        static byte[] toBytes(long value) {
            return ByteBuffer.allocate(Long.BYTES).putLong(value).array();
        }

        static long fromBytes(byte[] bytes) {
            return ByteBuffer.wrap(bytes).getLong();
        }
    }
}
