package dev.redrive.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.config.ConfigLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StreamsPropertiesTest {

    @TempDir
    Path directory;

    @Test
    void shouldGiveUpASendWhenItsTransactionIsAborted() throws Exception {
        ProducerConfig producer = producer("");

        assertThat(producer.getInt(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG))
                .isEqualTo(producer.getInt(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG));
    }

    @ParameterizedTest
    @ValueSource(strings = {"request.timeout.ms: 30000", "producer.request.timeout.ms: 30000"})
    void shouldNotContradictALongerRequestTimeout(String property) throws Exception {
        assertThat(producer(property).getInt(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG))
                .isEqualTo(31_000);
    }

    @ParameterizedTest
    @ValueSource(strings = {"delivery.timeout.ms: 60000", "producer.delivery.timeout.ms: 60000"})
    void shouldLeaveTheOperatorsOwn(String property) throws Exception {
        assertThat(producer(property).getInt(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG))
                .isEqualTo(60_000);
    }

    /** What Kafka makes of it, which refuses contradictions. */
    private ProducerConfig producer(String property) throws Exception {
        Path file = Files.writeString(
                directory.resolve("redrive.yaml"),
                "kafka:\n  bootstrapServers: [\"localhost:9092\"]\n"
                        + (property.isEmpty() ? "" : "  properties:\n    " + property + "\n"));
        Map<String, Object> streams =
                StreamsProperties.of(Wiring.runtime(ConfigLoader.load(file, Map.of()), "it"), null);
        Map<String, Object> producer = new HashMap<>(new StreamsConfig(streams).getProducerConfigs("it"));
        producer.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        producer.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        return new ProducerConfig(producer);
    }
}
