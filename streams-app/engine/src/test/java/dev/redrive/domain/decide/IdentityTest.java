package dev.redrive.domain.decide;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.domain.event.JobRef;
import java.util.List;
import java.util.UUID;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Keys and ids that are a function of what they name. */
class IdentityTest {

    @Test
    void shouldNeverChangeTheKeysOfRunningJobs() {
        assertThat(StableIds.idempotencyKey(new JobRef("user-1", "job-1"), 0))
                .isEqualTo("9fdcf346-fdfa-5e69-9232-2c2039f239f0");
        assertThat(StableIds.uuid("dead-letter", "user-1", "job-1", "1").toString())
                .isEqualTo("e1fd2086-4e86-5a78-8731-3f651bc90a84");
    }

    @Test
    void shouldBeUuidsOfVersion5() {
        UUID key = UUID.fromString(StableIds.idempotencyKey(new JobRef("u", "j"), 3));

        assertThat(key.version()).isEqualTo(5);
        assertThat(key.variant()).isEqualTo(2);
    }

    @Test
    void shouldTellApartWhatPlainJoiningOrEncodingWouldConfuse() {
        List<JobRef> jobs = List.of(
                new JobRef("a", "bc"),
                new JobRef("ab", "c"),
                new JobRef("a\0", "bc"),
                new JobRef("a", "\0bc"),
                new JobRef("a?", "b"),
                new JobRef("a\uD800", "b"),
                new JobRef("a\uD801", "b"),
                new JobRef("a\uDC00", "b"),
                new JobRef("a\uFFFD", "b"),
                // The same bytes, one in UTF-16 and one in UTF-8.
                new JobRef("\uD880", "b"),
                new JobRef("\u0600", "b"),
                new JobRef("\u00e9", "b"),
                new JobRef("e\u0301", "b"));

        assertThat(jobs.stream().map(job -> StableIds.idempotencyKey(job, 0))).doesNotHaveDuplicates();
    }

    @Property
    void shouldGiveDifferentJobsDifferentKeys(
            @ForAll("ids") String user,
            @ForAll("ids") String job,
            @ForAll("ids") String otherUser,
            @ForAll("ids") String otherJob) {
        JobRef one = new JobRef(user, job);
        JobRef other = new JobRef(otherUser, otherJob);
        Assume.that(!one.equals(other));

        assertThat(StableIds.idempotencyKey(one, 0)).isNotEqualTo(StableIds.idempotencyKey(other, 0));
    }

    @Property
    void shouldGiveEverySubmissionItsOwnKeyAndTheSameOneEachTime(
            @ForAll("ids") String user, @ForAll("ids") String job, @ForAll @IntRange(max = 1000) int epoch) {
        JobRef ref = new JobRef(user, job);

        assertThat(StableIds.idempotencyKey(ref, epoch))
                .isEqualTo(StableIds.idempotencyKey(new JobRef(user, job), epoch))
                .isNotEqualTo(StableIds.idempotencyKey(ref, epoch + 1));
    }

    @Property
    void shouldKeepKindsAndNumbersOfPartsApart(@ForAll("ids") String one, @ForAll("ids") String two) {
        assertThat(List.of(
                        StableIds.uuid("alert", one, two),
                        StableIds.uuid("dead-letter", one, two),
                        StableIds.uuid("alert", one + two),
                        StableIds.uuid("alert", one, two, "")))
                .doesNotHaveDuplicates();
    }

    /** Short ids over few characters, so that near misses are frequent; lone surrogates among them. */
    @Provide
    Arbitrary<String> ids() {
        return Arbitraries.strings()
                .withChars('a', '?', ':', '\0', '\uD800', '\uDC00', '\uFFFD', '\u00e9')
                .ofMinLength(1)
                .ofMaxLength(4);
    }
}
