package dev.redrive.domain.decide;

import static dev.redrive.domain.decide.Decisions.DECIDER;
import static dev.redrive.domain.decide.Decisions.decide;
import static dev.redrive.domain.decide.Decisions.reason;
import static dev.redrive.domain.decide.Decisions.retry;
import static dev.redrive.domain.decide.Failures.FAILED_AT;
import static dev.redrive.domain.decide.Failures.JOB;
import static dev.redrive.domain.decide.Failures.NOW;
import static dev.redrive.domain.decide.Failures.POLICY;
import static dev.redrive.domain.decide.Failures.POST;
import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.domain.classify.Classification.Disposition;
import dev.redrive.domain.classify.FailureClass;
import dev.redrive.domain.classify.FailureFacts;
import dev.redrive.domain.classify.FailureFacts.Cause;
import dev.redrive.domain.classify.Profile.KeyPolicy;
import dev.redrive.domain.decide.Decider.Progress;
import dev.redrive.domain.decide.Decision.Submission;
import dev.redrive.domain.decide.RetryPolicy.BeyondMaxDelay;
import dev.redrive.domain.event.Input.JobFailed;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@NullMarked
class DeciderSafetyTest {

    @Nested
    class Safety {

        private final Failures bare = POST.key(null);

        @ParameterizedTest
        @CsvSource({
            "NETWORK,",
            "TIMEOUT,",
            "UNKNOWN,",
            "RESPONSE,",
            "RESPONSE, 408",
            "RESPONSE, 409",
            "RESPONSE, 500",
            "RESPONSE, 503",
            "RESPONSE, 504",
            "RESPONSE, 302"
        })
        void shouldNotRetryWhatMayHaveRunWithoutAKey(Cause cause, @Nullable Integer status) {
            Failures failure = bare.cause(cause, status);

            Decision decision = decide(failure);

            assertThat(reason(decision)).isEqualTo(DeadLetterReason.UNSAFE_WITHOUT_IDEMPOTENCY_KEY);
            assertThat(((Decision.DeadLetter) decision).idempotencyKey()).isNull();
            assertThat(reason(decide(failure.method("PATCH"))))
                    .isEqualTo(DeadLetterReason.UNSAFE_WITHOUT_IDEMPOTENCY_KEY);
            assertThat(decide(failure.method("PUT"))).isInstanceOf(Decision.Retry.class);
            assertThat(decide(failure.key("key-1"))).isInstanceOf(Decision.Retry.class);
        }

        @ParameterizedTest
        @ValueSource(ints = {200, 302, 408, 409, 460, 499, 500, 524, 599})
        void shouldTakeAStatusForAmbiguousWhereverTheWorkMayHaveBeenDone(int status) {
            FailureFacts facts =
                    new FailureFacts(null, status, Cause.RESPONSE, "POST", "music", "music.song.generate", false);

            assertThat(facts.unsafeToRepeat(FailureClass.TRANSIENT)).isTrue();
        }

        @ParameterizedTest
        @ValueSource(ints = {429, 425})
        void shouldDeriveAKeyWhereTheRequestWasCertainlyRefused(int status) {
            Decision.Retry retry = retry(decide(bare.status(status)));

            assertThat(retry.idempotencyKey()).isEqualTo(StableIds.idempotencyKey(JOB, 0));
            assertThat(retry.epoch()).isZero();
        }

        @Test
        void shouldRetryUnsafelyOnlyWhenConfiguredTo() {
            Decider reckless = Failures.decider(
                    Failures.policy(BeyondMaxDelay.PARK, true), KeyPolicy.SAME, Disposition.DEAD_LETTER);

            assertThat(retry(reckless.judge(bare.attempt(1), Progress.NONE, null, NOW)
                                    .decision())
                            .idempotencyKey())
                    .isEqualTo(StableIds.idempotencyKey(JOB, 0));
        }

        @Test
        void shouldCountAReleasedKeyAsCarried() {
            Progress released = new Progress(1, 0, 0, FAILED_AT, "key-0", 0, false, true, false, false);
            Progress notReleased = new Progress(1, 0, 0, FAILED_AT, "key-0", 0, false, false, false, false);

            assertThat(retry(decide(bare, released)).idempotencyKey()).isEqualTo("key-0");
            assertThat(reason(decide(bare, notReleased))).isEqualTo(DeadLetterReason.UNSAFE_WITHOUT_IDEMPOTENCY_KEY);
        }

        @Test
        void shouldTakeABlankKeyForNone() {
            assertThat(reason(decide(POST.key(" ")))).isEqualTo(DeadLetterReason.UNSAFE_WITHOUT_IDEMPOTENCY_KEY);
        }
    }

    @Nested
    class Keys {

        @Test
        void shouldKeepTheKeyThatTheRequestCarriedWhateverWasKnownBefore() {
            Decision.Retry retry =
                    retry(decide(POST, new Progress(1, 0, 0, FAILED_AT, "key-0", 2, false, true, false, false)));

            assertThat(retry.idempotencyKey()).isEqualTo("key-1");
            assertThat(retry.epoch()).isEqualTo(2);
        }

        @Test
        void shouldStartANewSubmissionWhenTheFormerOneEnded() {
            Decision.Retry retry = retry(decide(POST.cause(Cause.ASYNC, 200).key(null)));

            assertThat(retry.epoch()).isEqualTo(1);
            assertThat(retry.idempotencyKey()).isEqualTo(StableIds.idempotencyKey(JOB, 1));
        }

        @Test
        void shouldTakeANewKeyAfterAServerErrorWhereTheApiReplaysThem() {
            Decider replayed = Failures.decider(POLICY, KeyPolicy.NEW, Disposition.DEAD_LETTER);

            assertThat(retry(replayed.judge(POST.attempt(1), Progress.NONE, null, NOW)
                                    .decision())
                            .epoch())
                    .isEqualTo(1);
            assertThat(retry(replayed.judge(POST.cause(Cause.TIMEOUT, null).attempt(1), Progress.NONE, null, NOW)
                                    .decision())
                            .idempotencyKey())
                    .isEqualTo("key-1");
        }

        @Test
        void shouldNameTheSubmissionForARedrive() {
            JobFailed refused = POST.status(400).attempt(1);
            JobFailed ended = POST.cause(Cause.ASYNC, null).attempt(3);

            assertThat(DECIDER.nextSubmission(refused, Progress.NONE, false)).isEqualTo(new Submission("key-1", 0));
            assertThat(DECIDER.nextSubmission(refused, Progress.NONE, true))
                    .isEqualTo(new Submission(StableIds.idempotencyKey(JOB, 1), 1));
            assertThat(DECIDER.nextSubmission(ended, Progress.NONE, false).epoch())
                    .isEqualTo(1);
        }
    }
}
