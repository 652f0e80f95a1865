package dev.redrive.cli;

import dev.redrive.serde.RegistryUnavailableException;
import dev.redrive.serde.UndecodableException;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;

/** Decodes the values of one topic, and counts those that cannot be decoded. Used by one thread. */
final class RecordValues<T extends SpecificRecord> implements AutoCloseable {

    private final Deserializer<T> values;
    private long undecodable;

    RecordValues(PipelineClients clients, Connection connection, Class<T> type) {
        this(clients.values(connection, type));
    }

    RecordValues(Deserializer<T> values) {
        this.values = values;
    }

    /**
     * The value; {@code null} where it cannot be decoded.
     *
     * @throws CommandFailure if the registry does not answer
     */
    @Nullable
    T read(String topic, byte[] bytes) {
        try {
            return values.deserialize(topic, bytes);
        } catch (UndecodableException e) {
            undecodable++;
            return null;
        } catch (RegistryUnavailableException e) {
            throw new CommandFailure(Reason.REGISTRY_UNREACHABLE, "the schema registry: " + e.getMessage(), e);
        }
    }

    /** Says what was left out, if anything was. */
    void tellUndecodable(Terminal terminal) {
        if (undecodable > 0) {
            terminal.message(undecodable + " records could not be decoded and are left out");
        }
    }

    @Override
    public void close() {
        values.close();
    }
}
