package dev.redrive.domain.user;

import dev.redrive.domain.classify.Classification;
import dev.redrive.domain.classify.Envelope;
import dev.redrive.domain.classify.FailureClass;
import dev.redrive.domain.decide.RetryHint.RateLimitHint;
import dev.redrive.domain.event.Input.AccountChanged;
import dev.redrive.domain.event.Input.JobFailed;
import dev.redrive.domain.user.UserState.LastFailure;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Updates a user's state from failures and account changes; older information never overwrites newer. */
public final class UserLearning {

    private UserLearning() {}

    /**
     * What was known of an attempt before it failed.
     *
     * @param began whether it had counted as active
     * @param releasedAt when Redrive released it; {@code null} for an attempt of the batch system
     */
    public record Sight(boolean began, @Nullable Instant releasedAt) {

        boolean ours() {
            return releasedAt != null;
        }
    }

    /**
     * Returns the state after a failure: last failure, limits, quota and rate window; not the counts.
     *
     * @param user the state before, in which the attempt is no longer active
     * @param failure the failure
     * @param classification classification of the failure
     * @param rates rate limits in the response
     * @param sight what was known of the attempt
     * @param prior how long jobs of the service take, for users without an estimate
     * @param rateWindow length of a rate window
     * @param now the time of reading
     */
    public static UserState fromFailure(
            UserState user,
            JobFailed failure,
            Classification classification,
            RateLimitHint rates,
            Sight sight,
            JobLengths prior,
            Duration rateWindow,
            Instant now) {
        Envelope envelope = failure.envelope();
        FailureClass failureClass = classification.failureClass();
        UserState next = user.with(
                new LastFailure(
                        failureClass,
                        envelope.code(),
                        failure.httpStatus(),
                        failure.service(),
                        failure.operation(),
                        failure.failedAt()),
                now);
        next = next.with(concurrency(next.concurrency(), failure, failureClass, sight, prior, now), now);
        next = windows(next, failure, failureClass, rates, sight, rateWindow, now);
        return quotaFromFailure(next, failure, failureClass, sight, now);
    }

    private static Concurrency concurrency(
            Concurrency before,
            JobFailed failure,
            FailureClass failureClass,
            Sight sight,
            JobLengths prior,
            Instant now) {
        Concurrency concurrency = before;
        Instant at = failure.waitFrom();
        Integer limit = failure.envelope().concurrencyLimit();
        if (limit != null) {
            concurrency = concurrency.learnLimit(limit, at);
        }
        Integer reported = failure.envelope().activeRequests();
        if (reported != null) {
            concurrency = concurrency.learnReported(reported, at);
        }
        String jobId = failure.job().jobId();
        if (failureClass == FailureClass.CONCURRENCY_LIMITED) {
            return concurrency.refused(new Concurrency.Refusal(jobId, reported, sight.releasedAt(), at), prior, now);
        }
        Instant releasedAt = sight.releasedAt();
        return releasedAt == null ? concurrency : concurrency.failed(jobId, releasedAt);
    }

    private static UserState windows(
            UserState user,
            JobFailed failure,
            FailureClass failureClass,
            RateLimitHint rates,
            Sight sight,
            Duration rateWindow,
            Instant now) {
        boolean refused = failureClass == FailureClass.RATE_LIMITED;
        String service = failure.service();
        Instant at = failure.waitFrom();
        UserState next = sight.began() || refused ? user : user.called(service, at, rateWindow, now);
        if (refused && rates.limit() == null) {
            RateWindow.Refusal refusal =
                    new RateWindow.Refusal(failure.job().jobId(), sight.ours(), sight.began(), rates.closedUntil(), at);
            return next.refusedSilently(service, refusal, rateWindow, now);
        }
        if (!rates.known()) {
            return next;
        }
        RateWindow reported =
                RateWindow.reported(rates.limit(), rates.remaining(), rates.resetAt(), rates.closedUntil(), at);
        next = next.seen(rates.service(), reported, refused, sight.began(), rateWindow, now);
        return rates.service().equals(service)
                ? next
                : next.seen(service, reported, refused, sight.began(), rateWindow, now);
    }

    private static UserState quotaFromFailure(
            UserState user, JobFailed failure, FailureClass failureClass, Sight sight, Instant now) {
        Envelope envelope = failure.envelope();
        // Account changes have the clock of the batch system too, so that its own attempts are compared by that.
        Instant at = sight.ours() ? failure.waitFrom() : failure.failedAt();
        Quota.Status status = refusal(failureClass);
        if (status == null) {
            Quota quota = sight.ours() ? user.quota().inconclusive(failure.job().jobId(), at) : user.quota();
            return quota == user.quota() ? user : user.with(quota, now);
        }
        Quota quota = user.quota().reopened(at);
        return quota.olderNews(at)
                ? user
                : user.with(quota.refused(status, envelope.code(), envelope.resetAt(), at), now);
    }

    private static Quota.@Nullable Status refusal(FailureClass failureClass) {
        if (failureClass == FailureClass.QUOTA_EXHAUSTED) {
            return Quota.Status.EXHAUSTED;
        }
        return failureClass.quota() ? Quota.Status.SPEND_CAPPED : null;
    }

    /**
     * Returns the state after an account change; the same instance if nothing is new. The plan follows the order of the
     * log, since only account changes report it.
     *
     * @param user the state before
     * @param change what changed
     * @param now the time of reading
     */
    public static UserState fromAccount(UserState user, AccountChanged change, Instant now) {
        Integer limit = change.concurrencyLimit();
        Concurrency concurrency =
                limit == null ? user.concurrency() : user.concurrency().learnLimit(limit, change.at());
        String plan = change.plan() == null ? user.plan() : change.plan();
        return user.with(concurrency, quotaFromAccount(user.quota().reopened(change.at()), change, now), plan, now);
    }

    private static Quota quotaFromAccount(Quota quota, AccountChanged change, Instant now) {
        boolean silent = change.kind() == AccountChanged.Kind.LIMITS_CHANGED
                && change.allowanceRemaining() == null
                && change.allowanceResetAt() == null;
        if (silent || quota.olderNews(change.at())) {
            return quota;
        }
        Quota.Status status = afterChange(quota.status(), change.kind());
        Instant resetAt = resetAt(quota, change);
        Long remaining = change.allowanceRemaining() != null ? change.allowanceRemaining() : forgotten(quota, status);
        String reason = status == quota.status() ? quota.reason() : null;
        Instant since = status == quota.status() && quota.since() != null ? quota.since() : change.at();
        boolean reopened = status == Quota.Status.AVAILABLE && quota.status() != Quota.Status.AVAILABLE;
        return new Quota(
                status,
                reason,
                since,
                resetAt,
                remaining,
                change.at(),
                reopened ? now : quota.reopenedAt(),
                reopened ? 0 : quota.rampReleases(),
                status == quota.status() ? quota.probes() : 0,
                status == quota.status() ? quota.probedAt() : null,
                status == quota.status() ? quota.probedJob() : 0);
    }

    /** Returns the next reset: the reported one if it is ahead, else the known one, unless it is this change. */
    private static @Nullable Instant resetAt(Quota quota, AccountChanged change) {
        Instant reported = change.allowanceResetAt();
        if (reported != null && reported.isAfter(change.at())) {
            return reported;
        }
        boolean filled = change.kind() == AccountChanged.Kind.ALLOWANCE_RESET;
        return filled ? quota.resetAfter(change.at()) : quota.resetAt();
    }

    private static @Nullable Long forgotten(Quota before, Quota.Status after) {
        return before.status() == after ? before.remaining() : null;
    }

    private static Quota.Status afterChange(Quota.Status status, AccountChanged.Kind kind) {
        return switch (kind) {
            case ALLOWANCE_RESET -> status == Quota.Status.EXHAUSTED ? Quota.Status.AVAILABLE : status;
            case PLAN_CHANGED -> Quota.Status.AVAILABLE;
            case SPEND_CAP_CHANGED -> status == Quota.Status.SPEND_CAPPED ? Quota.Status.AVAILABLE : status;
            case LIMITS_CHANGED -> status;
        };
    }
}
