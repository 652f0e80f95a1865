package dev.redrive.cli;

import org.apache.avro.generic.GenericRecord;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.serialization.Deserializer;

/** Makes the clients that commands use; tests give others. The caller closes what it gets. */
interface PipelineClients {

    /** @throws CommandFailure if broker or registry do not answer */
    Producer<String, SpecificRecord> producer(Connection connection);

    /** @throws CommandFailure if no broker answers */
    Consumer<byte[], byte[]> consumer(Connection connection);

    /** @throws CommandFailure if the registry does not answer */
    Deserializer<GenericRecord> values(Connection connection);

    /** @throws CommandFailure if the registry does not answer */
    <T extends SpecificRecord> Deserializer<T> values(Connection connection, Class<T> type);
}
