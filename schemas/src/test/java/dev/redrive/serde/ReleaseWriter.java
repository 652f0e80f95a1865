package dev.redrive.serde;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import org.apache.avro.Schema;
import org.apache.avro.SchemaFormatter;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Serializer;
import org.junit.jupiter.api.Test;

/**
 * Writes the present schemas and the samples' bytes as a release. No test by its name, so only who asks for it runs it:
 * {@code mvn -pl schemas test -Dtest=ReleaseWriter -Drelease=v1}.
 */
class ReleaseWriter {

    @Test
    void shouldWriteWhatTheReleasesBeforeDoNotHave() throws IOException {
        String release = System.getProperty("release", "");
        assertThat(release).matches("v[1-9][0-9]*");
        Path folder = Files.createDirectories(Released.FOLDER.resolve(release));
        Map<String, String> golden = new TreeMap<>();
        for (SpecificRecord sample : Samples.ALL) {
            Schema schema = Models.withoutJavaProperties(sample.getSchema());
            Path file = folder.resolve(schema.getName() + ".avsc");
            Files.deleteIfExists(file);
            if (!Released.schemas(schema.getName()).contains(schema)) {
                Files.writeString(file, SchemaFormatter.format("json/pretty", schema) + "\n");
                golden.put(schema.getName(), HexFormat.of().formatHex(bytes(sample)));
            }
        }
        StringBuilder lines = new StringBuilder();
        golden.forEach((name, hex) -> lines.append(name).append('=').append(hex).append('\n'));
        Files.writeString(Path.of("src/test/resources/golden", release + ".properties"), lines);
    }

    private static byte[] bytes(SpecificRecord sample) {
        try (Serializer<SpecificRecord> serializer = new AvroSerializer<>()) {
            String name = sample.getSchema().getName();
            serializer.configure(Map.of("schema.registry.url", "mock://release-" + name), false);
            return serializer.serialize("topic", sample);
        }
    }
}
