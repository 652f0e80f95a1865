package dev.redrive.topology;

import dev.redrive.avro.JobFailure;
import dev.redrive.avro.RetryRequest;
import dev.redrive.avro.ScheduledRetry;
import dev.redrive.codec.InputReader;
import dev.redrive.codec.Origin;
import dev.redrive.codec.OutputWriter;
import dev.redrive.codec.OutputWriter.RateWriter;
import dev.redrive.config.RedriveConfig;
import dev.redrive.config.RedriveConfig.ReleaseSettings;
import dev.redrive.domain.backlog.Backlog;
import dev.redrive.domain.backlog.Backlog.Candidate;
import dev.redrive.domain.decide.StableIds;
import dev.redrive.domain.engine.Engine;
import dev.redrive.domain.event.Input.RetryDue;
import dev.redrive.domain.event.Input.RetryLost;
import dev.redrive.domain.event.JobRef;
import dev.redrive.domain.stats.AlertRules;
import dev.redrive.domain.stats.AlertRules.AlertKind;
import dev.redrive.domain.stats.Windows.Count;
import dev.redrive.domain.stats.Windows.Part;
import dev.redrive.topology.FailureTopology.NodeNames;
import dev.redrive.topology.PipelineProcessor.TaskStores;
import dev.redrive.topology.Quarantine.Mishap;
import dev.redrive.topology.Signals.TaskSignals;
import dev.redrive.topology.StepWriter.Occasion;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Releases retries that are due and unblocked, and expires leases, which may free slots for them. One slice is bounded
 * in number and time, so that no transaction outlasts its timeout; the rest goes with the next slice.
 */
final class ReleaseTimer {

    private static final int MAX_COUNTED = 1_000;
    private static final int MAX_LEASES = 1_000;
    private static final int BETWEEN_CLOCKS = 16;

    /** Maximum duration of a slice while the input lags. */
    private static final Duration BRIEF = Duration.ofMillis(50);

    private final ReleaseSettings settings;
    private final String ready;
    private final TaskStores stores;
    private final InputReader reader;
    private final Engine<Occasion> engine;
    private final Quarantine quarantine;
    private final OverdueWatch overdue;
    private final TaskSignals signals;
    private final LongSupplier clock;
    private final ReleaseTurns turns;

    ReleaseTimer(
            RedriveConfig config,
            TaskStores stores,
            InputReader reader,
            Engine<Occasion> engine,
            Quarantine quarantine,
            OverdueWatch overdue,
            TaskSignals signals,
            LongSupplier clock,
            ReleaseTurns turns) {
        this.settings = config.release();
        this.ready = config.topics().names().ready();
        this.stores = stores;
        this.reader = reader;
        this.engine = engine;
        this.quarantine = quarantine;
        this.overdue = overdue;
        this.signals = signals;
        this.clock = clock;
        this.turns = turns;
    }

    void fire(Instant now, Outbox outbox) {
        engine.endLeases(Occasion.of(Origin.TIMER), now, MAX_LEASES);
        if (turns.mayRelease(this, now.toEpochMilli())) {
            turns.left(this, releaseSlice(now, outbox));
            turns.released(now.toEpochMilli(), clock.getAsLong());
        }
        signals.checked(engine.backlog().nextMs());
    }

    /** Removes the ended task from the thread's turns. */
    void close() {
        turns.ended(this);
    }

    /** Reports the retries that the last slice left although they were due, and those that gates block. */
    void report(Instant now) {
        Backlog backlog = engine.backlog();
        signals.overdue(backlog.moreReady() ? backlog.overdue(now, MAX_COUNTED) : 0);
        signals.blocked(backlog::blocked);
        long sinceMs = Long.MAX_VALUE;
        List<String> probed = backlog.waitingServices();
        for (String service : probed) {
            Instant since = stores.services().get(service).unsoundSince();
            sinceMs = since == null ? sinceMs : Math.min(sinceMs, since.toEpochMilli());
        }
        signals.probed(probed.size(), sinceMs);
    }

    /** Releases one slice; returns whether releasable retries may be left. */
    private boolean releaseSlice(Instant now, Outbox outbox) {
        long longestNanos = turns.lagging()
                ? Math.min(BRIEF.toNanos(), settings.sliceMax().toNanos())
                : settings.sliceMax().toNanos() / turns.sharedBy(this);
        long deadlineNanos = System.nanoTime() + longestNanos;
        for (int released = 0; released < settings.sliceMaxRecords(); released++) {
            Candidate candidate = engine.next(now);
            if (candidate == null) {
                return false;
            }
            release(candidate, now, outbox);
            overdue.see(candidate.readyAtMs(), now, outbox);
            if (released % BETWEEN_CLOCKS == 0 && System.nanoTime() - deadlineNanos > 0) {
                return true;
            }
        }
        return true;
    }

    private void release(Candidate candidate, Instant now, Outbox outbox) {
        JobRef job = candidate.job();
        Instant dueAt = Instant.ofEpochMilli(candidate.slot().dueAtMs());
        byte[] payload = stores.due().payload(candidate.lane(), candidate.slot().dueAtMs(), job);
        if (payload == null) {
            throw new IllegalStateException("the backlog has a retry that the due queue does not");
        }
        String operation = "";
        try {
            ScheduledRetry scheduled = reader.stored(ready, payload);
            RetryRequest retry = withDue(scheduled.getRetry(), dueAt);
            operation = retry.getOperation();
            RetryDue due = new RetryDue(
                    job,
                    retry.getAttempt(),
                    dueAt,
                    retry.getService(),
                    retry.getOperation(),
                    retry.getDeadline(),
                    Instant.ofEpochMilli(candidate.readyAtMs()));
            engine.release(candidate, due, new Occasion(Origin.TIMER, payload, retry), now);
        } catch (RuntimeException e) {
            Mishap mishap = Mishap.of(e);
            outbox.clear();
            byte[] key = job.userId().getBytes(StandardCharsets.UTF_8);
            quarantine.put(key, payload, mishap.reason().name(), mishap.message(), now);
            bury(candidate, new RetryLost(job, dueAt, operation, mishap.reason().name()), now, outbox);
        }
    }

    /** Dead-letters the job without its request, which is in the quarantine. */
    private void bury(Candidate candidate, RetryLost lost, Instant now, Outbox outbox) {
        JobFailure failure = OutputWriter.lost(candidate.lane(), lost);
        Occasion occasion = Occasion.of(new Origin(null, 0, 0, failure, null, null));
        try {
            engine.apply(lost, occasion, now);
        } catch (RuntimeException e) {
            Mishap.of(e);
            outbox.clear();
        }
        engine.drop(candidate);
    }

    private static RetryRequest withDue(RetryRequest retry, Instant dueAt) {
        return retry.getDueAt().equals(dueAt)
                ? retry
                : RetryRequest.newBuilder(retry).setDueAt(dueAt).build();
    }

    /** Raises an alert when a task releases retries long after they were due; at most one in ten minutes. */
    static final class OverdueWatch {

        private static final Duration QUIET = Duration.ofMinutes(10);

        private final AlertRules rules;
        private final RateWriter writer;
        private final String fingerprint;
        private Instant silentUntil = Instant.MIN;

        OverdueWatch(AlertRules rules, RateWriter writer, int partition) {
            this.rules = rules;
            this.writer = writer;
            this.fingerprint =
                    StableIds.uuid("overdue", Integer.toString(partition)).toString();
        }

        void see(long dueAtMs, Instant now, Outbox outbox) {
            if (now.isBefore(silentUntil) || !rules.isOverdue(Instant.ofEpochMilli(dueAtMs), now)) {
                return;
            }
            silentUntil = now.plus(QUIET);
            long lateMs = now.toEpochMilli() - dueAtMs;
            Part part = new Part(now.toEpochMilli(), Count.Kind.FAILURE, false, "", "", "", "");
            String summary = "a retry was released " + lateMs / 1_000 + " s after it was due";
            outbox.clear();
            outbox.offer(
                    NodeNames.TO_OVERDUE_ALERTS,
                    fingerprint.getBytes(StandardCharsets.UTF_8),
                    writer.alert(AlertKind.OVERDUE_RETRIES, fingerprint, part, 1, summary, now),
                    now.toEpochMilli());
            outbox.forward();
        }
    }
}
