package dev.redrive.domain.user;

import dev.redrive.domain.classify.Classification;
import dev.redrive.domain.classify.Envelope;
import dev.redrive.domain.classify.FailureClass;
import dev.redrive.domain.decide.RateLimitHint;
import dev.redrive.domain.event.AccountChanged;
import dev.redrive.domain.event.JobFailed;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What failures and account changes teach about a user; older news never overwrites newer. */
public final class UserLearning {

    private UserLearning() {}

    /**
     * The state after a failure: its last failure, limits, quota and rate window; not its counts.
     *
     * @param user the state before
     * @param failure the failure
     * @param classification what the failure was classified as
     * @param rates what the response said of rate limits
     * @param now the time of reading
     */
    public static UserState fromFailure(
            UserState user, JobFailed failure, Classification classification, RateLimitHint rates, Instant now) {
        Instant at = failure.failedAt();
        Envelope envelope = failure.envelope();
        UserState next = user.with(
                new LastFailure(
                        classification.failureClass(),
                        envelope.code(),
                        failure.httpStatus(),
                        failure.service(),
                        failure.operation(),
                        at),
                now);
        Concurrency concurrency = next.concurrency();
        Integer limit = envelope.concurrencyLimit();
        if (limit != null) {
            concurrency = concurrency.learnLimit(limit, at);
        }
        Integer reported = envelope.activeRequests();
        if (reported != null) {
            concurrency = concurrency.learnReported(reported, at);
        }
        next = next.with(concurrency, now);
        if (rates.known()) {
            next = next.with(
                    rates.service(),
                    new RateWindow(rates.limit(), rates.remaining(), rates.resetAt(), rates.closedUntil(), at),
                    now);
        }
        return quotaFromFailure(next, envelope, classification.failureClass(), at, now);
    }

    private static UserState quotaFromFailure(
            UserState user, Envelope envelope, FailureClass failureClass, Instant at, Instant now) {
        Quota quota = user.quota();
        Quota.Status status = told(failureClass);
        if (status == null || quota.olderNews(at)) {
            return user;
        }
        Instant resetAt = envelope.resetAt() != null ? envelope.resetAt() : quota.resetAt();
        Instant since = quota.status() == status && quota.since() != null ? quota.since() : at;
        Long remaining = status == Quota.Status.EXHAUSTED ? Long.valueOf(0) : quota.remaining();
        return user.with(new Quota(status, envelope.code(), since, resetAt, remaining, at), now);
    }

    private static Quota.@Nullable Status told(FailureClass failureClass) {
        return switch (failureClass) {
            case QUOTA_EXHAUSTED -> Quota.Status.EXHAUSTED;
            case SPEND_CAPPED -> Quota.Status.SPEND_CAPPED;
            case CONCURRENCY_LIMITED,
                    RATE_LIMITED,
                    INVALID_REQUEST,
                    UNAUTHENTICATED,
                    FORBIDDEN,
                    NOT_FOUND,
                    TRANSIENT,
                    PROVIDER_FAILED,
                    UNSUPPORTED,
                    UNKNOWN -> null;
        };
    }

    /**
     * The state after an account change; the same one where the change tells nothing new. The plan follows the order of
     * the log, for nothing but account changes tells it.
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
        return user.with(concurrency, quotaFromAccount(user.quota(), change), plan, now);
    }

    private static Quota quotaFromAccount(Quota quota, AccountChanged change) {
        boolean silent = change.kind() == AccountChanged.Kind.LIMITS_CHANGED
                && change.allowanceRemaining() == null
                && change.allowanceResetAt() == null;
        if (silent || quota.olderNews(change.at())) {
            return quota;
        }
        Quota.Status status = afterChange(quota.status(), change.kind());
        Instant resetAt = change.allowanceResetAt() != null ? change.allowanceResetAt() : stillAhead(quota, change);
        Long remaining = change.allowanceRemaining() != null ? change.allowanceRemaining() : forgotten(quota, status);
        String reason = status == quota.status() ? quota.reason() : null;
        Instant since = status == quota.status() && quota.since() != null ? quota.since() : change.at();
        return new Quota(status, reason, since, resetAt, remaining, change.at());
    }

    /** The reset that is known, unless it is the one that has just come. */
    private static @Nullable Instant stillAhead(Quota quota, AccountChanged change) {
        Instant known = quota.resetAt();
        boolean over =
                change.kind() == AccountChanged.Kind.ALLOWANCE_RESET && known != null && !known.isAfter(change.at());
        return over ? null : known;
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
