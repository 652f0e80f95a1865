package dev.redrive.dev;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.dev.DevSettings.WorkloadSettings;
import dev.redrive.dev.JobSource.Attempt;
import dev.redrive.dev.ReportOutbox.AttemptReports;
import dev.redrive.dev.ReportOutbox.Report;
import dev.redrive.sim.ApiBehaviour;
import dev.redrive.sim.ApiBehaviour.Faults;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class BatchSystemTest {

    private static final Instant T0 = Instant.parse("2026-01-01T00:00:00Z");
    private static final Duration JOB = Duration.ofSeconds(5);

    private final Recorded reports = new Recorded();
    private final ReportOutbox outbox = new ReportOutbox(reports, 3);

    @Test
    void shouldReportAJobFromSubmissionToSuccess() {
        BatchSystem batch = system(ApiBehaviour.sound(1, 100, 100, JOB));

        batch.make(attempt("a", 1), T0);
        batch.tick(T0.plusSeconds(4));
        assertThat(reports.kinds()).containsExactly("Submitted", "Accepted");
        batch.tick(T0.plusSeconds(5));

        assertThat(reports.kinds()).containsExactly("Submitted", "Accepted", "Succeeded");
        assertThat(batch.counts()).isEqualTo(new BatchSystem.Counts(1, 0, 1, 0, 0));
    }

    @Test
    void shouldReportARefusalWithItsResponse() {
        BatchSystem batch = system(ApiBehaviour.sound(1, 100, 100, JOB));
        batch.make(attempt("a", 1), T0);

        batch.make(attempt("b", 1), T0);

        assertThat(reports.sent.get(3))
                .isInstanceOfSatisfying(
                        Report.Refused.class,
                        refused -> assertThat(refused.response().status()).isEqualTo(429));
    }

    @Test
    void shouldFindTheEndOfAJobWhoseResponseWasLost() {
        // Given an API that now and then executes a job and loses the response
        ApiBehaviour lossy = ApiBehaviour.sound(1000, 1000, 1000, JOB).with(Faults.losses(0.5));
        SimulatedApi api = new SimulatedApi(2, lossy);
        BatchSystem batch = new BatchSystem(api, new ReportOutbox(reports, 10_000));
        for (int job = 0; job < 40; job++) {
            batch.make(attempt("job" + job, 1), T0);
        }
        batch.tick(T0.plusSeconds(6));
        assertThat(api.counts().accepted()).isGreaterThan(reports.count("Succeeded"));

        // When every lost attempt is made again under its key, until a response arrives
        for (int number = 2; number < 30; number++) {
            List<Attempt> lost = reports.drainLost();
            for (Attempt attempt : lost) {
                batch.make(attempt(attempt.jobId(), number), T0.plusSeconds(10L * number));
            }
            batch.tick(T0.plusSeconds(10L * number + 6));
        }

        // Then every job is done, once
        assertThat(reports.count("Succeeded")).isEqualTo(40);
        assertThat(api.counts().accepted()).isEqualTo(40);
        assertThat(api.counts().doubleExecutions()).isZero();
        assertThat(api.counts().replayed()).isPositive();
    }

    @Test
    void shouldReportWhatStillRunsAsFailedWhenItStops() {
        BatchSystem batch = system(ApiBehaviour.sound(1, 100, 100, JOB));
        batch.make(attempt("a", 1), T0);

        batch.stop(T0.plusSeconds(1));

        assertThat(reports.kinds()).containsExactly("Submitted", "Accepted", "FailedLater");
        assertThat(batch.counts().awaited()).isZero();
    }

    @Test
    void shouldSendAgainWhatDidNotArriveAndHoldNewWorkMeanwhile() {
        reports.broken = true;
        BatchSystem batch = system(ApiBehaviour.sound(9, 100, 100, JOB));
        batch.make(attempt("a", 1), T0);
        assertThat(batch.busy()).isFalse();
        batch.make(attempt("b", 1), T0);
        assertThat(batch.busy()).isTrue();

        reports.broken = false;
        batch.tick(T0);

        assertThat(batch.busy()).isFalse();
        assertThat(reports.kinds()).containsExactly("Submitted", "Accepted", "Submitted", "Accepted");
        assertThat(outbox.failed()).isEqualTo(4);
    }

    @Test
    void shouldGiveTheFirstUserManyTimesItsEvenShare() {
        JobSource source = new JobSource(new WorkloadSettings.Endless(100, 1, 5), "run");
        source.next(T0);
        int ofFirst = 0;
        for (int i = 1; i <= 1_000; i++) {
            Attempt first = Objects.requireNonNull(source.next(T0.plusSeconds(i)));
            ofFirst += first.userId().equals("user-0") ? 1 : 0;
        }
        assertThat(ofFirst).isBetween(40, 120);
    }

    private BatchSystem system(ApiBehaviour behaviour) {
        return new BatchSystem(new SimulatedApi(1, behaviour), outbox);
    }

    private static Attempt attempt(String job, int number) {
        return new Attempt("u", job, number, "music", "music.song.generate", "/v1/music/songs", "key-" + job);
    }

    /** Keeps what was sent. */
    private static final class Recorded implements AttemptReports {
        private final List<Report> sent = new ArrayList<>();
        private boolean broken;

        @Override
        public CompletableFuture<?> send(Report report) {
            if (broken) {
                return CompletableFuture.failedFuture(new IllegalStateException("broken"));
            }
            sent.add(report);
            return CompletableFuture.completedFuture(report);
        }

        long count(String kind) {
            return kinds().stream().filter(kind::equals).count();
        }

        List<Attempt> drainLost() {
            List<Report> lost =
                    sent.stream().filter(Report.Lost.class::isInstance).toList();
            sent.removeAll(lost);
            return lost.stream().map(report -> ((Report.Lost) report).attempt()).toList();
        }

        List<String> kinds() {
            return sent.stream()
                    .map(report -> report.getClass().getSimpleName())
                    .toList();
        }

        @Override
        public void close() {}
    }
}
