package dev.redrive.topology;

import dev.redrive.codec.OutputWriter;
import dev.redrive.domain.backlog.Backlog;
import dev.redrive.state.PartKey;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.apache.kafka.common.header.internals.RecordHeaders;

/** Publishes changed users, hands on partial sums, and forgets what has expired; a bounded part each time. */
final class HousekeepingTimer {

    private static final int SWEPT = 200;
    private static final int MAX_PUBLISHED = 5_000;

    private final TaskStores stores;
    private final Backlog backlog;
    private final OutputWriter writer;
    private final Outbox outbox;

    HousekeepingTimer(TaskStores stores, Backlog backlog, OutputWriter writer, Outbox outbox) {
        this.stores = stores;
        this.backlog = backlog;
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
                                state == null ? null : writer.user(userId, state, backlog.heldOf(userId)),
                                new RecordHeaders(),
                                now.toEpochMilli()));
        outbox.forward();
    }

    void fire(Instant now) {
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
        sweep(now);
        outbox.forward();
    }

    private void sweep(Instant now) {
        stores.jobs().sweep(now, SWEPT);
        stores.services().sweep(now, SWEPT);
        stores.spent().sweep(now, SWEPT);
        for (String userId : stores.users().sweep(now, SWEPT)) {
            byte[] key = userId.getBytes(StandardCharsets.UTF_8);
            outbox.add(NodeNames.TO_USERS, key, null, new RecordHeaders(), now.toEpochMilli());
        }
    }

    private static byte[] seriesKey(String service, String operation) {
        return (service + '/' + operation).getBytes(StandardCharsets.UTF_8);
    }
}
