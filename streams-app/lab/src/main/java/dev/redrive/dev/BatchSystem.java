package dev.redrive.dev;

import dev.redrive.dev.JobSource.Attempt;
import dev.redrive.dev.ReportOutbox.Report;
import dev.redrive.sim.ApiAnswer;
import dev.redrive.sim.ApiAnswer.NoResponse;
import dev.redrive.sim.ApiAnswer.Response;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Simulates a batch system: calls the API for jobs and retries, waits for the end of accepted jobs, and reports
 * everything. Time is passed in. Used by one thread, except {@link #counts}, which any thread may call.
 */
final class BatchSystem {

    private static final int MAX_ENDED_AT_ONCE = 1_000;
    private static final int MAX_AWAITED = 10_000;

    private final SimulatedApi api;
    private final ReportOutbox outbox;
    private final Map<String, Attempt> awaited = new HashMap<>();
    private long submitted;
    private long retried;
    private long completed;
    private long failed;

    BatchSystem(SimulatedApi api, ReportOutbox outbox) {
        this.api = api;
        this.outbox = outbox;
    }

    record Counts(long submitted, long retried, long succeeded, long failed, int awaited) {}

    synchronized Counts counts() {
        return new Counts(submitted, retried, completed, failed, awaited.size());
    }

    /** Whether new jobs must wait: too many jobs run, or too many reports are not delivered. */
    synchronized boolean busy() {
        return awaited.size() >= MAX_AWAITED || outbox.full();
    }

    /** Makes an attempt: the first of a job, or a released retry. */
    synchronized void make(Attempt attempt, Instant now) {
        if (attempt.number() == 1) {
            submitted++;
        } else {
            retried++;
        }
        outbox.send(new Report.Submitted(attempt, now));
        ApiAnswer answer = api.call(attempt, now);
        if (answer instanceof NoResponse loss) {
            failed(new Report.Lost(attempt, loss, now));
        } else if (answer instanceof Response response) {
            answered(attempt, response, now);
        }
    }

    private void answered(Attempt attempt, Response response, Instant now) {
        String requestId = response.requestId();
        if (requestId == null) {
            failed(new Report.Refused(attempt, response, now));
            return;
        }
        outbox.send(new Report.Accepted(attempt, requestId, now));
        SimulatedApi.Ended end = api.end(requestId);
        if (end == null) {
            awaited.put(requestId, attempt);
        } else {
            ended(attempt, end, now);
        }
    }

    /** Processes the ends of accepted jobs, and resends undelivered reports. */
    synchronized void tick(Instant now) {
        List<SimulatedApi.Ended> ends = api.ended(now, MAX_ENDED_AT_ONCE);
        for (SimulatedApi.Ended end : ends) {
            Attempt attempt = awaited.remove(end.requestId());
            // If there is no attempt, the response was lost: the retry with the same key finds the end.
            if (attempt != null) {
                ended(attempt, end, end.at());
            }
        }
        outbox.resend(MAX_ENDED_AT_ONCE);
    }

    /** Reports running jobs as failed, because the simulated API loses them; they are retried after the next start. */
    synchronized void stop(Instant now) {
        awaited.values().forEach(attempt -> failed(new Report.FailedLater(attempt, "the API was shut down", now)));
        awaited.clear();
    }

    private void ended(Attempt attempt, SimulatedApi.Ended end, Instant at) {
        String error = end.errorMessage();
        if (error == null) {
            completed++;
            outbox.send(new Report.Succeeded(attempt, at));
        } else {
            failed(new Report.FailedLater(attempt, error, at));
        }
    }

    private void failed(Report.OnAttempt report) {
        failed++;
        outbox.send(report);
    }
}
