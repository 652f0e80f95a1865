package dev.redrive.domain.decide;

import dev.redrive.domain.classify.Classification;
import dev.redrive.domain.classify.FailureFacts;
import dev.redrive.domain.classify.Profile.HintHeaders;
import dev.redrive.domain.classify.Profile.Profiles;
import dev.redrive.domain.classify.RuleSet.RuleTrace;
import dev.redrive.domain.event.Input.JobFailed;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Decides what becomes of failures. Pure: equal arguments give equal decisions, in every process. Safe for any number
 * of threads.
 */
public final class Decider {

    private static final Consumer<Supplier<String>> UNTOLD = step -> {};

    private final Profiles profiles;
    private final RetryPolicy policy;

    /**
     * Makes a decider.
     *
     * @param profiles how to read and classify failures
     * @param policy the limits
     */
    public Decider(Profiles profiles, RetryPolicy policy) {
        this.profiles = profiles;
        this.policy = policy;
    }

    /** The same as {@link #decide(JobFailed, Progress, Instant, Instant)}, with no reset known from elsewhere. */
    public Decision decide(JobFailed failure, Progress progress, Instant now) {
        return decide(failure, progress, null, now);
    }

    /**
     * Decides one failure.
     *
     * @param failure the failure
     * @param progress what is known of the job's attempts before it
     * @param knownResetAt when the user's allowance is filled again, where the account told; used to park where the
     *     failure itself does not tell
     * @param now the time of reading; a due may lie before it
     */
    public Decision decide(JobFailed failure, Progress progress, @Nullable Instant knownResetAt, Instant now) {
        return ruling(failure, progress).decide(knownResetAt, now, UNTOLD);
    }

    /**
     * A decision, and what else the failed response told.
     *
     * @param decision what becomes of the failure
     * @param rateLimit what the response told of the user's rate window
     */
    public record Judgement(Decision decision, RateLimitHint rateLimit) {}

    /** Decides one failure, and reads what its response told of the user's rate window. */
    public Judgement judge(JobFailed failure, Progress progress, @Nullable Instant knownResetAt, Instant now) {
        Ruling ruling = ruling(failure, progress);
        return new Judgement(ruling.decide(knownResetAt, now, UNTOLD), ruling.rateLimit());
    }

    /** Decides one failure and tells how; the decision equals that of {@code decide}. */
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

    /** When the failed response asked to come back, or its rate window opens; one that cannot be read is to be counted. */
    public RetryHint retryHint(JobFailed failure) {
        HintHeaders names = profiles.forService(failure.service()).headers();
        RetryHint said = RetryHint.from(names, failure.responseHeaders(), failure.failedAt());
        if (said instanceof RetryHint.Unreadable) {
            return said;
        }
        RetryHint reset = RateLimitHint.reset(names, failure.responseHeaders(), failure.failedAt());
        return reset instanceof RetryHint.Unreadable || said instanceof RetryHint.None ? reset : said;
    }

    /**
     * The submission that the next attempt after a failure belongs to, also where a person wants it against the
     * decision.
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
     * A decision and how it came about, for people.
     *
     * @param profile name of the profile that read the failure
     * @param facts what the rules looked at
     * @param trace why each rule did or did not decide, in their order
     * @param hint when the API asked to come back
     * @param rateLimit what the response told of the user's rate window
     * @param decision what becomes of the failure
     * @param why the steps that led from the rule to the decision, in words, in order
     */
    public record Explanation(
            String profile,
            FailureFacts facts,
            List<RuleTrace> trace,
            RetryHint hint,
            RateLimitHint rateLimit,
            Decision decision,
            List<String> why) {

        /** Takes copies of the lists. */
        public Explanation {
            trace = List.copyOf(trace);
            why = List.copyOf(why);
        }
    }

    /**
     * What is known of a job's attempts before the failure at hand.
     *
     * @param charged charged attempts that have failed before, since the start or the last redrive
     * @param throttled throttled attempts before, since the start or the last redrive
     * @param outages attempts before that were not charged because the service was known to be out, counted likewise
     * @param firstFailedAt when the job failed first, since the start or the last redrive; {@code null} when this is the first
     * @param idempotencyKey the key of the running submission, when the job has one
     * @param epoch number of the running submission, from 0
     * @param outage whether the service is known to be in trouble, so that an attempt it failed is not charged
     * @param releasedWithKey whether the failed attempt was a release of Redrive's, which carries {@code idempotencyKey}
     * @param requestMissing whether the job has a request that the failure came without, so that a retry would go out empty
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

        /** A job of which nothing is known. */
        public static final Progress NONE = new Progress(0, 0, 0, null, null, 0, false, false, false);
    }
}
