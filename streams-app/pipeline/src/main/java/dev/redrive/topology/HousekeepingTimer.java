package dev.redrive.topology;

import dev.redrive.codec.OutputWriter;
import dev.redrive.domain.backlog.Backlog.Blocked;
import dev.redrive.domain.backlog.Backlog.BlockedLane;
import dev.redrive.domain.engine.Engine;
import dev.redrive.domain.gate.GateName;
import dev.redrive.domain.gate.Holds;
import dev.redrive.domain.gate.Subject;
import dev.redrive.domain.gate.Verdict;
import dev.redrive.domain.lifecycle.Pipeline;
import dev.redrive.domain.service.ServiceState;
import dev.redrive.domain.user.UserState;
import dev.redrive.topology.ErrorRateProcessor.PartialSum;
import dev.redrive.topology.FailureTopology.NodeNames;
import dev.redrive.topology.PipelineProcessor.TaskStores;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Publishes changed users, flushes partial sums and deletes what has expired; a bounded part each time. */
final class HousekeepingTimer {

    private static final int SWEPT = 200;
    private static final int MAX_PUBLISHED = 5_000;

    /** Maximum number of blocked lanes published per user; a user may have a lane for every service that it names. */
    private static final int MAX_BLOCKED_LANES = 64;

    private final Pipeline pipeline;
    private final TaskStores stores;
    private final Engine<?> engine;
    private final OutputWriter writer;
    private final Outbox outbox;

    HousekeepingTimer(Pipeline pipeline, TaskStores stores, Engine<?> engine, OutputWriter writer, Outbox outbox) {
        this.pipeline = pipeline;
        this.stores = stores;
        this.engine = engine;
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
                                state == null ? null : writer.user(userId, state, closed(userId, state, now)),
                                now.toEpochMilli()));
        outbox.forward();
    }

    /** Returns the gates that block retries, and those closed for retries not due yet, by the rules that decide. */
    private List<BlockedLane> closed(String userId, UserState state, Instant now) {
        List<BlockedLane> blocked = new ArrayList<>(engine.backlog().blockedOf(userId));
        Set<String> services = new TreeSet<>(state.rateWindows().keySet());
        services.add("");
        Holds holds = engine.holds();
        if (!holds.isEmpty()) {
            services.addAll(state.pending().keySet());
        }
        for (String service : services) {
            ServiceState health = stores.services().get(service);
            for (Verdict.Closed closed :
                    pipeline.closed(new Subject(userId, service, null, holds), state, health, now)) {
                String about = closed.gate().ofUser() ? null : service;
                if (!"".equals(about)
                        && closed.gate().publishedWhileIdle(state.pendingRetries())
                        && !contains(blocked, closed.gate(), about)) {
                    blocked.add(
                            new BlockedLane(about, new Blocked(closed.gate(), now, closed.until(), closed.opening())));
                }
            }
        }
        return blocked.size() <= MAX_BLOCKED_LANES ? blocked : blocked.subList(0, MAX_BLOCKED_LANES);
    }

    private static boolean contains(List<BlockedLane> blocked, GateName gate, @Nullable String service) {
        return blocked.stream()
                .anyMatch(lane -> lane.blocked().gate() == gate && Objects.equals(lane.service(), service));
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
