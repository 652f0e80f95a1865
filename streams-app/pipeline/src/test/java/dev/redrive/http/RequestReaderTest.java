package dev.redrive.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.redrive.http.HttpHandler.HttpCall;
import dev.redrive.http.HttpHandler.HttpError;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestReaderTest {

    private static final int MAX_BODY = 16;
    private static final String HEAD = "POST /a/b%20c?q=1&r HTTP/1.1\r\nHost: h\r\nX-A: 1\r\nx-a:  2 \r\n";

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 10_000})
    void shouldReadTheSameHoweverTheBytesArrive(int step) throws HttpError {
        String plain = HEAD + "Content-Length: 5\r\n\r\nhello";
        String chunked = HEAD + "Transfer-Encoding: chunked\r\n\r\n2;x=y\r\nhe\r\n03\r\nllo\r\n0\r\nT: 1\r\n\r\n";

        for (String text : new String[] {plain, chunked}) {
            HttpCall call = Objects.requireNonNull(read(text, step));

            assertThat(call.method()).isEqualTo("POST");
            assertThat(call.path()).isEqualTo("/a/b%20c");
            assertThat(call.query()).isEqualTo("q=1&r");
            assertThat(call.header("x-a")).isEqualTo("1, 2");
            assertThat(new String(call.body(), StandardCharsets.UTF_8)).isEqualTo("hello");
        }
    }

    @Test
    void shouldNotBeCompleteBeforeItsLastByte() throws HttpError {
        String text = HEAD + "Content-Length: 5\r\n\r\nhello";

        for (int length = 0; length < text.length(); length++) {
            assertThat(read(text.substring(0, length), 10_000)).isNull();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GET / HTTP/2.0~~ | 400 | MALFORMED_REQUEST",
                "GET http://h/ HTTP/1.1~~ | 400 | MALFORMED_REQUEST",
                "GET /a b HTTP/1.1~~ | 400 | MALFORMED_REQUEST",
                "get / HTTP/1.1~~ | 400 | MALFORMED_REQUEST",
                "GET / HTTP/1.1~~ | 400 | HOST_MISSING",
                "GET / HTTP/1.1~Host: a~Host: b~~ | 400 | REPEATED_HEADER",
                "GET / HTTP/1.1~Host : a~~ | 400 | MALFORMED_HEADER",
                "GET / HTTP/1.1~Host: a~ folded~~ | 400 | MALFORMED_HEADER",
                "GET / HTTP/1.0~Content-Length: +1~~ | 400 | MALFORMED_LENGTH",
                "GET / HTTP/1.0~Content-Length: 17~~ | 413 | BODY_TOO_LARGE",
                "GET / HTTP/1.0~Content-Length: 1~Content-Length: 2~~ | 400 | REPEATED_HEADER",
                "GET / HTTP/1.0~Content-Length: 1~Transfer-Encoding: chunked~~ | 400 | TWO_LENGTHS",
                "GET / HTTP/1.0~Transfer-Encoding: gzip~~ | 501 | UNKNOWN_TRANSFER_ENCODING",
                "GET / HTTP/1.0~Transfer-Encoding: chunked~~11~ | 413 | BODY_TOO_LARGE",
                "GET / HTTP/1.0~Transfer-Encoding: chunked~~ffffffffffffffffffff~ | 413 | BODY_TOO_LARGE",
                "GET / HTTP/1.0~Transfer-Encoding: chunked~~9~123456789~9~ | 413 | BODY_TOO_LARGE",
                "GET / HTTP/1.0~Transfer-Encoding: chunked~~-1~ | 400 | MALFORMED_CHUNK",
                "GET / HTTP/1.0~Transfer-Encoding: chunked~~~ | 400 | MALFORMED_CHUNK",
                "GET / HTTP/1.0~Transfer-Encoding: chunked~~1~12~ | 400 | MALFORMED_CHUNK",
            })
    void shouldRefuseWhatCanBeReadInTwoWays(String text, int status, String reason) {
        HttpError error = catchThrowableOfType(HttpError.class, () -> read(text.replace("~", "\r\n"), 1));

        assertThat(error).isNotNull();
        assertThat(error.status()).isEqualTo(status);
        assertThat(error.reason()).isEqualTo(reason);
    }

    @Test
    void shouldBoundTheHead() {
        HttpError error = catchThrowableOfType(
                HttpError.class, () -> read("GET / HTTP/1.1\r\nA: " + "a".repeat(RequestReader.MAX_HEAD_BYTES), 1000));

        assertThat(error.status()).isEqualTo(431);
    }

    private static @Nullable HttpCall read(String text, int step) throws HttpError {
        RequestReader reader = new RequestReader(MAX_BODY);
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        for (int at = 0; at < bytes.length; at += step) {
            reader.take(ByteBuffer.wrap(bytes, at, Math.min(step, bytes.length - at)));
        }
        return reader.call();
    }
}
