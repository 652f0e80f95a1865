package dev.redrive.domain.decide;

import dev.redrive.domain.classify.Classification.Disposition;
import dev.redrive.domain.classify.Envelope;
import dev.redrive.domain.classify.Envelope.EnvelopePointers;
import dev.redrive.domain.classify.FailureClass;
import dev.redrive.domain.classify.FailureFacts.Cause;
import dev.redrive.domain.classify.Match;
import dev.redrive.domain.classify.Match.StatusPattern;
import dev.redrive.domain.classify.Profile;
import dev.redrive.domain.classify.Profile.HintHeaders;
import dev.redrive.domain.classify.Profile.HintHeaders.ResetUnit;
import dev.redrive.domain.classify.Profile.HintHeaders.RetryHeader;
import dev.redrive.domain.classify.Profile.KeyPolicy;
import dev.redrive.domain.classify.Profile.Profiles;
import dev.redrive.domain.classify.RuleSet;
import dev.redrive.domain.classify.RuleSet.Rule;
import dev.redrive.domain.classify.RuleSet.Rule.Backoff;
import dev.redrive.domain.decide.RetryPolicy.BeyondMaxDelay;
import dev.redrive.domain.event.Input.Carried;
import dev.redrive.domain.event.Input.JobFailed;
import dev.redrive.domain.event.JobRef;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;

/** Failures, rules and limits for tests, each changed in one point at a time. */
@NullMarked
record Failures(
        String method,
        Cause cause,
        @Nullable Integer status,
        Envelope envelope,
        Map<String, String> headers,
        @Nullable String key,
        @Nullable Instant deadline,
        @Nullable Integer maxAttempts) {

    static final JobRef JOB = new JobRef("user-1", "job-1");
    static final Instant FAILED_AT = Instant.parse("2026-11-22T12:00:00Z");
    static final Instant NOW = FAILED_AT.plusSeconds(1);

    static final Failures POST =
            new Failures("POST", Cause.RESPONSE, 500, Envelope.EMPTY, Map.of(), "key-1", null, null);

    static final RetryPolicy POLICY = policy(BeyondMaxDelay.PARK, false);

    static RetryPolicy policy(BeyondMaxDelay beyond, boolean retryUnsafe) {
        return policy(beyond, retryUnsafe, null);
    }

    static RetryPolicy policy(Duration unreadableHintDelay) {
        return policy(BeyondMaxDelay.PARK, false, unreadableHintDelay);
    }

    /** Returns the policy where gates block what cannot succeed. */
    static RetryPolicy gated() {
        return policy(BeyondMaxDelay.PARK, false, null, true);
    }

    private static RetryPolicy policy(
            BeyondMaxDelay beyond, boolean retryUnsafe, @Nullable Duration unreadableHintDelay) {
        return policy(beyond, retryUnsafe, unreadableHintDelay, false);
    }

    private static RetryPolicy policy(
            BeyondMaxDelay beyond, boolean retryUnsafe, @Nullable Duration unreadableHintDelay, boolean gates) {
        return new RetryPolicy(
                5,
                Map.of(FailureClass.PROVIDER_FAILED, 3),
                new Backoff(Duration.ofSeconds(1), 2, Duration.ofMinutes(5)),
                Map.of(),
                Duration.ofDays(1),
                beyond,
                Duration.ofDays(7),
                Duration.ofHours(24),
                100,
                10,
                0.05,
                Duration.ofSeconds(3),
                unreadableHintDelay,
                gates,
                gates,
                retryUnsafe);
    }

    static Decider decider() {
        return decider(POLICY, KeyPolicy.SAME, Disposition.DEAD_LETTER);
    }

    static Decider decider(RetryPolicy policy, KeyPolicy keys, Disposition quota) {
        List<Rule> rules = new ArrayList<>();
        rules.add(rule("async", Set.of(Cause.ASYNC), null, FailureClass.PROVIDER_FAILED, Disposition.RETRY, null));
        rules.add(rule("rate", Set.of(), "429", FailureClass.RATE_LIMITED, Disposition.RETRY, null));
        rules.add(rule("quota", Set.of(), "402", FailureClass.QUOTA_EXHAUSTED, quota, null));
        rules.add(rule("early", Set.of(), "425", FailureClass.TRANSIENT, Disposition.RETRY, null));
        rules.add(rule("timeout", Set.of(), "408", FailureClass.TRANSIENT, Disposition.RETRY, null));
        rules.add(rule("in-flight", Set.of(), "409", FailureClass.TRANSIENT, Disposition.RETRY, null));
        rules.add(rule("few", Set.of(), "502", FailureClass.TRANSIENT, Disposition.RETRY, 2));
        rules.add(rule("gone", Set.of(), "410", FailureClass.NOT_FOUND, Disposition.DROP, null));
        rules.add(rule("input", Set.of(), "4xx", FailureClass.INVALID_REQUEST, Disposition.DEAD_LETTER, null));
        rules.add(rule("server", Set.of(), "5xx", FailureClass.TRANSIENT, Disposition.RETRY, null));
        rules.add(rule(
                "lost", Set.of(Cause.NETWORK, Cause.TIMEOUT), null, FailureClass.TRANSIENT, Disposition.RETRY, null));
        HintHeaders headers = new HintHeaders(
                List.of(new RetryHeader("retry-after", RetryHeader.Unit.HTTP)),
                "x-ratelimit-service",
                "x-ratelimit-limit",
                "x-ratelimit-remaining",
                "x-ratelimit-reset",
                ResetUnit.AUTO);
        List<String> none = List.of();
        Profile profile = new Profile(
                "test",
                Set.of(),
                new EnvelopePointers(none, none, none, none, none, none, none),
                headers,
                keys,
                new RuleSet(rules));
        return new Decider(new Profiles(List.of(profile), "test"), policy);
    }

    private static Rule rule(
            String id,
            Set<Cause> causes,
            @Nullable String status,
            FailureClass failureClass,
            Disposition disposition,
            @Nullable Integer maxAttempts) {
        List<StatusPattern> statuses = status == null ? List.of() : List.of(StatusPattern.parse(status));
        Match match = new Match(Set.of(), statuses, causes, Set.of(), Set.of(), List.of(), null);
        boolean newKey = failureClass == FailureClass.PROVIDER_FAILED;
        return new Rule(id, match, failureClass, disposition, null, maxAttempts, null, newKey);
    }

    Failures method(String changed) {
        return new Failures(changed, cause, status, envelope, headers, key, deadline, maxAttempts);
    }

    Failures cause(Cause changed, @Nullable Integer changedStatus) {
        return new Failures(method, changed, changedStatus, envelope, headers, key, deadline, maxAttempts);
    }

    Failures status(int changed) {
        return new Failures(method, cause, changed, envelope, headers, key, deadline, maxAttempts);
    }

    Failures envelope(Envelope changed) {
        return new Failures(method, cause, status, changed, headers, key, deadline, maxAttempts);
    }

    Failures resetAt(Instant changed) {
        return envelope(new Envelope(null, null, null, null, null, null, changed));
    }

    Failures retryAfter(String changed) {
        return new Failures(
                method, cause, status, envelope, Map.of("retry-after", changed), key, deadline, maxAttempts);
    }

    Failures headers(Map<String, String> changed) {
        return new Failures(method, cause, status, envelope, changed, key, deadline, maxAttempts);
    }

    Failures key(@Nullable String changed) {
        return new Failures(method, cause, status, envelope, headers, changed, deadline, maxAttempts);
    }

    Failures deadline(Instant changed) {
        return new Failures(method, cause, status, envelope, headers, key, changed, maxAttempts);
    }

    Failures maxAttempts(int changed) {
        return new Failures(method, cause, status, envelope, headers, key, deadline, changed);
    }

    JobFailed attempt(int attempt) {
        return attempt(JOB, attempt);
    }

    JobFailed attempt(JobRef job, int attempt) {
        return new JobFailed(
                job,
                attempt,
                "music",
                "music.song.generate",
                cause,
                status,
                envelope,
                headers,
                key,
                FAILED_AT,
                new Carried(method, "/v1/music/songs", deadline, maxAttempts, null, Map.of(), 0, true));
    }
}
