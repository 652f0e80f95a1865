package dev.redrive.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RedactionTest {

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void shouldMaskWhatThePointersName() {
        Redaction redaction = new Redaction(List.of("/customer/email", "/a~1b", "/items/-/key", "/list/0", "/absent"));

        assertThat(redaction.shown(bytes("{\"customer\":{\"email\":\"a@b\",\"id\":1},\"a/b\":{\"x\":1},"
                        + "\"items\":[{\"key\":1},{\"key\":2,\"n\":3}],\"list\":[\"s\",\"t\"]}")))
                .isEqualTo(
                        "{\"customer\":{\"email\":\"********\",\"id\":1},\"a/b\":\"********\","
                                + "\"items\":[{\"key\":\"********\"},{\"key\":\"********\",\"n\":3}],\"list\":[\"********\",\"t\"]}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "email=a@b", "{\"email\":\"a@b\"", "{\"email\":1,\"email\":2}", "{} trailing"})
    void shouldShowNothingOfWhatItCannotRead(String payload) {
        assertThat(new Redaction(List.of("/email")).shown(bytes(payload))).isNull();
    }

    @Test
    void shouldShowEverythingWhereNothingIsToBeMasked() {
        assertThat(new Redaction(List.of()).shown(bytes("email=a@b"))).isEqualTo("email=a@b");
    }
}
