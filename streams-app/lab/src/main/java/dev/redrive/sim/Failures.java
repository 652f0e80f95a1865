package dev.redrive.sim;

import dev.redrive.domain.classify.Envelope;
import dev.redrive.domain.classify.FailureFacts.Cause;
import dev.redrive.domain.event.Input.Carried;
import dev.redrive.domain.event.Input.JobFailed;
import dev.redrive.domain.event.JobRef;
import java.time.Instant;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** Converts simulated failures to the inputs that the pipeline's reader creates from published ones. */
final class Failures {

    private Failures() {}

    /**
     * Returns the input.
     *
     * @param latest time of its end at the latest
     */
    static JobFailed of(Jobs jobs, Policy.FailedAttempt failure, Instant latest) {
        Instant failedAt = Instant.ofEpochMilli(failure.atMs());
        Service service = jobs.service(failure.job());
        Reply reply = failure.reply();
        Map<String, String> headers = new HashMap<>();
        reply.headers(service.category()).forEach((name, value) -> headers.put(name.toLowerCase(Locale.ROOT), value));
        String jobId = Jobs.jobId(failure.job());
        return new JobFailed(
                new JobRef(Jobs.userId(jobs.user(failure.job())), jobId),
                failure.attempt(),
                service.category(),
                service.operation(),
                Cause.RESPONSE,
                reply.kind().status(),
                envelope(reply),
                headers,
                jobId,
                failedAt.isAfter(latest) ? latest : failedAt,
                new Carried(Carried.METHOD, service.route(), null, null, null, Map.of(), 0, true));
    }

    private static Envelope envelope(Reply reply) {
        return switch (reply.kind()) {
            case CONCURRENCY_LIMITED ->
                new Envelope(
                        "CONCURRENT_GENERATION_LIMIT",
                        null,
                        null,
                        null,
                        reply.hints().figures() ? reply.active() : null,
                        reply.hints().figures() ? reply.concurrencyLimit() : null,
                        null);
            case ALLOWANCE_SPENT ->
                new Envelope(
                        "INSUFFICIENT_CREDITS",
                        null,
                        null,
                        null,
                        null,
                        null,
                        reply.hints().resetAt() ? Instant.ofEpochMilli(reply.allowanceResetAtMs()) : null);
            case RATE_LIMITED, UNAVAILABLE, INTERNAL_ERROR, ACCEPTED -> Envelope.EMPTY;
        };
    }
}
