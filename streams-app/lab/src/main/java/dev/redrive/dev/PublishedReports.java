package dev.redrive.dev;

import dev.redrive.contract.TopicNames;
import dev.redrive.publish.ApiResponse;
import dev.redrive.publish.FailurePublisher;
import dev.redrive.publish.Failures;
import dev.redrive.publish.JobContext;
import dev.redrive.publish.Lifecycles;
import dev.redrive.sim.ApiAnswer;
import java.net.ConnectException;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Reports by way of the publisher that batch systems use. */
final class PublishedReports implements AttemptReports {

    private static final int BUFFER_BYTES = 8_388_608;
    private static final int MAX_BLOCK_MS = 5_000;

    private final FailurePublisher publisher;

    /**
     * Reports to the pipeline's topics.
     *
     * @param connection {@code bootstrap.servers}, {@code schema.registry.url} and what else clients need
     */
    PublishedReports(Map<String, ?> connection, TopicNames topics) {
        Map<String, Object> config = new HashMap<>(connection);
        config.put("client.id", "redrive-dev-workload");
        config.put("buffer.memory", BUFFER_BYTES);
        config.put("max.block.ms", MAX_BLOCK_MS);
        this.publisher = FailurePublisher.create(config, topics);
    }

    @Override
    public CompletableFuture<?> send(Report report) {
        JobContext job = job(report.attempt());
        if (report instanceof Report.Submitted submitted) {
            return publisher.publish(Lifecycles.submitted(job, submitted.at()), null);
        }
        if (report instanceof Report.Accepted accepted) {
            return publisher.publish(Lifecycles.accepted(job, accepted.requestId(), accepted.at()), null);
        }
        if (report instanceof Report.Succeeded succeeded) {
            return publisher.publish(Lifecycles.succeeded(job, succeeded.at()), null);
        }
        if (report instanceof Report.Refused refused) {
            return publisher.publish(Failures.ofResponse(job, response(refused.response()), refused.at()), null);
        }
        if (report instanceof Report.Lost lost) {
            return publisher.publish(Failures.ofException(job, exception(lost.loss()), lost.at()), null);
        }
        Report.FailedLater failed = (Report.FailedLater) report;
        return publisher.publish(Failures.ofAsync(job, failed.message(), null, failed.at()), null);
    }

    private static JobContext job(Attempt attempt) {
        return JobContext.of(attempt.userId(), attempt.jobId(), attempt.service(), attempt.operation())
                .attempt(attempt.number())
                .request("POST", attempt.route())
                .idempotencyKey(attempt.idempotencyKey())
                .body(
                        "application/json",
                        ("{\"reference\":\"" + attempt.jobId() + "\"}").getBytes(StandardCharsets.UTF_8))
                .build();
    }

    private static ApiResponse response(ApiAnswer.Response response) {
        Map<String, List<String>> headers = new HashMap<>();
        response.headers().forEach((name, value) -> headers.put(name, List.of(value)));
        return new ApiResponse(response.status(), headers, response.body());
    }

    private static Exception exception(ApiAnswer.NoResponse loss) {
        return loss.timedOut() ? new HttpTimeoutException(loss.message()) : new ConnectException(loss.message());
    }

    @Override
    public void close() {
        publisher.close();
    }
}
