package dev.redrive.codec;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PrintableTest {

    @ParameterizedTest
    @ValueSource(strings = {"", "plain, with \"quotes\" and \\", "Größe – 日本語 😀 é", "a❤️b", "\u00a0"})
    void shouldLeaveWhatIsVisible(String text) {
        assertThat(Printable.line(text)).isSameAs(text);
    }

    @Test
    void shouldEscapeWhatATerminalObeysAndWhatHidesOrReordersText() {
        assertThat(Printable.line("a\u001b[2Jb\u009b1mc\u007f")).isEqualTo("a\\u001b[2Jb\\u009b1mc\\u007f");
        assertThat(Printable.line("a\nb\r\tc\u0085d\u2028e\u2029"))
                .isEqualTo("a\\u000ab\\u000d\\u0009c\\u0085d\\u2028e\\u2029");
        assertThat(Printable.line("\u202eevil\u2066\u200f\u061c")).isEqualTo("\\u202eevil\\u2066\\u200f\\u061c");
        assertThat(Printable.line("u\u200b1\u200d\ufeff\u00ad\u3164"))
                .isEqualTo("u\\u200b1\\u200d\\ufeff\\u00ad\\u3164");
        assertThat(Printable.line("\ud800x\udb40\udc41y\udfff")).isEqualTo("\\ud800x\\udb40\\udc41y\\udfff");
    }

    @Test
    void shouldKeepJsonValidAndItsMeaning() throws Exception {
        StringBuilder all = new StringBuilder();
        for (char unit = 0; unit < Character.MIN_SURROGATE; unit++) {
            all.append(unit);
        }
        all.append("\udb40\udc41😀");
        JsonMapper mapper = new JsonMapper();
        String json = mapper.writeValueAsString(Map.of("id", all.toString()));

        String printed = Printable.line(json);

        assertThat(printed.codePoints())
                .noneMatch(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT);
        assertThat(mapper.readTree(printed).get("id").textValue()).isEqualTo(all.toString());
    }
}
