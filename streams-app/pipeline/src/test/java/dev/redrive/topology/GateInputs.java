package dev.redrive.topology;

import dev.redrive.avro.AccountChange;
import dev.redrive.avro.AccountChangeKind;
import dev.redrive.avro.Command;
import dev.redrive.avro.CommandKind;
import dev.redrive.avro.JobFailure;
import dev.redrive.avro.LifecycleStage;
import dev.redrive.avro.RetryRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What opens and closes gates, in the words of the API and its batch system. */
public record GateInputs(PipelineHarness pipeline) {

    /** An attempt is refused because all slots are taken. */
    public void busy(String user, String job, int attempt, int active, int limit) {
        pipeline.publish(busyFailure(user, job, attempt, active, limit).build());
    }

    /** The same, to be completed. */
    public JobFailure.Builder busyFailure(String user, String job, int attempt, int active, int limit) {
        return pipeline.failure(user, job, attempt)
                .setHttpStatus(429)
                .setErrorBody(PipelineHarness.body("{\"code\":\"CONCURRENT_GENERATION_LIMIT\",\"message\":\"busy\","
                        + "\"active_requests\":" + active + ",\"concurrency_limit\":" + limit + "}"));
    }

    /** An attempt is refused by the rate limit of its service. */
    public void throttled(String user, String service, String job, int attempt, Map<String, String> headers) {
        pipeline.publish(pipeline.failure(user, job, attempt)
                .setService(service)
                .setHttpStatus(429)
                .setResponseHeaders(headers)
                .build());
    }

    /** An attempt is refused because the allowance is spent. */
    public void spent(String user, String job, int attempt, @Nullable Instant resetAt) {
        String reset = resetAt == null ? "" : ",\"reset_at\":\"" + resetAt + "\"";
        pipeline.publish(pipeline.failure(user, job, attempt)
                .setHttpStatus(402)
                .setErrorBody(PipelineHarness.body("{\"code\":\"INSUFFICIENT_CREDITS\"" + reset + "}"))
                .build());
    }

    /** An attempt ends in a 503. */
    public void unavailable(String user, String service, String job, int attempt) {
        pipeline.publish(
                pipeline.failure(user, job, attempt).setService(service).build());
    }

    void event(String user, String job, int attempt, LifecycleStage stage) {
        pipeline.publish(pipeline.event(user, job, attempt, stage));
    }

    void account(String user, AccountChangeKind kind) {
        pipeline.publish(AccountChange.newBuilder()
                .setUserId(user)
                .setChange(kind)
                .setAt(pipeline.now())
                .build());
    }

    void issue(String user, String job, CommandKind kind) {
        pipeline.publish(Command.newBuilder()
                .setCommandId(kind + " " + job)
                .setKind(kind)
                .setUserId(user)
                .setJobId(job)
                .setIssuedAt(pipeline.now())
                .build());
    }

    /** Lets time go on, and much of it in steps of a second, and tells the jobs that were released in it. */
    List<String> releasedIn(Duration time) {
        Duration left = time;
        while (left.compareTo(Duration.ofSeconds(5)) > 0) {
            pipeline.leap(Duration.ofSeconds(1));
            left = left.minusSeconds(1);
        }
        pipeline.advance(left);
        return pipeline.ready().stream()
                .map(PipelineHarness.Out::value)
                .map(RetryRequest::getJobId)
                .toList();
    }
}
