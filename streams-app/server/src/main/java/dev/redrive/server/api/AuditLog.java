package dev.redrive.server.api;

import dev.redrive.avro.AuditEvent;
import dev.redrive.metrics.ServerCounters;
import dev.redrive.server.RecordWriter;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes who asked for which write, and what became of it. A denial is written at once; further ones of the same caller,
 * action and reason are counted, and written as one record when 10 s are over, so that nobody can flood the topic.
 * Safe for use by several threads.
 */
public final class AuditLog implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(AuditLog.class);
    private static final Duration DENIALS_EVERY = Duration.ofSeconds(10);

    /** Combinations of caller, action and reason that are kept apart; further ones are written under {@code OTHER}. */
    private static final int MAX_DENIALS = 500;

    private static final String OTHER = "OTHER";

    /** Outcome of what was done. */
    public static final String DONE = "DONE";

    private record Denial(String actor, String action, String reason) {}

    /** Counts the denials since {@code since}; the first of them is written already. */
    private record Repeats(Instant since, long count, String address) {}

    private final RecordWriter writer;
    private final String topic;
    private final Clock clock;
    private final ServerCounters counters;
    private final Map<Denial, Repeats> denials = new HashMap<>();

    /** Creates the log; the caller closes the writer. */
    public AuditLog(RecordWriter writer, String topic, Clock clock, ServerCounters counters) {
        this.writer = writer;
        this.topic = topic;
        this.clock = clock;
        this.counters = counters;
    }

    /**
     * A write.
     *
     * @param action what was asked for, e.g. {@code letter.discard}
     * @param target id of what it concerns; {@code null} if there is none
     * @param outcome {@link #DONE}, or a stable reason
     * @param reason why, in the words of who asked
     * @param filter which letters or retries; {@code null} if they are not chosen by one
     * @param count letters or jobs that it concerns; {@code null} if unknown
     */
    public record Write(
            String action,
            @Nullable String target,
            String outcome,
            @Nullable String reason,
            @Nullable String filter,
            @Nullable Long count) {}

    /** Writes what a caller did; the future completes when it is stored, also if that failed. */
    public CompletableFuture<Void> written(Caller caller, Write write) {
        return send(event(caller.name(), caller.address(), write));
    }

    /** Notes that a write was denied. */
    void denied(Caller caller, String action, ApiError error) {
        Write write = new Write(action, null, error.name(), null, null, 1L);
        boolean first;
        synchronized (denials) {
            expire();
            Denial denial = new Denial(caller.name(), action, error.name());
            if (denials.size() >= MAX_DENIALS && !denials.containsKey(denial)) {
                denial = new Denial(OTHER, OTHER, error.name());
            }
            Repeats before = denials.get(denial);
            first = before == null && !denial.actor().equals(OTHER);
            long count = before == null ? first ? 0 : 1 : before.count() + 1;
            Instant since = before == null ? clock.instant() : before.since();
            denials.put(denial, new Repeats(since, count, caller.address()));
        }
        if (first) {
            send(event(caller.name(), caller.address(), write));
        }
    }

    /** Writes the counts of denials whose 10 s are over; to be called about that often. */
    public void flush() {
        synchronized (denials) {
            expire();
        }
    }

    private void expire() {
        Instant before = clock.instant().minus(DENIALS_EVERY);
        denials.entrySet().removeIf(entry -> {
            Repeats repeats = entry.getValue();
            if (repeats.since().isAfter(before)) {
                return false;
            }
            summarize(entry.getKey(), repeats);
            return true;
        });
    }

    private void summarize(Denial denial, Repeats repeats) {
        if (repeats.count() > 0) {
            Write write = new Write(denial.action(), null, denial.reason(), null, null, repeats.count());
            send(event(denial.actor(), repeats.address(), write));
        }
    }

    private AuditEvent event(String actor, String address, Write write) {
        return AuditEvent.newBuilder()
                .setAuditId(UUID.randomUUID().toString())
                .setAt(clock.instant())
                .setActor(actor)
                .setAction(write.action())
                .setTarget(write.target())
                .setOutcome(write.outcome())
                .setReason(write.reason())
                .setFilter(write.filter())
                .setCount(write.count())
                .setAddress(address)
                .build();
    }

    private CompletableFuture<Void> send(AuditEvent event) {
        String key = Objects.requireNonNullElse(event.getTarget(), event.getActor());
        return writer.write(topic, null, key, event).handle((metadata, failure) -> {
            if (failure != null) {
                counters.auditLost();
                LOG.error("an audit record of {} was not written", event.getAction(), failure);
            }
            return null;
        });
    }

    /** Writes the counts of all denials. */
    @Override
    public void close() {
        synchronized (denials) {
            denials.forEach(this::summarize);
            denials.clear();
        }
    }
}
