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
    void shouldTryASendAgainSoonerThanATransactionLasts() throws Exception {
        assertThat(producer("").getLong(ProducerConfig.RETRY_BACKOFF_MS_CONFIG)).isEqualTo(10);
        assertThat(producer("").getLong(ProducerConfig.RETRY_BACKOFF_MAX_MS_CONFIG))
                .isEqualTo(1_000);
    }

    @ParameterizedTest
    @ValueSource(strings = {"retry.backoff.ms: 200", "producer.retry.backoff.ms: 200"})
    void shouldLeaveTheOperatorsOwn(String property) throws Exception {
        assertThat(producer(property).getLong(ProducerConfig.RETRY_BACKOFF_MS_CONFIG))
                .isEqualTo(200);
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
