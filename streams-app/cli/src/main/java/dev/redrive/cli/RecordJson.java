package dev.redrive.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.redrive.codec.NaturalJson;
import dev.redrive.serde.RegistryUnavailableException;
import dev.redrive.serde.UndecodableException;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;

/** A Kafka record as one line of JSON. Used by one thread. */
final class RecordJson {

    private static final DateTimeFormatter MILLIS =
            new DateTimeFormatterBuilder().appendInstant(3).toFormatter();

    private final JsonFactory factory = new JsonFactory();
    private final NaturalJson naturalJson = new NaturalJson();
    private final @Nullable Deserializer<GenericRecord> values;
    private final boolean valueOnly;

    /**
     * Makes a writer.
     *
     * @param values decodes the values; {@code null} shows them as base64
     * @param valueOnly leave out everything but the value
     */
    RecordJson(@Nullable Deserializer<GenericRecord> values, boolean valueOnly) {
        this.values = values;
        this.valueOnly = valueOnly;
    }

    /** @throws CommandFailure if the registry does not answer */
    String line(ConsumerRecord<byte[], byte[]> record) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = factory.createGenerator(text)) {
            if (valueOnly) {
                json.writeRawValue(value(record.topic(), record.value()));
            } else {
                envelope(record, json);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    private void envelope(ConsumerRecord<byte[], byte[]> record, JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeStringField("topic", record.topic());
        json.writeNumberField("partition", record.partition());
        json.writeNumberField("offset", record.offset());
        json.writeStringField("timestamp", MILLIS.format(Instant.ofEpochMilli(record.timestamp())));
        json.writeFieldName("key");
        text(record.key(), json);
        json.writeObjectFieldStart("headers");
        // JSON objects hold a name once; of a header that stands twice, Kafka's readers take the last.
        Map<String, byte @Nullable []> headers = new LinkedHashMap<>();
        for (Header header : record.headers()) {
            headers.put(header.key(), header.value());
        }
        for (Map.Entry<String, byte @Nullable []> header : headers.entrySet()) {
            json.writeFieldName(header.getKey());
            text(header.getValue(), json);
        }
        json.writeEndObject();
        json.writeFieldName("value");
        json.writeRawValue(value(record.topic(), record.value()));
        json.writeEndObject();
    }

    /** The value as JSON; what cannot be decoded is shown as base64 beside the reason. */
    private String value(String topic, byte @Nullable [] bytes) {
        if (bytes == null) {
            return "null";
        }
        if (values == null) {
            return undecoded(bytes, null);
        }
        try {
            GenericRecord value = values.deserialize(topic, bytes);
            return value == null ? "null" : naturalJson.write(value);
        } catch (UndecodableException e) {
            return undecoded(bytes, e.reason().name());
        } catch (IllegalArgumentException e) {
            return undecoded(bytes, "UNSUPPORTED_SCHEMA");
        } catch (RegistryUnavailableException e) {
            throw new CommandFailure(Reason.REGISTRY_UNREACHABLE, "the schema registry: " + e.getMessage(), e);
        }
    }

    private static String undecoded(byte[] bytes, @Nullable String reason) {
        String base64 = "\"base64\":\"" + Base64.getEncoder().encodeToString(bytes) + "\"";
        return reason == null ? "{" + base64 + "}" : "{\"undecodable\":\"" + reason + "\"," + base64 + "}";
    }

    private static void text(byte @Nullable [] bytes, JsonGenerator json) throws IOException {
        if (bytes == null) {
            json.writeNull();
            return;
        }
        try {
            json.writeString(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString());
        } catch (CharacterCodingException e) {
            json.writeRawValue(undecoded(bytes, null));
        }
    }
}
