package dev.redrive.cli;

import dev.redrive.cli.CommandFailure.Reason;
import dev.redrive.serde.AvroSerdes;
import dev.redrive.serde.AvroSerializer;
import dev.redrive.serde.GenericAvroDeserializer;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Creates the clients that commands use; tests replace them. The caller closes them. */
interface PipelineClients {

    /** @throws CommandFailure if broker or registry does not answer */
    Producer<String, SpecificRecord> producer(Connection connection);

    /** @throws CommandFailure if no broker answers */
    Consumer<byte[], byte[]> consumer(Connection connection);

    /** @throws CommandFailure if the registry does not answer */
    Deserializer<GenericRecord> values(Connection connection);

    /** @throws CommandFailure if the registry does not answer */
    <T extends SpecificRecord> Deserializer<T> values(Connection connection, Class<T> type);

    /** The real Kafka clients. */
    static final class Kafka implements PipelineClients {

        /** Max. time of one request to a broker. */
        private static final int CALL_TIMEOUT_MS = 4_000;

        /** Max. time from publishing a record to its acknowledgement; long enough for a broker's restart. */
        private static final int DELIVERY_TIMEOUT_MS = 60_000;

        private static final int FETCH_MAX_BYTES = 8 << 20;

        @Override
        public Producer<String, SpecificRecord> producer(Connection connection) {
            Reachability.requireRegistry(connection);
            Reachability.requireBroker(connection);
            Map<String, Object> config = connection.clientConfig();
            config.putIfAbsent("client.id", "redrive-publish");
            config.put("max.block.ms", DELIVERY_TIMEOUT_MS);
            config.put("request.timeout.ms", CALL_TIMEOUT_MS);
            config.put("delivery.timeout.ms", DELIVERY_TIMEOUT_MS);
            config.put("linger.ms", 10);
            config.put("acks", "all");
            config.put("enable.idempotence", true);
            return made(() -> {
                AvroSerializer<SpecificRecord> values = new AvroSerializer<>();
                values.configure(connection.serdeConfig(), false);
                return new KafkaProducer<>(config, new StringSerializer(), values);
            });
        }

        @Override
        public Consumer<byte[], byte[]> consumer(Connection connection) {
            Reachability.requireBroker(connection);
            Map<String, Object> config = connection.clientConfig();
            config.putIfAbsent("client.id", "redrive-tail");
            config.put("isolation.level", "read_committed");
            config.put("enable.auto.commit", false);
            config.put("auto.offset.reset", "earliest");
            config.put("allow.auto.create.topics", false);
            config.put("default.api.timeout.ms", CALL_TIMEOUT_MS);
            config.put("request.timeout.ms", CALL_TIMEOUT_MS);
            config.put("fetch.max.bytes", FETCH_MAX_BYTES);
            config.put("fetch.max.wait.ms", 100);
            return made(() -> new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer()));
        }

        @Override
        public Deserializer<GenericRecord> values(Connection connection) {
            Reachability.requireRegistry(connection);
            return made(() -> {
                GenericAvroDeserializer values = new GenericAvroDeserializer();
                values.configure(connection.serdeConfig(), false);
                return values;
            });
        }

        @Override
        public <T extends SpecificRecord> Deserializer<T> values(Connection connection, Class<T> type) {
            Reachability.requireRegistry(connection);
            return made(() -> AvroSerdes.deserializer(type, connection.serdeConfig()));
        }

        private static <T> T made(Supplier<T> client) {
            try {
                return client.get();
            } catch (KafkaException e) {
                Throwable cause = e.getCause() == null ? e : e.getCause();
                throw new CommandFailure(Reason.CONFIG_INVALID, "the client cannot be made: " + cause.getMessage(), e);
            }
        }
    }
}
