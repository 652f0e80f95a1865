package dev.redrive.domain.decide;

import dev.redrive.domain.classify.Classification;
import dev.redrive.domain.classify.Profile.HintHeaders;
import dev.redrive.domain.classify.Profile.Profiles;
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
        RetryHint said = RetryAfter.from(names, failure.responseHeaders(), failure.failedAt());
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
}
