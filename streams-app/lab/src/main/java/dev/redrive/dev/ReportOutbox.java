package dev.redrive.dev;

import dev.redrive.avro.AccountChange;
import dev.redrive.contract.TopicNames;
import dev.redrive.dev.JobSource.Attempt;
import dev.redrive.publish.ApiResponse;
import dev.redrive.publish.FailurePublisher;
import dev.redrive.publish.Failures;
import dev.redrive.publish.JobContext;
import dev.redrive.publish.Lifecycles;
import dev.redrive.sim.ApiAnswer;
import java.net.ConnectException;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;

/**
 * Sends reports, and resends undelivered ones; keeps a bounded number of them. Reports may arrive twice and out of
 * order, like those of any batch system. Thread-safe.
 */
final class ReportOutbox {

    private final AttemptReports reports;
    private final int max;

    /** Undelivered reports, to be sent again. */
    private final Queue<Report> again = new ArrayDeque<>();

    private int underWay;
    private long failed;

    ReportOutbox(AttemptReports reports, int max) {
        this.reports = reports;
        this.max = max;
    }

    /** Whether new work must wait, because too many reports are not delivered yet. */
    synchronized boolean full() {
        return underWay + again.size() >= max;
    }

    /** Returns the number of reports that were not delivered at the first try. */
    synchronized long failed() {
        return failed;
    }

    void send(Report report) {
        synchronized (this) {
            underWay++;
        }
        var unused = reports.send(report).whenComplete((result, failure) -> arrived(report, failure != null));
    }

    private synchronized void arrived(Report report, boolean lost) {
        underWay--;
        if (lost) {
            failed++;
            again.add(report);
        }
    }

    /** Resends undelivered reports, at most {@code count}. */
    void resend(int count) {
        for (int i = 0; i < count; i++) {
            Report report;
            synchronized (this) {
                report = again.poll();
            }
            if (report == null) {
                return;
            }
            send(report);
        }
    }

    /** A report of the simulated batch system. */
    sealed interface Report {

        /** A report on an attempt. */
        sealed interface OnAttempt extends Report {

            Attempt attempt();

            Instant at();
        }

        /** A change of a user's account. */
        record Account(AccountChange change) implements Report {}

        record Submitted(Attempt attempt, Instant at) implements OnAttempt {}

        record Accepted(Attempt attempt, String requestId, Instant at) implements OnAttempt {}

        record Succeeded(Attempt attempt, Instant at) implements OnAttempt {}

        record Refused(Attempt attempt, ApiAnswer.Response response, Instant at) implements OnAttempt {}

        record Lost(Attempt attempt, ApiAnswer.NoResponse loss, Instant at) implements OnAttempt {}

        record FailedLater(Attempt attempt, String message, Instant at) implements OnAttempt {}
    }

    /** The channel for the simulated batch system's reports. */
    interface AttemptReports extends AutoCloseable {

        /** Sends a report; the future fails if it was not delivered and may be resent. Never throws. */
        CompletableFuture<?> send(Report report);

        /** Waits for sent reports, with a timeout, and releases resources. */
        @Override
        void close();
    }

    /** Sends reports with the publisher that batch systems use. */
    static final class PublishedReports implements AttemptReports {

        private static final int BUFFER_BYTES = 8_388_608;
        private static final int MAX_BLOCK_MS = 5_000;

        private final FailurePublisher publisher;

        PublishedReports(Map<String, ?> connection, TopicNames topics) {
            Map<String, Object> config = new HashMap<>(connection);
            config.put("client.id", "redrive-dev-workload");
            config.put("buffer.memory", BUFFER_BYTES);
            config.put("max.block.ms", MAX_BLOCK_MS);
            this.publisher = FailurePublisher.create(config, topics);
        }

        @Override
        public CompletableFuture<?> send(Report report) {
            if (report instanceof Report.Account account) {
                return publisher.publish(account.change());
            }
            return send((Report.OnAttempt) report);
        }

        private CompletableFuture<?> send(Report.OnAttempt report) {
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
}
