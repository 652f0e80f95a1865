package dev.redrive.serde;

import java.io.EOFException;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.io.DatumReader;
import org.jspecify.annotations.Nullable;

/** Reads records in the wire format, keeping one prepared reader for each schema id. Belongs to one thread. */
final class RecordReader<T> {

    private static final int MAX_PREPARED = 256;

    private final RegistryClient registry;
    private final ReaderFactory<T> factory;
    private final Map<Integer, Prepared<T>> prepared = new HashMap<>();
    private final WireDecoder decoder = new WireDecoder();
    private @Nullable Prepared<T> last;

    /** Makes the reader of records that were written with a schema. */
    interface ReaderFactory<T> {

        /**
         * Makes the reader.
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

    /** What the registry says of an id it does not know may change, so only what follows from a schema is kept. */
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
}
