package dev.redrive.state;

import dev.redrive.codec.JobKey;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * Inputs of a task whose schema cannot be fetched yet, in the order of their arrival, and all later inputs of the same
 * keys: the order per key is kept, and other keys continue. Entries stay until they are processed, however long the
 * registry is unavailable.
 *
 * <p>At most {@link #MAX_INPUTS} with {@link #MAX_BYTES} in total wait. Owned by the task's thread.
 */
public final class WaitingInputs {

    /** Maximum number of waiting inputs. */
    public static final int MAX_INPUTS = 1_000;

    /** Maximum total size of waiting inputs, as stored. */
    public static final int MAX_BYTES = 8 << 20;

    private static final byte[] PREFIX = "waiting-input/".getBytes(StandardCharsets.UTF_8);
    private static final int VERSION = 1;

    /** Magic byte and id of the wire format. */
    private static final int SCHEMA_BYTES = 5;

    private final KeyValueStore<Bytes, byte[]> marks;
    private final int maxInputBytes;
    private final Deque<Entry> entries = new ArrayDeque<>();
    private final Map<ByteBuffer, Integer> keys = new HashMap<>();
    private final Map<ByteBuffer, Integer> schemas = new HashMap<>();
    private long bytes;
    private long nextNumber;

    /** The in-memory part of one input. */
    private record Entry(
            long number, ByteBuffer key, @Nullable ByteBuffer schema, int bytes) {}

    /**
     * One input.
     *
     * @param topic its topic
     * @param partition its partition
     * @param offset its offset
     * @param timestampMs its record's timestamp, epoch milliseconds
     * @param key its key
     * @param value its value
     * @param headers its headers
     * @param unread whether its own schema is missing; otherwise it waits for an earlier one of its key
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Waiting(
            String topic,
            int partition,
            long offset,
            long timestampMs,
            byte[] key,
            byte[] value,
            Headers headers,
            boolean unread)
            implements RecordMetadata {

        private Waiting withoutHeaders() {
            return new Waiting(topic, partition, offset, timestampMs, key, value, new RecordHeaders(), unread);
        }
    }

    /**
     * Creates a view of the marks.
     *
     * @param maxInputBytes maximum size of one stored input; a larger one is stored without its headers
     */
    public WaitingInputs(KeyValueStore<Bytes, byte[]> marks, int maxInputBytes) {
        this.marks = marks;
        this.maxInputBytes = maxInputBytes;
        try (KeyValueIterator<Bytes, byte[]> all = marks.range(Bytes.wrap(PREFIX), Bytes.wrap(JobKey.behind(PREFIX)))) {
            while (all.hasNext()) {
                var entry = all.next();
                long number = ByteBuffer.wrap(entry.key.get(), PREFIX.length, Long.BYTES)
                        .getLong();
                Waiting input = decode(entry.value);
                admit(number, input, entry.value.length);
            }
        }
    }

    /** Returns the number of waiting inputs. */
    public int size() {
        return entries.size();
    }

    /** Returns whether an earlier input of a key waits. */
    public boolean containsKey(byte @Nullable [] key) {
        return key != null && !keys.isEmpty() && keys.containsKey(ByteBuffer.wrap(key));
    }

    /** Returns whether an input waits for the schema of a value. */
    public boolean containsSchema(byte @Nullable [] value) {
        return value != null && !schemas.isEmpty() && schemas.containsKey(schema(value));
    }

    /**
     * Appends an input.
     *
     * @return whether there was room
     */
    public boolean add(Waiting input) {
        byte[] encoded = encode(input);
        if (encoded.length > maxInputBytes) {
            encoded = encode(input.withoutHeaders());
        }
        if (encoded.length > maxInputBytes || entries.size() >= MAX_INPUTS || bytes + encoded.length > MAX_BYTES) {
            return false;
        }
        long number = nextNumber;
        admit(number, input, encoded.length);
        marks.put(name(number), encoded);
        return true;
    }

    /**
     * Returns the input that has waited longest.
     *
     * @throws java.util.NoSuchElementException if none waits
     */
    public Waiting first() {
        byte[] encoded = marks.get(name(entries.getFirst().number));
        if (encoded == null) {
            throw new IllegalStateException("an input that waits is not in its store");
        }
        return decode(encoded);
    }

    /** Removes the input that has waited longest. */
    public void removeFirst() {
        Entry first = entries.removeFirst();
        marks.put(name(first.number), null);
        bytes -= first.bytes;
        keys.computeIfPresent(first.key, (key, count) -> count == 1 ? null : count - 1);
        if (first.schema != null) {
            schemas.computeIfPresent(first.schema, (schema, count) -> count == 1 ? null : count - 1);
        }
    }

    private void admit(long number, Waiting input, int encodedBytes) {
        ByteBuffer schema = input.unread ? schema(input.value) : null;
        Entry entry = new Entry(number, ByteBuffer.wrap(input.key), schema, encodedBytes);
        entries.addLast(entry);
        keys.merge(entry.key, 1, Integer::sum);
        if (schema != null) {
            schemas.merge(schema, 1, Integer::sum);
        }
        bytes += encodedBytes;
        nextNumber = number + 1;
    }

    private static ByteBuffer schema(byte[] value) {
        return ByteBuffer.wrap(Arrays.copyOf(value, Math.min(value.length, SCHEMA_BYTES)));
    }

    private static Bytes name(long number) {
        return Bytes.wrap(ByteBuffer.allocate(PREFIX.length + Long.BYTES)
                .put(PREFIX)
                .putLong(number)
                .array());
    }

    private static byte[] encode(Waiting input) {
        ByteArrayOutputStream encoded = new ByteArrayOutputStream(256 + input.value.length);
        try (DataOutputStream out = new DataOutputStream(encoded)) {
            out.writeByte(VERSION);
            out.writeUTF(input.topic);
            out.writeInt(input.partition);
            out.writeLong(input.offset);
            out.writeLong(input.timestampMs);
            write(out, input.key);
            write(out, input.value);
            out.writeBoolean(input.unread);
            Header[] headers = input.headers.toArray();
            out.writeInt(headers.length);
            for (Header header : headers) {
                write(out, header.key().getBytes(StandardCharsets.UTF_8));
                write(out, header.value());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return encoded.toByteArray();
    }

    private static void write(DataOutputStream out, byte @Nullable [] part) throws IOException {
        out.writeInt(part == null ? -1 : part.length);
        if (part != null) {
            out.write(part);
        }
    }

    private static Waiting decode(byte[] encoded) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(encoded))) {
            if (in.readByte() != VERSION) {
                throw new IllegalStateException("an input that waits was stored by a newer version");
            }
            String topic = in.readUTF();
            int partition = in.readInt();
            long offset = in.readLong();
            long timestampMs = in.readLong();
            byte[] key = in.readNBytes(in.readInt());
            byte[] value = in.readNBytes(in.readInt());
            boolean unread = in.readBoolean();
            Headers headers = new RecordHeaders();
            for (int left = in.readInt(); left > 0; left--) {
                String name = new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
                int length = in.readInt();
                headers.add(name, length < 0 ? null : in.readNBytes(length));
            }
            return new Waiting(topic, partition, offset, timestampMs, key, value, headers, unread);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
