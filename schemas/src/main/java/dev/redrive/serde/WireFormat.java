package dev.redrive.serde;

import dev.redrive.serde.UndecodableException.UndecodableReason;

/** The five bytes before a record: a zero byte, then the schema's id, big-endian. */
final class WireFormat {

    static final byte MAGIC = 0;
    static final int HEADER_BYTES = 5;

    private WireFormat() {}

    /** @throws UndecodableException {@code NO_MAGIC_BYTE}, {@code TOO_SHORT}, {@code UNKNOWN_SCHEMA_ID} if negative */
    static int schemaId(byte[] bytes) {
        if (bytes.length > 0 && bytes[0] != MAGIC) {
            throw new UndecodableException(
                    UndecodableReason.NO_MAGIC_BYTE, "the value begins with " + bytes[0] + ", not with 0");
        }
        if (bytes.length < HEADER_BYTES) {
            throw new UndecodableException(UndecodableReason.TOO_SHORT, "the value has " + bytes.length + " bytes");
        }
        int id = (bytes[1] & 0xFF) << 24 | (bytes[2] & 0xFF) << 16 | (bytes[3] & 0xFF) << 8 | (bytes[4] & 0xFF);
        requireId(id);
        return id;
    }

    /** Rejects negative ids without a call: no registry assigns them, and its response is undefined. */
    static void requireId(int id) {
        if (id < 0) {
            throw new UndecodableException(
                    UndecodableReason.UNKNOWN_SCHEMA_ID, "schema id " + id + " is negative; the registry is not asked");
        }
    }

    static void writeHeader(byte[] bytes, int id) {
        bytes[0] = MAGIC;
        bytes[1] = (byte) (id >>> 24);
        bytes[2] = (byte) (id >>> 16);
        bytes[3] = (byte) (id >>> 8);
        bytes[4] = (byte) id;
    }
}
