package dev.redrive.codec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.codec.EnvelopeReader.EnvelopeReading;
import dev.redrive.codec.EnvelopeReader.EnvelopeReading.Problem;
import dev.redrive.config.ConfigLoader;
import dev.redrive.domain.classify.Envelope;
import dev.redrive.domain.classify.Envelope.EnvelopePointers;
import dev.redrive.domain.classify.Profile.Profiles;
import java.time.Instant;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@NullMarked
class EnvelopeReaderTest {

    private static final int MAX_CHARS = 10_000;
    private static final Profiles PROFILES = ConfigLoader.builtIn().profiles();
    private static final EnvelopePointers POINTERS =
            PROFILES.forService("music").envelope();
    private static final EnvelopeReader READER = new EnvelopeReader(PROFILES, MAX_CHARS);

    private static EnvelopeReading read(@Nullable String body) {
        return READER.read(POINTERS, body);
    }

    private static Envelope envelope(String body) {
        EnvelopeReading reading = read(body);
        assertThat(reading.problem()).isNull();
        return reading.envelope();
    }

    private static Envelope of(
            @Nullable String code, @Nullable String message, @Nullable String param, @Nullable String type) {
        return new Envelope(code, message, param, type, null, null, null);
    }

    @Test
    void shouldReadThePlatformsEnvelope() {
        assertThat(envelope("""
            {"success":false,"data":null,"error":{"code":"invalid_request","message":"prompt is required",
             "details":{"param":"prompt","type":"missing_required_field"}}}\
            """))
                .isEqualTo(of("invalid_request", "prompt is required", "prompt", "missing_required_field"));
    }

    @Test
    void shouldReadWhatTheConcurrencyGuardPutsBesideTheCode() {
        assertThat(envelope("""
            {"success":false,"data":null,"error":{"code":"CONCURRENT_GENERATION_LIMIT","message":"busy",
             "active_requests":3,"concurrency_limit":1}}\
            """))
                .isEqualTo(new Envelope("CONCURRENT_GENERATION_LIMIT", "busy", null, null, 3, 1, null));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                // The inner error alone.
                "{\"code\":\"INVALID_URL\",\"message\":\"m\"} | INVALID_URL | m | |",
                // OpenAI.
                "{\"error\":{\"message\":\"m\",\"type\":\"t\",\"param\":\"p\",\"code\":\"c\"}} | c | m | p | t",
                "{\"error\":{\"message\":\"m\",\"type\":\"t\",\"param\":null,\"code\":null}} | | m | | t",
                // RFC 9457.
                "{\"type\":\"https://e/x\",\"title\":\"T\",\"status\":400,\"detail\":\"D\"} | | D | | https://e/x",
                // Google.
                "{\"error\":{\"code\":429,\"message\":\"m\",\"status\":\"RESOURCE_EXHAUSTED\"}} | 429 | m | |",
                "{\"error\":{\"message\":\"m\",\"status\":\"RESOURCE_EXHAUSTED\"}} | RESOURCE_EXHAUSTED | m | |",
                // Text in place of an object, and an accepted job's message.
                "{\"error\":\"no such thing\"} | | no such thing | |",
                "{\"status\":\"failed\",\"error_message\":\"m\"} | | m | |",
                // A number keeps its digits.
                "{\"error\":{\"code\":4294967725}} | 4294967725 | | |",
                "{\"error\":{\"code\":429.0}} | | | |",
                // The whole as a string.
                "\"{\\\"error\\\":{\\\"code\\\":\\\"FORBIDDEN\\\"}}\" | FORBIDDEN | | |",
            })
    void shouldReadOtherShapes(
            String body,
            @Nullable String code,
            @Nullable String message,
            @Nullable String param,
            @Nullable String type) {
        assertThat(envelope(body)).isEqualTo(of(code, message, param, type));
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1",
        "'\"1\"', 1",
        "4294967725,",
        "-1,",
        "1.5,",
        "true,",
        "1e1,",
        "2147483647, 2147483647",
        "2147483648,"
    })
    void shouldNotTruncateCounts(String written, @Nullable Integer expected) {
        assertThat(envelope("{\"error\":{\"active_requests\":" + written + "}}").activeRequests())
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "0,", "-1,", "'\"0\"',", "2147483648,"})
    void shouldIgnoreALimitThatLetsNoJobRun(String written, @Nullable Integer expected) {
        assertThat(envelope("{\"error\":{\"code\":\"C\",\"concurrency_limit\":" + written + "}}"))
                .isEqualTo(new Envelope("C", null, null, null, null, expected, null));
    }

    @ParameterizedTest
    @CsvSource({
        "'\"2026-12-01T00:00:00Z\"', 2026-12-01T00:00:00Z",
        "'\"2026-12-01T02:00:00+02:00\"', 2026-12-01T00:00:00Z",
        "1796083200, 2026-12-01T00:00:00Z",
        "1796083200000, 2026-12-01T00:00:00Z",
        "'\"1796083200\"', 2026-12-01T00:00:00Z",
        "1796083200.0001, 2026-12-01T00:00:00.001Z",
        "'\"1796083200.5\"', 2026-12-01T00:00:00.500Z",
        "'\"Tue, 01 Dec 2026 00:00:00 GMT\"', 2026-12-01T00:00:00Z",
        "'\"2026-12-01 00:00:00 UTC\"', 2026-12-01T00:00:00Z",
        "1e400000000,",
        "1e-400000000,",
        "'\"tomorrow\"',",
        "99999999999999999999,",
        "-1,",
        "'\"+999999999-12-31T23:59:59Z\"',",
    })
    void shouldReadTheReset(String written, @Nullable Instant expected) {
        assertThat(envelope("{\"error\":{\"reset_at\":" + written + "}}").resetAt())
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "<html>502</html> | NOT_JSON",
                "{'error':1} | NOT_JSON",
                "{\"error\":NaN} | NOT_JSON",
                "{\"error\":{\"code\":\"A\",\"code\":\"B\"}} | DUPLICATE_KEY",
                "[] | NOT_AN_OBJECT",
                "[1, \"x\", [2]] | NOT_AN_OBJECT",
                "\"text\" | NOT_AN_OBJECT",
                "12 | NOT_AN_OBJECT",
                "null | NOT_AN_OBJECT",
            })
    void shouldSayWhyABodyCannotBeRead(String body, Problem problem) {
        assertThat(read(body)).isEqualTo(new EnvelopeReading(Envelope.EMPTY, problem));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                // A fault after the code.
                "{\"error\":{\"code\":\"A\"}} {} | NOT_JSON",
                "{\"error\":{\"code\":\"A\"}} trailing | NOT_JSON",
                "{\"error\":{\"code\":\"A\"} | NOT_JSON",
                "{\"error\":{\"code\":\"A\", | NOT_JSON",
                "{\"error\":{\"code\":\"A\",\"message\":\"cut in the mid…[cut] | NOT_JSON",
                "{\"error\":{\"code\":\"A\"},\"x\":oops} | NOT_JSON",
                "{\"error\":{\"code\":\"A\"},} | NOT_JSON",
                // One before it that can be passed over.
                "{\"x\":NaN,\"error\":{\"code\":\"A\"}} | NOT_JSON",
                "{\"x\":-Infinity,\"error\":{\"code\":\"A\"}} | NOT_JSON",
                "{\"x\":1,\"x\":2,\"error\":{\"code\":\"A\"}} | DUPLICATE_KEY",
                "{\"x\":[1],\"x\":[1],\"error\":{\"code\":\"A\"}} | DUPLICATE_KEY",
                "{\"x\":{\"y\":1},\"x\":3,\"error\":{\"code\":\"A\"}} | DUPLICATE_KEY",
                "{\"error\":{\"message\":\"m\",\"message\":\"n\",\"code\":\"A\"}} | DUPLICATE_KEY",
                "{\"error\":{\"code\":\"A\"},\"error\":{\"message\":\"m\"}} | DUPLICATE_KEY",
                "{\"error\":{\"code\":\"A\",\"code\":\"A\"}} | DUPLICATE_KEY",
                "{\"x\":1e99999999999,\"error\":{\"code\":\"A\"}} | BEYOND_LIMITS",
                // None at all.
                "[{\"code\":\"A\"}] |",
                "[[{\"error\":{\"code\":\"A\"}}]] |",
                "[{\"message\":\"m\"},7,{\"code\":\"A\"},{\"code\":\"B\"}] |",
                "{\"errors\":[{\"code\":\"A\"}]} |",
                "\uFEFF{\"code\":\"A\"} |",
                "\u00EF\u00BB\u00BF{\"code\":\"A\"} |",
                "\"\uFEFF[{\\\"code\\\":\\\"A\\\"}]\" |",
            })
    void shouldKeepTheCodeWhateverElseIsWrongWithTheBody(String body, @Nullable Problem problem) {
        EnvelopeReading reading = read(body);

        assertThat(reading.envelope().code()).isEqualTo("A");
        assertThat(reading.problem()).isEqualTo(problem);
    }

    @Test
    void shouldKeepTheCodeBesideWhatIsBeyondTheLimits() {
        String code = ",\"error\":{\"code\":\"A\"}}";

        assertThat(read("{\"x\":" + "[".repeat(4_000) + "]".repeat(4_000) + code))
                .isEqualTo(new EnvelopeReading(of("A", null, null, null), Problem.BEYOND_LIMITS));
        assertThat(read("{\"x\":" + "{\"a\":".repeat(40) + "1" + "}".repeat(40) + code))
                .isEqualTo(new EnvelopeReading(of("A", null, null, null), Problem.BEYOND_LIMITS));
        assertThat(read("{\"x\":" + "9".repeat(5_000) + code))
                .isEqualTo(new EnvelopeReading(of("A", null, null, null), Problem.BEYOND_LIMITS));
        assertThat(read("{\"" + "n".repeat(5_000) + "\":{\"a\":1}" + code))
                .isEqualTo(new EnvelopeReading(of("A", null, null, null), Problem.BEYOND_LIMITS));
        assertThat(read("{\"code\":\"A\",\"x\":\"" + "x".repeat(MAX_CHARS) + "\"}"))
                .isEqualTo(new EnvelopeReading(of("A", null, null, null), Problem.TOO_LARGE));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"INSUFFICIENT_CREDITS\"", "429"})
    void shouldNotTakeACodeThatWasCutForAnother(String code) {
        String body = "{\"x\":[1,{\"y\":\"z\"}],\"error\":{\"code\":" + code + ",\"message\":\"m\"}}";
        String whole = code.replace("\"", "");

        for (int length = 1; length < body.length(); length++) {
            assertThat(read(body.substring(0, length)).envelope().code()).isIn(null, whole);
            assertThat(read(body.substring(0, length) + "…[cut]").envelope().code())
                    .isIn(null, whole);
        }
    }

    @Test
    void shouldRefuseWhatIsBeyondItsLimits() {
        assertThat(read("{\"a\":".repeat(40) + "1" + "}".repeat(40)).problem()).isEqualTo(Problem.BEYOND_LIMITS);
        assertThat(read("{\"code\":" + "1".repeat(100) + "}").problem()).isEqualTo(Problem.BEYOND_LIMITS);
        assertThat(read("{\"message\":\"" + "x".repeat(MAX_CHARS) + "\"}").problem())
                .isEqualTo(Problem.TOO_LARGE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "  ", "\n"})
    void shouldTakeABlankBodyForNone(String body) {
        assertThat(read(body)).isEqualTo(new EnvelopeReading(Envelope.EMPTY, null));
        assertThat(read(null)).isEqualTo(new EnvelopeReading(Envelope.EMPTY, null));
    }

    @Test
    void shouldReplaceLoneSurrogatesAndCutLongTexts() {
        Envelope envelope = envelope("{\"code\":\"A\\ud800B\",\"message\":\"" + "😀".repeat(1500) + "\"}");

        assertThat(envelope.code()).isEqualTo("A\uFFFDB");
        assertThat(envelope.message()).isEqualTo("😀".repeat(1024));
        assertThat(envelope("{\"code\":\"" + "x".repeat(129) + "\"}").code()).isNull();
        assertThat(envelope("{\"code\":\"a\\nb\"}").code()).isNull();
    }

    @Test
    void shouldTryPointersOfAnotherProfile() {
        EnvelopePointers other = new EnvelopePointers(
                List.of("/fault/a~1b"), List.of(), List.of(), List.of(), List.of(), List.of(), List.of());

        assertThat(READER.read(other, "{\"fault\":{\"a/b\":\"X\"},\"code\":\"Y\"}")
                        .envelope()
                        .code())
                .isEqualTo("X");
    }

    @Property
    void shouldNeverFailWhateverTheBody(@ForAll String body) {
        assertThat(read(body)).isNotNull();
        assertThat(read("{\"error\":{\"code\":\"" + body + "\"}}")).isNotNull();
    }
}
