package dev.redrive.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.domain.stats.Windows.Count;
import dev.redrive.domain.stats.Windows.Part;
import dev.redrive.state.RateStore.PartKey;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class PartKeyTest {

    @Provide
    Arbitrary<Part> parts() {
        Arbitrary<String> names = Arbitraries.strings()
                .withChars("ab/\u0001é\uFFFD")
                .withCharRange('가', '나')
                .ofMaxLength(5);
        return Combinators.combine(
                        Arbitraries.longs().between(0, 1L << 45),
                        Arbitraries.of(Count.Kind.values()),
                        Arbitraries.of(true, false),
                        names,
                        names,
                        names,
                        names)
                .as(Part::new);
    }

    @Property(tries = 300)
    void shouldComeBackAsItWas(@ForAll("parts") Part part) {
        assertThat(PartKey.part(PartKey.bytes(part))).isEqualTo(part);
    }

    @Property(tries = 300)
    void shouldShareBytesWithNoOtherPart(@ForAll("parts") Part one, @ForAll("parts") Part other) {
        assertThat(java.util.Arrays.equals(PartKey.bytes(one), PartKey.bytes(other)))
                .isEqualTo(one.equals(other));
    }

    @Test
    void shouldKeepTheCodesOfStoredKeys() {
        assertThat(Count.Kind.values())
                .extracting(kind -> PartKey.bytes(new Part(0, kind, false, "", "", "", ""))[10])
                .containsExactly((byte) 0, (byte) 1, (byte) 2);
    }

    @Property(tries = 100)
    void shouldTakeAZeroInANameAsASpace(@ForAll("parts") Part part) {
        Part zero = new Part(part.windowStartMs(), part.kind(), part.late(), "a\0b", "", part.word(), part.code());

        assertThat(PartKey.part(PartKey.bytes(zero)).service()).isEqualTo("a b");
    }
}
