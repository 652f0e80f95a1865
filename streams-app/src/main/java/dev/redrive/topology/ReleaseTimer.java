package dev.redrive.topology;

import dev.redrive.avro.RetryRequest;
import dev.redrive.avro.ScheduledRetry;
import dev.redrive.codec.InputReader;
import dev.redrive.codec.Origin;
import dev.redrive.domain.event.RetryDue;
import dev.redrive.state.DueQueue.Entry;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;

/**
 * Looks for retries that are due and lets them go, oldest due first. One look is bounded in number and time, so that no
 * transaction outlasts its timeout; what is left goes at the next look.
 */
final class ReleaseTimer {

    private static final int BATCH_RECORDS = 256;
    private static final long BATCH_BYTES = 4L << 20;
    private static final int MOST_COUNTED = 1_000;

    private final PipelineSettings settings;
    private final TaskStores stores;
    private final InputReader reader;
    private final StepWriter steps;
    private final Quarantine quarantine;
    private final OverdueWatch overdue;
    private final TaskSignals signals;
    private boolean leftSome = true;

    ReleaseTimer(
            PipelineSettings settings,
            TaskStores stores,
            InputReader reader,
            StepWriter steps,
            Quarantine quarantine,
            OverdueWatch overdue,
            TaskSignals signals) {
        this.settings = settings;
        this.stores = stores;
        this.reader = reader;
        this.steps = steps;
        this.quarantine = quarantine;
        this.overdue = overdue;
        this.signals = signals;
    }

    void fire(Instant now, Outbox outbox) {
        leftSome = look(now, outbox);
        signals.looked(stores.due().nextDueMs());
    }

    /** Counts what the last look left behind although it was due. */
    void countOverdue(Instant now) {
        signals.overdue(
                leftSome
                        ? stores.due()
                                .due(now.toEpochMilli(), MOST_COUNTED, BATCH_BYTES)
                                .size()
                        : 0);
    }

    /** Whether something that is due may be left. */
    private boolean look(Instant now, Outbox outbox) {
        long deadlineNanos = System.nanoTime() + settings.sliceMax().toNanos();
        int left = settings.sliceMaxRecords();
        while (left > 0) {
            List<Entry> due = stores.due().due(now.toEpochMilli(), Math.min(left, BATCH_RECORDS), BATCH_BYTES);
            for (Entry entry : due) {
                release(entry, now, outbox);
            }
            if (!due.isEmpty()) {
                overdue.see(due.get(0).dueAtMs(), now, outbox);
            }
            left -= due.size();
            if (due.isEmpty()) {
                return false;
            }
            if (System.nanoTime() - deadlineNanos > 0) {
                return true;
            }
        }
        return true;
    }

    private void release(Entry entry, Instant now, Outbox outbox) {
        try {
            ScheduledRetry scheduled = reader.stored(settings.topics().ready(), entry.payload());
            RetryRequest retry = withDue(scheduled.getRetry(), Instant.ofEpochMilli(entry.dueAtMs()));
            RetryDue due = new RetryDue(
                    entry.job(),
                    retry.getAttempt(),
                    retry.getDueAt(),
                    retry.getService(),
                    retry.getOperation(),
                    retry.getDeadline());
            steps.take(due, new Occasion(Origin.TIMER, entry.payload(), retry), now);
        } catch (RuntimeException e) {
            Mishap mishap = Mishap.of(e);
            outbox.clear();
            byte[] key = entry.job().userId().getBytes(StandardCharsets.UTF_8);
            quarantine.put(key, entry.payload(), mishap.reason().name(), mishap.message(), now);
        }
        stores.due().remove(entry.dueAtMs(), entry.job());
    }

    private static RetryRequest withDue(RetryRequest retry, Instant dueAt) {
        return retry.getDueAt().equals(dueAt)
                ? retry
                : RetryRequest.newBuilder(retry).setDueAt(dueAt).build();
    }
}
