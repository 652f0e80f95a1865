package dev.redrive.topology;

import dev.redrive.codec.Origin;
import dev.redrive.codec.OutputWriter;
import dev.redrive.domain.event.JobRef;
import dev.redrive.domain.event.LeaseEnded;
import dev.redrive.state.PartKey;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.apache.kafka.common.header.internals.RecordHeaders;

/** Publishes changed users, hands on partial sums, ends leases, and forgets what has expired; a bounded part each time. */
final class HousekeepingTimer {

    private static final int MAX_LEASES = 1_000;
    private static final int MAX_SWEEP = 200;
    private static final int MAX_PUBLISHED = 5_000;

    private final TaskStores stores;
    private final StepWriter steps;
    private final OutputWriter writer;
    private final Outbox outbox;

    HousekeepingTimer(TaskStores stores, StepWriter steps, OutputWriter writer, Outbox outbox) {
        this.stores = stores;
        this.steps = steps;
        this.writer = writer;
        this.outbox = outbox;
    }

    void publishUsers(Instant now) {
        outbox.clear();
        stores.users()
                .publishChanged(
                        MAX_PUBLISHED,
                        (userId, state) -> outbox.add(
                                NodeNames.TO_USERS,
                                userId.getBytes(StandardCharsets.UTF_8),
                                state == null ? null : writer.user(userId, state),
                                new RecordHeaders(),
                                now.toEpochMilli()));
        outbox.forward();
    }

    void fire(Instant now) {
        for (JobRef job : stores.leases().takeEnded(now.toEpochMilli(), MAX_LEASES)) {
            steps.take(new LeaseEnded(job), Occasion.of(Origin.TIMER), now);
        }
        outbox.clear();
        stores.sums().handOver((part, sum) -> {
            byte[] body = PartKey.bytes(part);
            outbox.add(
                    NodeNames.TO_PARTS,
                    seriesKey(part.service(), part.operation()),
                    ByteBuffer.allocate(Long.BYTES + body.length)
                            .putLong(sum)
                            .put(body)
                            .array(),
                    now.toEpochMilli());
        });
        stores.jobs().sweep(now, MAX_SWEEP);
        for (String userId : stores.users().sweep(now, MAX_SWEEP)) {
            byte[] key = userId.getBytes(StandardCharsets.UTF_8);
            outbox.add(NodeNames.TO_USERS, key, null, new RecordHeaders(), now.toEpochMilli());
        }
        outbox.forward();
    }

    private static byte[] seriesKey(String service, String operation) {
        return (service + '/' + operation).getBytes(StandardCharsets.UTF_8);
    }
}
