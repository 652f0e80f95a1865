package dev.redrive.dev;

import dev.redrive.avro.AccountChange;
import dev.redrive.dev.DevSettings.WorkloadSettings.Scripted;
import dev.redrive.dev.JobSource.Attempt;
import dev.redrive.dev.ReportOutbox.Report;
import dev.redrive.domain.event.Input.AccountChanged;
import dev.redrive.domain.event.Input.JobMoved.Stage;
import dev.redrive.publish.AccountChanges;
import dev.redrive.sim.ApiAnswer.Response;
import dev.redrive.sim.Jobs;
import dev.redrive.sim.LiveRun;
import dev.redrive.sim.Service;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A scenario of the simulation as the workload of a pipeline, in real time: its first tick starts it. */
final class ScenarioLoad implements Load, LiveRun.Reports {

    private static final int MAX_RESENT_AT_ONCE = 1_000;

    private static final Duration NOT_STARTED = Duration.ofSeconds(1);

    private final Scripted settings;
    private final ReportOutbox outbox;
    private final String prefix;
    private @Nullable LiveRun run;

    /**
     * Creates a load.
     *
     * @param prefix of every job id, so that the ids of different runs differ
     */
    ScenarioLoad(Scripted settings, ReportOutbox outbox, String prefix) {
        this.settings = settings;
        this.outbox = outbox;
        this.prefix = prefix;
    }

    @Override
    public void tick(Instant now) {
        if (run == null) {
            run = new LiveRun(
                    settings.scenario(),
                    settings.seed(),
                    now.toEpochMilli(),
                    settings.lifecycle(),
                    settings.pipeline(),
                    this);
        }
        run.advance(now.toEpochMilli());
        outbox.resend(MAX_RESENT_AT_ONCE);
    }

    @Override
    public void make(Attempt retry, Instant now) {
        String jobId = retry.jobId();
        if (run != null && jobId.startsWith(prefix)) {
            run.release(Jobs.number(jobId.substring(prefix.length())), retry.number(), now.toEpochMilli());
        }
    }

    @Override
    public Duration untilNext(Instant now) {
        return run == null ? NOT_STARTED : Duration.ofMillis(Math.max(0, run.nextMs() - now.toEpochMilli()));
    }

    @Override
    public boolean finished() {
        return run != null && run.finished();
    }

    @Override
    public @Nullable LiveRun run() {
        return run;
    }

    @Override
    public void failed(int job, int attempt, Response response, Instant at) {
        outbox.send(new Report.Refused(attempt(job, attempt), response, at));
    }

    @Override
    public void moved(int job, int attempt, Stage stage, Instant at) {
        Attempt made = attempt(job, attempt);
        outbox.send(
                switch (stage) {
                    case SUBMITTED -> new Report.Submitted(made, at);
                    case ACCEPTED -> new Report.Accepted(made, "request-" + made.jobId(), at);
                    case SUCCEEDED -> new Report.Succeeded(made, at);
                    case STARTED, CANCELLED -> throw new IllegalArgumentException("a scenario has no stage " + stage);
                });
    }

    @Override
    public void accountChanged(AccountChanged change) {
        String user = change.userId();
        Integer limit = change.concurrencyLimit();
        AccountChange published = switch (change.kind()) {
            case ALLOWANCE_RESET -> AccountChanges.allowanceReset(user, null, null, change.at());
            case PLAN_CHANGED -> AccountChanges.planChanged(user, String.valueOf(change.plan()), limit, change.at());
            case SPEND_CAP_CHANGED -> AccountChanges.spendCapChanged(user, change.at());
            case LIMITS_CHANGED ->
                AccountChanges.limitsChanged(user, Objects.requireNonNull(limit, "limit"), change.at());
        };
        outbox.send(new Report.Account(published));
    }

    private Attempt attempt(int job, int number) {
        Jobs jobs = Objects.requireNonNull(run, "reports come from a run").jobs();
        Service service = jobs.service(job);
        String jobId = prefix + Jobs.jobId(job);
        return new Attempt(
                Jobs.userId(jobs.user(job)),
                jobId,
                number,
                service.category(),
                service.operation(),
                service.route(),
                "key-" + jobId);
    }
}
