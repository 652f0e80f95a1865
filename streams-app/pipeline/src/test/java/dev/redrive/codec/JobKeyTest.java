package dev.redrive.codec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.domain.event.JobRef;
import java.util.Arrays;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.LongRange;
import org.apache.kafka.common.utils.Bytes;
import org.junit.jupiter.api.Test;

class JobKeyTest {

    /** Few letters, so that ids often differ only in where one ends and the next begins; and every valid character. */
    @Provide
    Arbitrary<JobRef> jobs() {
        Arbitrary<String> alike = Arbitraries.strings()
                .withChars("a\0\u0001é\uFFFD")
                .ofMinLength(1)
                .ofMaxLength(4);
        Arbitrary<String> any = Arbitraries.integers()
                .between(0, Character.MAX_CODE_POINT)
                .filter(point -> point < Character.MIN_SURROGATE || point > Character.MAX_SURROGATE)
                .map(Character::toString)
                .list()
                .ofMinSize(1)
                .ofMaxSize(DomainMapper.MAX_ID_CHARS / 2)
                .map(points -> String.join("", points));
        Arbitrary<String> ids =
                Arbitraries.frequencyOf(net.jqwik.api.Tuple.of(3, alike), net.jqwik.api.Tuple.of(1, any));
        return Combinators.combine(ids, ids).as(JobRef::new);
    }

    @Property(tries = 300)
    void shouldComeBackAsItWas(@ForAll("jobs") JobRef job, @ForAll @LongRange(min = 0, max = 1L << 50) long epochMs) {
        assertThat(JobKey.job(JobKey.bytes(job))).isEqualTo(job);
        byte[] timed = JobKey.timed(epochMs, job);
        assertThat(JobKey.timedJob(timed)).isEqualTo(job);
        assertThat(JobKey.epochMs(timed)).isEqualTo(epochMs);
    }

    @Property(tries = 1_000)
    void shouldShareBytesWithNoOtherJob(@ForAll("jobs") JobRef one, @ForAll("jobs") JobRef other) {
        assertThat(Arrays.equals(JobKey.bytes(one), JobKey.bytes(other))).isEqualTo(one.equals(other));
    }

    @Test
    void shouldTellWhereTheUserEndsAndTheJobBegins() {
        assertThat(JobKey.bytes(new JobRef("a", "bc"))).isNotEqualTo(JobKey.bytes(new JobRef("ab", "c")));
    }

    @Property(tries = 300)
    void shouldSortByTimeBeforeAnythingElse(
            @ForAll("jobs") JobRef one,
            @ForAll("jobs") JobRef other,
            @ForAll @LongRange(min = 0, max = 1L << 50) long epochMs) {
        Bytes sooner = Bytes.wrap(JobKey.timed(epochMs, one));
        Bytes later = Bytes.wrap(JobKey.timed(epochMs + 1, other));

        assertThat(sooner).isLessThan(later);
    }
}
