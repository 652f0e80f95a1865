package dev.redrive.domain.user;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.redrive.domain.classify.Classification;
import dev.redrive.domain.classify.Classification.Disposition;
import dev.redrive.domain.classify.Envelope;
import dev.redrive.domain.classify.FailureClass;
import dev.redrive.domain.classify.FailureFacts.Cause;
import dev.redrive.domain.decide.RetryHint.RateLimitHint;
import dev.redrive.domain.event.Input.AccountChanged;
import dev.redrive.domain.event.Input.AccountChanged.Kind;
import dev.redrive.domain.event.Input.Carried;
import dev.redrive.domain.event.Input.JobFailed;
import dev.redrive.domain.event.JobRef;
import dev.redrive.domain.user.Quota.Status;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UserLearningTest {

    private static final Instant T0 = Instant.parse("2026-11-22T12:00:00Z");
    private static final Instant NOW = T0.plusSeconds(600);
    private static final RateLimitHint NO_RATES = new RateLimitHint("music", null, null, null, null);

    private static UserState failed(UserState user, FailureClass failureClass, Envelope envelope, int second) {
        return failed(user, failureClass, envelope, NO_RATES, second);
    }

    private static UserState failed(
            UserState user, FailureClass failureClass, Envelope envelope, RateLimitHint rates, int second) {
        JobFailed failure = new JobFailed(
                new JobRef("u", "j"),
                1,
                "music",
                "song",
                Cause.RESPONSE,
                500,
                envelope,
                Map.of(),
                null,
                T0.plusSeconds(second),
                Carried.NONE);
        Classification classification =
                new Classification("rule", "v", failureClass, Disposition.RETRY, null, envelope.code(), false);
        return UserLearning.fromFailure(
                user,
                failure,
                classification,
                rates,
                new UserLearning.Sight(false, null),
                JobLengths.FIRST,
                Duration.ofMinutes(1),
                NOW);
    }

    private static int limit(UserState user) {
        return Objects.requireNonNull(user.concurrency().limit()).value();
    }

    private static Envelope concurrency(int active, int limit) {
        return new Envelope("CONCURRENT_GENERATION_LIMIT", null, null, null, active, limit, null);
    }

    private static Envelope money(String code, @Nullable Instant resetAt) {
        return new Envelope(code, null, null, null, null, null, resetAt);
    }

    private static AccountChanged change(Kind kind, int second) {
        return new AccountChanged("u", kind, null, null, null, null, T0.plusSeconds(second));
    }

    private static UserState spent(int second) {
        return failed(UserState.NEW, FailureClass.QUOTA_EXHAUSTED, money("INSUFFICIENT_CREDITS", null), second);
    }

    @Test
    void shouldNotLetOlderNewsOverwriteNewer() {
        UserState newer = failed(UserState.NEW, FailureClass.CONCURRENCY_LIMITED, concurrency(2, 3), 10);
        UserState after = failed(newer, FailureClass.TRANSIENT, concurrency(9, 9), 5);

        assertThat(limit(after)).isEqualTo(3);
        assertThat(after.concurrency().reported()).isEqualTo(2);
        assertThat(Objects.requireNonNull(after.lastFailure()).failureClass())
                .isEqualTo(FailureClass.CONCURRENCY_LIMITED);
    }

    @Test
    void shouldLearnNewerLimitsFromFailuresAndAccounts() {
        UserState user = failed(UserState.NEW, FailureClass.CONCURRENCY_LIMITED, concurrency(1, 1), 1);
        AccountChanged raised = new AccountChanged("u", Kind.PLAN_CHANGED, "pro", 5, null, null, T0.plusSeconds(2));
        user = UserLearning.fromAccount(user, raised, NOW);
        assertThat(limit(user)).isEqualTo(5);
        assertThat(user.plan()).isEqualTo("pro");

        user = failed(user, FailureClass.CONCURRENCY_LIMITED, concurrency(4, 4), 3);
        assertThat(limit(user)).isEqualTo(4);
    }

    @ParameterizedTest
    @CsvSource({
        "EXHAUSTED,    ALLOWANCE_RESET,   AVAILABLE",
        "EXHAUSTED,    PLAN_CHANGED,      AVAILABLE",
        "EXHAUSTED,    SPEND_CAP_CHANGED, EXHAUSTED",
        "EXHAUSTED,    LIMITS_CHANGED,    EXHAUSTED",
        "SPEND_CAPPED, ALLOWANCE_RESET,   SPEND_CAPPED",
        "SPEND_CAPPED, PLAN_CHANGED,      AVAILABLE",
        "SPEND_CAPPED, SPEND_CAP_CHANGED, AVAILABLE",
        "SPEND_CAPPED, LIMITS_CHANGED,    SPEND_CAPPED",
        "AVAILABLE,    ALLOWANCE_RESET,   AVAILABLE",
    })
    void shouldMoveTheQuotaByWhatChanged(Status before, Kind kind, Status after) {
        UserState user = switch (before) {
            case EXHAUSTED -> spent(1);
            case SPEND_CAPPED ->
                failed(UserState.NEW, FailureClass.SPEND_CAPPED, money("SPENDING_LIMIT_EXCEEDED", null), 1);
            case AVAILABLE -> UserState.NEW;
        };

        Quota quota = UserLearning.fromAccount(user, change(kind, 2), NOW).quota();

        assertThat(quota.status()).isEqualTo(after);
        assertThat(quota.reason()).isEqualTo(before == after ? user.quota().reason() : null);
    }

    @Test
    void shouldStaySpentWhenTheResetWasBeforeTheFailure() {
        UserState user = UserLearning.fromAccount(spent(10), change(Kind.ALLOWANCE_RESET, 5), NOW);

        assertThat(user.quota().status()).isEqualTo(Status.EXHAUSTED);
        assertThat(user.quota().remaining()).isZero();
    }

    @Test
    void shouldNotBeSpentAgainByAFailureFromBeforeTheReset() {
        UserState user = UserLearning.fromAccount(spent(1), change(Kind.ALLOWANCE_RESET, 10), NOW);
        user = failed(user, FailureClass.QUOTA_EXHAUSTED, money("INSUFFICIENT_CREDITS", null), 5);

        assertThat(user.quota().status()).isEqualTo(Status.AVAILABLE);
    }

    @Test
    void shouldLearnThatTheAllowanceIsSpentThoughLimitsChangedLater() {
        UserState user = UserLearning.fromAccount(
                UserState.NEW,
                new AccountChanged("u", Kind.LIMITS_CHANGED, null, 2, null, null, T0.plusSeconds(10)),
                NOW);
        user = failed(user, FailureClass.QUOTA_EXHAUSTED, money("INSUFFICIENT_CREDITS", null), 5);

        assertThat(user.quota().status()).isEqualTo(Status.EXHAUSTED);
        assertThat(user.quota().reason()).isEqualTo("INSUFFICIENT_CREDITS");
        assertThat(user.quota().since()).isEqualTo(T0.plusSeconds(5));
    }

    @Test
    void shouldNotCloseAgainWhatTimeHasOpened() {
        UserState user = failed(
                UserState.NEW, FailureClass.SPEND_CAPPED, money("SPENDING_LIMIT_EXCEEDED", T0.plusSeconds(50)), 1);

        Quota quota = UserLearning.fromAccount(user, change(Kind.ALLOWANCE_RESET, 60), NOW)
                .quota();

        assertThat(quota.status()).isEqualTo(Status.AVAILABLE);
    }

    @Test
    void shouldForgetTheResetThatHasComeAndKeepOneAhead() {
        Instant reset = T0.plusSeconds(100);
        UserState user = failed(UserState.NEW, FailureClass.QUOTA_EXHAUSTED, money("INSUFFICIENT_CREDITS", reset), 1);
        assertThat(user.quota().resetAt()).isEqualTo(reset);

        assertThat(UserLearning.fromAccount(user, change(Kind.ALLOWANCE_RESET, 100), NOW)
                        .quota()
                        .resetAt())
                .isNull();
        assertThat(UserLearning.fromAccount(user, change(Kind.ALLOWANCE_RESET, 99), NOW)
                        .quota()
                        .resetAt())
                .isEqualTo(reset);
    }

    @Test
    void shouldKeepSinceWhileTheQuotaStaysSpent() {
        UserState user = failed(spent(1), FailureClass.QUOTA_EXHAUSTED, money("INSUFFICIENT_CREDITS", null), 9);

        assertThat(user.quota().since()).isEqualTo(T0.plusSeconds(1));
        assertThat(user.quota().learnedAt()).isEqualTo(T0.plusSeconds(9));
    }

    @Test
    void shouldBeTheSameStateWhenAnAccountChangeTellsNothingNew() {
        UserState user = UserLearning.fromAccount(UserState.NEW, change(Kind.ALLOWANCE_RESET, 3), NOW);

        assertThat(UserLearning.fromAccount(user, change(Kind.ALLOWANCE_RESET, 3), NOW.plusSeconds(1)))
                .isSameAs(user);
        assertThat(UserLearning.fromAccount(user, change(Kind.ALLOWANCE_RESET, 2), NOW.plusSeconds(1)))
                .isSameAs(user);
    }

    @Test
    void shouldKeepTheRateWindowsSeenLast() {
        UserState user = UserState.NEW;
        for (int i = 0; i < 20; i++) {
            RateLimitHint rates = new RateLimitHint("s" + i, 60, i, null, null);
            user = failed(user, FailureClass.RATE_LIMITED, Envelope.EMPTY, rates, i);
        }

        assertThat(user.rateWindows()).hasSize(UserState.MAX_RATE_WINDOWS);
        assertThat(user.rateWindows()).containsKey("s19").doesNotContainKey("s3");
    }

    @Test
    void shouldNotReplaceARateWindowByAnOlderOne() {
        RateLimitHint newer = new RateLimitHint("music", 60, 0, null, T0.plusSeconds(70));
        RateLimitHint older = new RateLimitHint("music", 60, 9, null, null);
        UserState user = failed(UserState.NEW, FailureClass.RATE_LIMITED, Envelope.EMPTY, newer, 10);
        user = failed(user, FailureClass.TRANSIENT, Envelope.EMPTY, older, 9);

        RateWindow window = Objects.requireNonNull(user.rateWindows().get("music"));
        assertThat(window.remaining()).isZero();
        assertThat(window.closedUntil()).isEqualTo(T0.plusSeconds(70));
        assertThat(window.observedAt()).isEqualTo(T0.plusSeconds(10));
    }

    @Test
    void shouldNotEndAProbeByTheFailureOfAnAttemptOfOthers() {
        UserState spent = spent(1);
        UserState probing = spent.pending("music", 1, NOW)
                .released("music", "probe", JobLengths.FIRST, Duration.ofMinutes(1), T0.plusSeconds(100));

        UserState after = failed(probing, FailureClass.TRANSIENT, Envelope.EMPTY, 101);

        assertThat(after.quota()).isEqualTo(probing.quota());
        assertThat(after.quota().probing()).isTrue();
    }

    @Test
    void shouldRefuseCountsBelowZero() {
        assertThatThrownBy(() -> UserState.NEW.active(-1, NOW)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> UserState.NEW.pending("music", -1, NOW)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldBeIdleOnlyWithNothingPendingAndNothingActive() {
        assertThat(UserState.NEW.idle()).isTrue();
        assertThat(UserState.NEW.active(1, NOW).idle()).isFalse();
        assertThat(UserState.NEW.pending("music", 1, NOW).idle()).isFalse();
    }
}
