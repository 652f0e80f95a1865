package dev.redrive.topology;

import dev.redrive.codec.OutputWriter;
import dev.redrive.domain.backlog.Backlog;
import dev.redrive.domain.backlog.HeldLane;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;

/** Publishes changed users, hands on partial sums, and forgets what has expired; a bounded part each time. */
final class HousekeepingTimer {

    private static final int SWEPT = 200;
    private static final int MAX_PUBLISHED = 5_000;

    /** Most held lanes of a user that are published; a user may have a lane for every service that it names. */
    private static final int MAX_HELD_LANES = 64;

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
                        (userId, state) -> outbox.offer(
                                NodeNames.TO_USERS,
                                userId.getBytes(StandardCharsets.UTF_8),
                                state == null ? null : writer.user(userId, state, heldOf(userId)),
                                now.toEpochMilli()));
        outbox.forward();
    }

    private List<HeldLane> heldOf(String userId) {
        List<HeldLane> held = backlog.heldOf(userId);
        return held.size() <= MAX_HELD_LANES ? held : held.subList(0, MAX_HELD_LANES);
    }

    void fire(Instant now) {
        outbox.clear();
        stores.sums().handOver((part, sum) -> {
            outbox.offer(
                    NodeNames.TO_PARTS, PartialSum.key(part), new PartialSum(part, sum).bytes(), now.toEpochMilli());
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
            outbox.offer(NodeNames.TO_USERS, key, null, now.toEpochMilli());
        }
    }
}
