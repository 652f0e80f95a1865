package dev.redrive.domain.decide;

import dev.redrive.domain.classify.Classification;
import dev.redrive.domain.classify.Classification.Disposition;
import dev.redrive.domain.classify.FailureClass;
import dev.redrive.domain.classify.FailureFacts;
import dev.redrive.domain.classify.FailureFacts.Cause;
import dev.redrive.domain.classify.Profile;
import dev.redrive.domain.classify.Profile.KeyPolicy;
import dev.redrive.domain.classify.Profile.Profiles;
import dev.redrive.domain.classify.RuleSet.Rule;
import dev.redrive.domain.classify.RuleSet.RuleTrace;
import dev.redrive.domain.decide.Decision.DueParts;
import dev.redrive.domain.decide.Decision.Submission;
import dev.redrive.domain.decide.Decision.Submission.KeyChain;
import dev.redrive.domain.decide.RetryHint.RateLimitHint;
import dev.redrive.domain.event.Input.JobFailed;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Decides the disposition of failures. Pure: equal arguments give equal decisions, in every process. Thread-safe. */
public final class Decider {

    /** Receives the steps of a decision that nobody asked to explain. */
    private static final Consumer<Supplier<String>> UNEXPLAINED = step -> {};

    private final Profiles profiles;
    private final RetryPolicy policy;

    /**
     * Creates a decider.
     *
     * @param profiles how to read and classify failures
     * @param policy the limits
     */
    public Decider(Profiles profiles, RetryPolicy policy) {
        this.profiles = profiles;
        this.policy = policy;
    }

    /**
     * A decision and the hints of the failed response.
     *
     * @param decision what becomes of the failure
     * @param rateLimit the user's rate window as the response reports it
     * @param unreadableHint why a hint of the response is unreadable; {@code null} if none is
     */
    public record Judgement(Decision decision, RateLimitHint rateLimit, RetryHint.@Nullable Reason unreadableHint) {}

    /**
     * Decides one failure, and returns the hints of its response, which are parsed once.
     *
     * @param failure the failure
     * @param progress the job's known earlier attempts
     * @param knownResetAt when the user's allowance resets, from account changes; used to park if the failure has no
     *     reset
     * @param now the time of reading; the due may be before it
     */
    public Judgement judge(JobFailed failure, Progress progress, @Nullable Instant knownResetAt, Instant now) {
        Ruling ruling = ruling(failure, progress);
        return new Judgement(ruling.decide(knownResetAt, now, UNEXPLAINED), ruling.rateLimit(), ruling.unreadable());
    }

    /** Decides one failure and explains it; the decision equals that of {@code judge}. */
    public Explanation explain(JobFailed failure, Progress progress, @Nullable Instant knownResetAt, Instant now) {
        Ruling ruling = ruling(failure, progress);
        List<String> why = new ArrayList<>();
        Decision decision = ruling.decide(knownResetAt, now, step -> why.add(step.get()));
        return new Explanation(
                ruling.profile().name(),
                ruling.facts(),
                ruling.profile().rules().explain(ruling.facts()),
                ruling.hint(),
                ruling.rateLimit(),
                decision,
                why);
    }

    /**
     * Returns the submission of the next attempt after a failure, also if a person overrides the decision.
     *
     * @param edited whether the request was edited, which makes it a new submission
     */
    public Submission nextSubmission(JobFailed failure, Progress progress, boolean edited) {
        Ruling ruling = ruling(failure, progress);
        return edited ? ruling.keys().newSubmission() : ruling.nextSubmission();
    }

    private Ruling ruling(JobFailed failure, Progress progress) {
        return Ruling.of(profiles.forService(failure.service()), policy, failure, progress);
    }

    /**
     * A decision and its explanation, for people.
     *
     * @param profile name of the profile that read the failure
     * @param facts the input of the rules
     * @param trace why each rule did or did not decide, in rule order
     * @param hint the API's retry hint
     * @param rateLimit the user's rate window as the response reports it
     * @param decision what becomes of the failure
     * @param why the steps from the rule to the decision, as text, in order
     */
    public record Explanation(
            String profile,
            FailureFacts facts,
            List<RuleTrace> trace,
            RetryHint hint,
            RateLimitHint rateLimit,
            Decision decision,
            List<String> why) {

        /** Copies the lists. */
        public Explanation {
            trace = List.copyOf(trace);
            why = List.copyOf(why);
        }
    }

    /**
     * A job's known attempts before the current failure.
     *
     * @param charged earlier charged attempts that failed, since the start or the last redrive
     * @param throttled earlier throttled attempts, since the start or the last redrive
     * @param outages earlier attempts that were not charged because of a known outage of the service, since the start
     *     or the last redrive
     * @param firstFailedAt first failure since the start or the last redrive; {@code null} if this is the first
     * @param idempotencyKey the key of the current submission, if the job has one
     * @param epoch number of the current submission, from 0
     * @param outage whether the service has a known outage, so that an attempt that fails because of it is not charged
     * @param releasedWithKey whether Redrive released the failed attempt, with {@code idempotencyKey}
     * @param requestMissing whether the failure lacks a request that the job has, so that a retry would have no body
     * @param quotaProbe whether Redrive released the failed attempt to find out whether the user can spend again
     */
    public record Progress(
            int charged,
            int throttled,
            int outages,
            @Nullable Instant firstFailedAt,
            @Nullable String idempotencyKey,
            int epoch,
            boolean outage,
            boolean releasedWithKey,
            boolean requestMissing,
            boolean quotaProbe) {

        /** A job without known attempts. */
        public static final Progress NONE = new Progress(0, 0, 0, null, null, 0, false, false, false, false);
    }

    /**
     * The evaluation of one failure: the rule that matched it, and the steps from there to the decision.
     *
     * @param profile the profile of its service
     * @param policy the limits
     * @param failure the failure
     * @param progress the known earlier attempts
     * @param keys its idempotency keys
     * @param facts the input of the rules
     * @param rule the rule that decides
     * @param classification the rule's classification of it
     * @param hint when to retry: Retry-After, else, for a rate-limited response, when its window opens
     * @param rateLimit the user's rate window as the response reports it
     * @param unreadable why a hint of the response is unreadable, whether it was needed or not; {@code null} if none is
     */
    record Ruling(
            Profile profile,
            RetryPolicy policy,
            JobFailed failure,
            Progress progress,
            KeyChain keys,
            FailureFacts facts,
            Rule rule,
            Classification classification,
            RetryHint hint,
            RateLimitHint rateLimit,
            RetryHint.@Nullable Reason unreadable) {

        static Ruling of(Profile profile, RetryPolicy policy, JobFailed failure, Progress progress) {
            KeyChain keys = KeyChain.of(failure, progress);
            FailureFacts facts = new FailureFacts(
                    failure.envelope().code(),
                    failure.httpStatus(),
                    failure.cause(),
                    failure.carried().method(),
                    failure.service(),
                    failure.operation(),
                    keys.carried() != null);
            Rule rule = profile.rules().decisive(facts);
            Classification classification = profile.rules().classification(rule, facts);
            Map<String, String> headers = failure.responseHeaders();
            RetryHint retryAfter = RetryHint.from(profile.headers(), headers, failure.waitFrom());
            RetryHint reset = RateLimitHint.reset(profile.headers(), headers, failure.waitFrom());
            RateLimitHint window = RateLimitHint.from(
                    profile.headers(), headers, failure.service(), failure.waitFrom(), policy.maxPark(), reset);
            boolean limited = rule.failureClass() == FailureClass.RATE_LIMITED;
            RetryHint hint = limited ? hint(retryAfter, window.mayRefuse() ? reset : new RetryHint.None()) : retryAfter;
            return new Ruling(
                    profile,
                    policy,
                    failure,
                    progress,
                    keys,
                    facts,
                    rule,
                    classification,
                    hint,
                    limited
                            ? window.refused(waitFor(hint, policy, rule), failure.waitFrom(), policy.maxPark())
                            : window,
                    retryAfter.unreadable() == null ? reset.unreadable() : retryAfter.unreadable());
        }

        /** Returns the hint of a rate-limited response: Retry-After, else when its window opens. */
        private static RetryHint hint(RetryHint retryAfter, RetryHint opening) {
            if (retryAfter instanceof RetryHint.Wait) {
                return retryAfter;
            }
            return retryAfter instanceof RetryHint.Unreadable unreadable
                    ? unreadable.orLonger(opening.atLeast())
                    : opening;
        }

        /** Decides, and writes each relevant step to {@code why}. */
        Decision decide(@Nullable Instant knownResetAt, Instant now, Consumer<Supplier<String>> why) {
            why.accept(() -> "rule " + rule.id() + ": " + rule.failureClass() + ", " + rule.disposition());
            return switch (disposition()) {
                case DROP -> new Decision.Drop(classification, charged());
                case DEAD_LETTER -> deadLetter(DeadLetterReason.of(rule.failureClass()));
                case RETRY, PARK -> {
                    DeadLetterReason refusal = refusal(why);
                    yield refusal == null ? comeBack(knownResetAt, now, why) : deadLetter(refusal);
                }
            };
        }

        /** Returns the wait of a hint, {@code null} without one; at least the floor if the hint is unreadable. */
        private static @Nullable Duration waitFor(RetryHint hint, RetryPolicy policy, Rule rule) {
            if (hint instanceof RetryHint.None) {
                return null;
            }
            Duration floor = hint instanceof RetryHint.Unreadable ? policy.unreadableHintDelay(rule) : Duration.ZERO;
            return floor.compareTo(hint.atLeast()) > 0 ? floor : hint.atLeast();
        }

        /** Returns a new submission if the former one is known to have ended or the API would only replay its error. */
        Submission nextSubmission() {
            boolean ended = rule.newKey()
                    || facts.cause() == Cause.ASYNC && rule.failureClass() != FailureClass.PROVIDER_FAILED;
            Integer status = facts.status();
            boolean replayed = profile.afterServerError() == KeyPolicy.NEW
                    && facts.cause() == Cause.RESPONSE
                    && status != null
                    && status >= 500;
            return ended || replayed ? keys.newSubmission() : keys.sameSubmission();
        }

        /**
         * Parks a probe that was refused: its job is not the cause, and the quota gate determines when the next attempt
         * is made.
         */
        private Disposition disposition() {
            return probed() ? Disposition.PARK : rule.disposition();
        }

        private boolean probed() {
            return progress.quotaProbe()
                    && policy.quotaGate()
                    && rule.failureClass().quota();
        }

        private boolean charged() {
            return !rule.failureClass().throttled()
                    && !probed()
                    && !(progress.outage() && rule.failureClass() == FailureClass.TRANSIENT);
        }

        /** Returns why the job may not be retried, whatever the delay; {@code null} if it may. */
        private @Nullable DeadLetterReason refusal(Consumer<Supplier<String>> why) {
            if (facts.unsafeToRepeat(rule.failureClass())) {
                if (!policy.retryUnsafe()) {
                    why.accept(() -> "the request may have been executed and carried no idempotency key");
                    return DeadLetterReason.UNSAFE_WITHOUT_IDEMPOTENCY_KEY;
                }
                why.accept(
                        () -> "retryUnsafe: retried although it may have been executed and carried no idempotency key");
            }
            if (progress.requestMissing()) {
                why.accept(() -> "the failure came without the job's request, so a retry would go out empty");
                return DeadLetterReason.REQUEST_MISSING;
            }
            DeadLetterReason exhausted = exhausted(why);
            if (exhausted != null) {
                return exhausted;
            }
            Instant firstFailedAt = progress.firstFailedAt();
            if (firstFailedAt != null
                    && Duration.between(firstFailedAt, failure.failedAt()).compareTo(policy.maxAge()) > 0) {
                why.accept(() -> "failed first at " + firstFailedAt + ", longer ago than " + policy.maxAge());
                return DeadLetterReason.AGE_EXCEEDED;
            }
            return null;
        }

        /** Returns the limit on attempts that is reached; {@code null} if none is. */
        private @Nullable DeadLetterReason exhausted(Consumer<Supplier<String>> why) {
            if (charged()) {
                int attempts = progress.charged() + 1;
                why.accept(() -> "charged attempt " + attempts + " of " + maxAttempts());
                return attempts >= maxAttempts() ? DeadLetterReason.ATTEMPTS_EXHAUSTED : null;
            }
            if (rule.failureClass().throttled()) {
                int throttles = progress.throttled() + 1;
                why.accept(() -> "not charged; throttled attempt " + throttles + " of " + policy.maxThrottles());
                return throttles > policy.maxThrottles() ? DeadLetterReason.THROTTLES_EXHAUSTED : null;
            }
            int outages = progress.outages() + 1;
            why.accept(() -> "not charged, for the service is out; attempt " + outages + " of "
                    + policy.maxOutageAttempts() + " during an outage");
            return outages > policy.maxOutageAttempts() ? DeadLetterReason.ATTEMPTS_EXHAUSTED : null;
        }

        private int maxAttempts() {
            int allowed = policy.maxAttempts(rule);
            Integer lowered = failure.carried().maxAttempts();
            return lowered == null ? allowed : Math.max(1, Math.min(allowed, lowered));
        }

        private Decision comeBack(@Nullable Instant knownResetAt, Instant now, Consumer<Supplier<String>> why) {
            boolean waitsForQuota = parks() && rule.failureClass().quota() && policy.quotaGate();
            Duration known = asked(knownResetAt, why);
            if (known == null && waitsForQuota) {
                why.accept(
                        () -> "it is unknown when the cause ends: the quota gate blocks the retry until it is known");
            }
            Duration asked = known == null && waitsForQuota ? Duration.ZERO : known;
            if (asked == null) {
                why.accept(() -> "it is unknown when the cause ends, so the job cannot be parked");
                return deadLetter(DeadLetterReason.of(rule.failureClass()));
            }
            boolean tooLong = asked.compareTo(policy.maxDelay()) > 0;
            boolean park = parks() || tooLong && policy.beyondMaxDelay() == RetryPolicy.BeyondMaxDelay.PARK;
            boolean longer = park ? asked.compareTo(policy.maxPark()) > 0 : tooLong;
            if (longer && !waitsForQuota) {
                why.accept(() -> "a wait of " + asked + " is longer than is allowed");
                return deadLetter(DeadLetterReason.DELAY_TOO_LONG);
            }
            Duration wait = waitsForQuota ? Duration.ZERO : asked;
            RetryDelay.Backoff backoff = backoff();
            Duration lengthened = RetryDelay.atLeast(wait, policy, failure.job(), attempt());
            boolean backsOff = backoff.delay().compareTo(lengthened) > 0;
            Instant dueAt = failure.waitFrom().plus(backsOff ? backoff.delay() : lengthened);
            why.accept(() -> "backoff " + backoff.delay() + ", asked for " + asked + ", with jitter " + lengthened
                    + ": due " + dueAt);
            if (missesDeadline(dueAt, now)) {
                why.accept(() -> "the deadline is " + failure.carried().deadline());
                return deadLetter(DeadLetterReason.DEADLINE_EXCEEDED);
            }
            Submission next = nextSubmission();
            DueParts parts = backsOff
                    ? DueParts.ofBackoff(failure.waitFrom(), wait, backoff)
                    : DueParts.ofHint(failure.waitFrom(), wait, lengthened);
            return new Decision.Retry(
                    classification, charged(), dueAt, next.idempotencyKey(), next.epoch(), park, parts);
        }

        private boolean missesDeadline(Instant dueAt, Instant now) {
            Instant deadline = failure.carried().deadline();
            return deadline != null && (dueAt.isAfter(deadline) || now.isAfter(deadline));
        }

        private boolean parks() {
            return disposition() == Disposition.PARK;
        }

        /**
         * Returns the wait that the response or the known reset requires, zero if none does; {@code null} if the job is
         * to be parked and the end is unknown.
         */
        private @Nullable Duration asked(@Nullable Instant knownResetAt, Consumer<Supplier<String>> why) {
            Duration waited = waitFor(hint, policy, rule);
            if (hint instanceof RetryHint.Unreadable unreadable) {
                why.accept(() -> "when to come back cannot be read from the response, " + unreadable.reason()
                        + ": at least " + waited);
            }
            if (!parks()) {
                return waited == null ? Duration.ZERO : waited;
            }
            Instant resetAt = failure.envelope().resetAt();
            if (resetAt == null && rule.failureClass().quota()) {
                resetAt = knownResetAt;
            }
            if (resetAt != null) {
                Duration untilReset = Duration.between(failure.waitFrom(), resetAt);
                return untilReset.isNegative() ? Duration.ZERO : untilReset;
            }
            if (waited != null) {
                return waited;
            }
            Instant closedUntil = rateLimit.closedUntil();
            return closedUntil == null ? null : Duration.between(failure.waitFrom(), closedUntil);
        }

        private RetryDelay.Backoff backoff() {
            if (rule.failureClass() == FailureClass.CONCURRENCY_LIMITED && policy.concurrencyGate()) {
                return RetryDelay.Backoff.NONE;
            }
            return RetryDelay.backoff(policy.backoff(rule), failuresOfItsKind() + 1, failure.job(), attempt());
        }

        private int failuresOfItsKind() {
            if (charged()) {
                return progress.charged();
            }
            return rule.failureClass().throttled() ? progress.throttled() : progress.outages();
        }

        /** Returns the attempt's number; if unknown, the number of failures so far. */
        private int attempt() {
            return failure.attempt() > 0
                    ? failure.attempt()
                    : progress.charged() + progress.throttled() + progress.outages() + 1;
        }

        /**
         * Returns the dead letter. It has the submission's key, or a derived one if it had none; no key if the request
         * may have been executed without any, because a derived key would not protect a repetition.
         */
        private Decision deadLetter(DeadLetterReason reason) {
            String key = keys.known() == null && facts.unsafeToRepeat(rule.failureClass())
                    ? null
                    : keys.sameSubmission().idempotencyKey();
            return new Decision.DeadLetter(
                    classification,
                    charged(),
                    reason,
                    reason.remedy(classification, failure.envelope()),
                    key,
                    keys.epoch());
        }
    }
}
