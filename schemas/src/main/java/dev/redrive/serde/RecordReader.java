package dev.redrive.serde;

import dev.redrive.serde.UndecodableException.UndecodableReason;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.io.DatumReader;
import org.apache.avro.io.Decoder;
import org.apache.avro.util.Utf8;
import org.jspecify.annotations.Nullable;

/** Reads records in the wire format, with one prepared reader for each schema id. Not thread-safe. */
final class RecordReader<T> {

    private static final int MAX_PREPARED = 256;

    private final RegistryClient registry;
    private final ReaderFactory<T> factory;
    private final Map<Integer, Prepared<T>> prepared = new HashMap<>();
    private final WireDecoder decoder = new WireDecoder();
    private @Nullable Prepared<T> last;

    /** Creates readers of records that were written with a schema. */
    interface ReaderFactory<T> {

        /**
         * Creates the reader.
         *
         * @throws UndecodableException if records of that schema cannot be read
         */
        DatumReader<T> reader(Schema writer) throws IOException;
    }

    private record Prepared<T>(
            int id,
            @Nullable DatumReader<T> reader,
            @Nullable UndecodableException refusal) {}

    RecordReader(RegistryClient registry, ReaderFactory<T> factory) {
        this.registry = registry;
        this.factory = factory;
    }

    T read(byte[] bytes) {
        int id = WireFormat.schemaId(bytes);
        Prepared<T> found = last;
        if (found == null || found.id != id) {
            found = prepare(id);
            last = found;
        }
        DatumReader<T> reader = found.reader;
        if (reader == null) {
            UndecodableException refusal = found.refusal;
            throw refusal == null
                    ? new UndecodableException(UndecodableReason.INCOMPATIBLE_SCHEMA, "id " + id)
                    : refusal;
        }
        return decode(reader, bytes, id);
    }

    private T decode(DatumReader<T> reader, byte[] bytes, int id) {
        decoder.reset(bytes, WireFormat.HEADER_BYTES);
        try {
            @SuppressWarnings("NullAway") // no record to reuse
            T value = reader.read(null, decoder);
            if (decoder.remaining() > 0) {
                throw new UndecodableException(
                        UndecodableReason.TRAILING_BYTES,
                        decoder.remaining() + " bytes after the record, schema id " + id);
            }
            return value;
        } catch (EOFException e) {
            throw new UndecodableException(UndecodableReason.TRUNCATED, e.getMessage() + ", schema id " + id, e);
        } catch (UndecodableException e) {
            throw e;
        } catch (IOException | RuntimeException | StackOverflowError e) {
            throw new UndecodableException(UndecodableReason.CORRUPT, "schema id " + id, e);
        } finally {
            decoder.clear();
        }
    }

    /** The registry's answer for an unknown id may change, so only results for known schemas are cached. */
    private Prepared<T> prepare(int id) {
        Prepared<T> known = prepared.get(id);
        if (known != null) {
            return known;
        }
        Schema writer = registry.schema(id);
        Prepared<T> fresh;
        try {
            fresh = new Prepared<>(id, factory.reader(writer), null);
        } catch (UndecodableException e) {
            fresh = new Prepared<>(id, null, e);
        } catch (IOException | RuntimeException | StackOverflowError e) {
            fresh = new Prepared<>(
                    id, null, new UndecodableException(UndecodableReason.INCOMPATIBLE_SCHEMA, "schema id " + id, e));
        }
        if (prepared.size() >= MAX_PREPARED) {
            prepared.clear();
        }
        prepared.put(id, fresh);
        return fresh;
    }

    /**
     * Reads Avro's binary encoding (Avro 1.12 specification, "Binary encoding") from an array of untrusted data.
     *
     * <p>Avro's own decoder allocates the declared length, bounded only by settings of the whole process. Here the
     * length of text or bytes is at most the number of remaining bytes, and all collections of a record together have
     * at most as many items as the record has bytes, plus {@value #MAX_EMPTY_ITEMS}, since items such as nulls have no
     * bytes. So a crafted value's cost in memory and time is bounded by its own size. Text must be UTF-8. Not
     * thread-safe.
     */
    static final class WireDecoder extends Decoder {

        private static final byte[] EMPTY = {};

        private static final int MAX_EMPTY_ITEMS = 1_024;

        private byte[] bytes = EMPTY;
        private int position;
        private long itemsLeft;

        /** Starts at a position of an array, which is not copied. */
        void reset(byte[] data, int start) {
            bytes = data;
            position = start;
            itemsLeft = (long) data.length - start + MAX_EMPTY_ITEMS;
        }

        /** Releases the array. */
        void clear() {
            bytes = EMPTY;
            position = 0;
            itemsLeft = 0;
        }

        int remaining() {
            return bytes.length - position;
        }

        @Override
        public void readNull() {
            // null has no bytes
        }

        @Override
        public boolean readBoolean() throws IOException {
            byte value = next();
            if (value != 0 && value != 1) {
                throw new AvroRuntimeException("a boolean is 0 or 1");
            }
            return value == 1;
        }

        @Override
        public int readInt() throws IOException {
            long value = readLong();
            if (value != (int) value) {
                throw new AvroRuntimeException("a number has more than 32 bits");
            }
            return (int) value;
        }

        @Override
        public long readLong() throws IOException {
            long encoded = 0;
            for (int shift = 0; shift < 64; shift += 7) {
                byte part = next();
                encoded |= (part & 0x7FL) << shift;
                if (part >= 0) {
                    if (shift == 63 && part > 1) {
                        break;
                    }
                    return encoded >>> 1 ^ -(encoded & 1);
                }
            }
            throw new AvroRuntimeException("a number has more than 64 bits");
        }

        @Override
        public float readFloat() throws IOException {
            return Float.intBitsToFloat(littleEndian(Float.BYTES).getInt());
        }

        @Override
        public double readDouble() throws IOException {
            return Double.longBitsToDouble(littleEndian(Double.BYTES).getLong());
        }

        @Override
        public Utf8 readString(@Nullable Utf8 old) throws IOException {
            return new Utf8(readString());
        }

        @Override
        public String readString() throws IOException {
            int length = readLength();
            int start = position;
            position += length;
            String text = new String(bytes, start, length, StandardCharsets.UTF_8);
            if (text.indexOf('\uFFFD') >= 0) {
                requireUtf8(start, length);
            }
            return text;
        }

        @Override
        public void skipString() throws IOException {
            skipBytes();
        }

        @Override
        public ByteBuffer readBytes(@Nullable ByteBuffer old) throws IOException {
            int length = readLength();
            int start = position;
            position += length;
            return ByteBuffer.wrap(Arrays.copyOfRange(bytes, start, start + length));
        }

        @Override
        public void skipBytes() throws IOException {
            int length = readLength();
            position += length;
        }

        @Override
        public void readFixed(byte[] target, int start, int length) throws IOException {
            require(length);
            System.arraycopy(bytes, position, target, start, length);
            position += length;
        }

        @Override
        public void skipFixed(int length) throws IOException {
            require(length);
            position += length;
        }

        @Override
        public int readEnum() throws IOException {
            return readInt();
        }

        @Override
        public long readArrayStart() throws IOException {
            return readCount();
        }

        @Override
        public long arrayNext() throws IOException {
            return readCount();
        }

        @Override
        public long skipArray() throws IOException {
            return skipBlocks();
        }

        @Override
        public long readMapStart() throws IOException {
            return readCount();
        }

        @Override
        public long mapNext() throws IOException {
            return readCount();
        }

        @Override
        public long skipMap() throws IOException {
            return skipBlocks();
        }

        @Override
        public int readIndex() throws IOException {
            return readInt();
        }

        private byte next() throws EOFException {
            if (position >= bytes.length) {
                throw new EOFException("the record ends early");
            }
            return bytes[position++];
        }

        private int readLength() throws IOException {
            long length = readLong();
            require(length);
            return (int) length;
        }

        /** Reads the head of a block of items: a count, or a negated count and the block's length in bytes. */
        private long readCount() throws IOException {
            long count = readLong();
            if (count < 0) {
                count = -count;
                require(readLong());
            }
            spend(count);
            return count;
        }

        private long skipBlocks() throws IOException {
            long count = readLong();
            while (count < 0) {
                int length = readLength();
                position += length;
                count = readLong();
            }
            spend(count);
            return count;
        }

        /** Counts items against the limit of the whole record. */
        private void spend(long count) throws EOFException {
            if (count < 0) {
                throw new AvroRuntimeException("a count is negative");
            }
            if (count > itemsLeft) {
                throw new EOFException("the record claims more items than it has bytes");
            }
            itemsLeft -= count;
        }

        private void require(long length) throws EOFException {
            if (length < 0) {
                throw new AvroRuntimeException("a length is negative");
            }
            if (length > bytes.length - position) {
                throw new EOFException("a length goes beyond the record's end");
            }
        }

        private ByteBuffer littleEndian(int length) throws EOFException {
            require(length);
            ByteBuffer part = ByteBuffer.wrap(bytes, position, length).order(ByteOrder.LITTLE_ENDIAN);
            position += length;
            return part;
        }

        private void requireUtf8(int start, int length) {
            try {
                StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, start, length));
            } catch (CharacterCodingException e) {
                throw new AvroRuntimeException("a text is not UTF-8");
            }
        }
    }
}
