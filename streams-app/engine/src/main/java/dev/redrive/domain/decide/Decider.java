package dev.redrive.domain.decide;

import dev.redrive.domain.classify.Classification;
import dev.redrive.domain.classify.FailureFacts;
import dev.redrive.domain.classify.Profile.Profiles;
import dev.redrive.domain.classify.RuleSet.RuleTrace;
import dev.redrive.domain.event.Input.JobFailed;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Decides the disposition of failures. Pure: equal arguments give equal decisions, in every process. Thread-safe. */
public final class Decider {

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

    /** Same as {@link #decide(JobFailed, Progress, Instant, Instant)}, without a known reset of the allowance. */
    public Decision decide(JobFailed failure, Progress progress, Instant now) {
        return decide(failure, progress, null, now);
    }

    /**
     * Decides one failure.
     *
     * @param failure the failure
     * @param progress the job's known earlier attempts
     * @param knownResetAt when the user's allowance resets, from account changes; used to park if the failure has no
     *     reset
     * @param now the time of reading; the due may be before it
     */
    public Decision decide(JobFailed failure, Progress progress, @Nullable Instant knownResetAt, Instant now) {
        return ruling(failure, progress).decide(knownResetAt, now, UNEXPLAINED);
    }

    /**
     * A decision and the hints of the failed response.
     *
     * @param decision what becomes of the failure
     * @param rateLimit the user's rate window as the response reports it
     * @param unreadableHint why a hint of the response is unreadable; {@code null} if none is
     */
    public record Judgement(Decision decision, RateLimitHint rateLimit, RetryHint.@Nullable Reason unreadableHint) {}

    /** Decides one failure, and returns the hints of its response, which are parsed once. */
    public Judgement judge(JobFailed failure, Progress progress, @Nullable Instant knownResetAt, Instant now) {
        Ruling ruling = ruling(failure, progress);
        return new Judgement(ruling.decide(knownResetAt, now, UNEXPLAINED), ruling.rateLimit(), ruling.unreadable());
    }

    /** Decides one failure and explains it; the decision equals that of {@code decide}. */
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

    /** Classifies one failure without deciding it. */
    public Classification classify(JobFailed failure, Progress progress) {
        return ruling(failure, progress).classification();
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
     * @param outages earlier attempts that were not charged because of a known outage of the service, since the same
     * @param firstFailedAt first failure since the start or the last redrive; {@code null} if this is the first
     * @param idempotencyKey the key of the current submission, if the job has one
     * @param epoch number of the current submission, from 0
     * @param outage whether the service has a known outage, so that an attempt that it failed is not charged
     * @param releasedWithKey whether Redrive released the failed attempt, with {@code idempotencyKey}
     * @param requestMissing whether the failure lacks a request that the job has, so that a retry would have no body
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
            boolean requestMissing) {

        /** A job without known attempts. */
        public static final Progress NONE = new Progress(0, 0, 0, null, null, 0, false, false, false);
    }
}
