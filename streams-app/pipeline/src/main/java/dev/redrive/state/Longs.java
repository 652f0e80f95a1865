package dev.redrive.state;

import java.nio.ByteBuffer;

/** Numbers as eight bytes, big-endian, which is the order of range scans for numbers that are not negative. */
final class Longs {

    private Longs() {}

    static byte[] toBytes(long value) {
        return ByteBuffer.allocate(Long.BYTES).putLong(value).array();
    }

    static long fromBytes(byte[] bytes) {
        return ByteBuffer.wrap(bytes).getLong();
    }
}
