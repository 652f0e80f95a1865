package dev.redrive.server.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.redrive.server.index.Filter.Field;
import dev.redrive.server.index.Filter.FilterException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FilterTest {

    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

    @Test
    void shouldReadRepeatedKeysAsOrAndNegatedOnesAsNot() throws FilterException {
        Filter filter = Filter.parse("code:A code:\"B C\" -user:u\\1 label.team:x since:1h state:open", NOW);

        assertThat(filter.of(Field.CODE).allowed()).containsExactly("A", "B C");
        assertThat(filter.of(Field.USER).excluded()).containsExactly("u\\1");
        assertThat(filter.labels()).containsEntry("team", new Filter.Values(List.of("x"), List.of()));
        assertThat(filter.since()).isEqualTo(NOW.minusSeconds(3600));
        assertThat(filter.of(Field.STATE).allowed()).containsExactly("OPEN");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "code",
                "code:",
                ":A",
                "-:A",
                "colour:red",
                "code:\"A",
                "code:\"A\\",
                "state:LOST",
                "status:4xx",
                "since:yesterday",
                "since:1h since:2h",
                "-since:1h",
                "since:9999999d",
                "since:+1000000000-12-31T23:59:59Z",
                "label.:x",
                "code:\"\""
            })
    void shouldRefuseWhatIsNoFilter(String text) {
        assertThatThrownBy(() -> Filter.parse(text, NOW)).isInstanceOf(FilterException.class);
    }

    @Test
    void shouldBoundTextAndTerms() throws FilterException {
        String long50 = "user:u ".repeat(Filter.MAX_TERMS);

        assertThat(Filter.parse(long50, NOW).of(Field.USER).allowed()).containsExactly("u");
        assertThatThrownBy(() -> Filter.parse(long50 + "user:u", NOW)).hasMessageContaining("50 terms");
        assertThatThrownBy(() -> Filter.parse("user:" + "u".repeat(Filter.MAX_CHARS), NOW))
                .hasMessageContaining("2000 characters");
    }

    @Property
    void shouldParseItsOwnTextToAnEqualFilterAtAnyTime(@ForAll("filters") Filter filter) throws FilterException {
        assertThat(Filter.parse(filter.toString(), NOW.plusSeconds(86_400))).isEqualTo(filter);
    }

    @Provide
    Arbitrary<Filter> filters() {
        Arbitrary<String> values = Arbitraries.strings()
                .withChars("aZ9 \"\\:-.\t\u00e4\ud83d\ude00'%_")
                .ofMinLength(1)
                .ofMaxLength(8);
        Arbitrary<String> keys = Arbitraries.of("code", "class", "user", "batch", "group", "label.x", "label.y");
        Arbitrary<String> terms = Combinators.combine(Arbitraries.of("", "-"), keys, values)
                .as((not, key, value) ->
                        not + key + ":\"" + value.replace("\\", "\\\\").replace("\"", "\\\"") + "\"");
        Arbitrary<String> times = Arbitraries.of("since:1h", "until:2026-01-01T00:00:00.5Z", "state:DISCARDED");
        return Combinators.combine(terms.list().ofMaxSize(8), times.set().ofMaxSize(3))
                .as((some, more) -> {
                    List<String> all = new ArrayList<>(some);
                    all.addAll(more);
                    try {
                        return Filter.parse(String.join(" ", all), NOW);
                    } catch (FilterException e) {
                        throw new AssertionError(e);
                    }
                });
    }
}
