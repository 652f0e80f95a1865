package dev.redrive.topology;

import dev.redrive.codec.OutputWriter.RateWriter;
import dev.redrive.domain.decide.StableIds;
import dev.redrive.domain.stats.AlertRules;
import dev.redrive.domain.stats.AlertRules.AlertKind;
import dev.redrive.domain.stats.Windows.Count;
import dev.redrive.domain.stats.Windows.Part;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;

/** Raises an alert when a task releases retries long after they were due; at most one in ten minutes. */
final class OverdueWatch {

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
