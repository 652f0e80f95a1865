package dev.redrive.serde;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.redrive.avro.JobFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.SchemaValidationException;
import org.apache.avro.SchemaValidator;
import org.apache.avro.SchemaValidatorBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Holds every schema FULL-compatible with every released version of it: old records rest in topics and delays, and
 * consumers are not all upgraded at once.
 */
class SchemaCompatibilityTest {

    private static final SchemaValidator FULL_TRANSITIVE =
            new SchemaValidatorBuilder().mutualReadStrategy().validateAll();

    static List<Schema> current() {
        return Released.CURRENT;
    }

    @ParameterizedTest
    @MethodSource("current")
    void shouldReadAndBeReadByEveryReleasedVersion(Schema schema) throws IOException {
        List<Schema> released = Released.schemas(schema.getName());

        assertThat(released).as("released versions of %s", schema.getName()).isNotEmpty();
        assertThatCode(() -> FULL_TRANSITIVE.validate(schema, released.stream().toList()))
                .doesNotThrowAnyException();
    }

    /** A changed schema is released by a copy in a new folder; this fails while that is missing. */
    @ParameterizedTest
    @MethodSource("current")
    void shouldHaveItsPresentShapeReleased(Schema schema) throws IOException {
        assertThat(Released.schemas(schema.getName()))
                .as("release it, see %s/README.md", Released.FOLDER)
                .extracting(SchemaNormalization::toParsingForm)
                .contains(SchemaNormalization.toParsingForm(schema));
    }

    @Test
    void shouldKnowEverySchemaThatIsWrittenDown() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("src/main/avro"))) {
            assertThat(Released.CURRENT.stream().map(schema -> schema.getName() + ".avsc"))
                    .containsExactlyInAnyOrderElementsOf(
                            files.map(file -> file.getFileName().toString()).toList());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a field without a default is added",
                "a field without a default is removed",
                "a type is narrowed",
                "a type is widened"
            })
    void shouldCatchAChangeThatIsNotCompatible(String change) throws IOException {
        String text = JobFailure.getClassSchema().toString();
        String userId = "{\"name\":\"userId\"," + between(text, "{\"name\":\"userId\",", "},{\"name\":\"jobId\"") + "}";
        String attempt = between(text, "\"name\":\"attempt\",", "\"doc\"");
        String changed = switch (change.toLowerCase(Locale.ROOT)) {
            case "a field without a default is added" ->
                text.replace(userId, userId + ",{\"name\":\"tenant\",\"type\":\"string\"}");
            case "a field without a default is removed" -> text.replace(userId + ",", "");
            case "a type is narrowed" -> text.replace("\"long\"", "\"int\"").replace("timestamp-millis", "x");
            case "a type is widened" -> text.replace(attempt, attempt.replace("int", "long"));
            default -> throw new IllegalArgumentException(change);
        };
        assertThat(changed).isNotEqualTo(text);

        assertThatThrownBy(() ->
                        FULL_TRANSITIVE.validate(new Schema.Parser().parse(changed), Released.schemas("JobFailure")))
                .isInstanceOf(SchemaValidationException.class);
    }

    @Test
    void shouldAllowAFieldWithADefault() throws SchemaValidationException, IOException {
        String text = JobFailure.getClassSchema().toString();
        int end = text.lastIndexOf("]}");
        String changed = text.substring(0, end)
                + ",{\"name\":\"region\",\"type\":[\"null\",\"string\"],\"default\":null}"
                + text.substring(end);

        FULL_TRANSITIVE.validate(new Schema.Parser().parse(changed), Released.schemas("JobFailure"));
    }

    private static String between(String text, String start, String end) {
        int from = text.indexOf(start) + start.length();
        return text.substring(from, text.indexOf(end, from));
    }
}
