package dev.redrive.codec;

import dev.redrive.avro.ForeignJobs;
import dev.redrive.avro.GateState;
import dev.redrive.avro.QuotaState;
import dev.redrive.avro.RateWindowState;
import dev.redrive.domain.backlog.Backlog.BlockedLane;
import dev.redrive.domain.user.Concurrency;
import dev.redrive.domain.user.Concurrency.Foreign;
import dev.redrive.domain.user.JobLengths;
import dev.redrive.domain.user.LimitEstimate;
import dev.redrive.domain.user.Quota;
import dev.redrive.domain.user.RateWindow;
import dev.redrive.domain.user.UserState;
import dev.redrive.domain.user.UserState.LastFailure;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Converts a user's state to the published record.
 *
 * <p>Stateless and safe for use by several threads.
 */
public final class UserStateCodec {

    private UserStateCodec() {}

    /**
     * Returns the published record.
     *
     * @param blocked the gates that are closed for the user
     */
    public static dev.redrive.avro.UserState record(String userId, UserState state, List<BlockedLane> blocked) {
        Concurrency concurrency = state.concurrency();
        Foreign foreign = concurrency.foreign();
        LimitEstimate limit = concurrency.limit();
        JobLengths lengths = concurrency.lengths();
        long refusedAtMs = concurrency.slots().refusedAtMs();
        Quota quota = state.quota();
        LastFailure last = state.lastFailure();
        return new dev.redrive.avro.UserState(
                userId,
                state.updatedAt(),
                concurrency.active(),
                limit == null ? null : limit.value(),
                limit == null ? null : limit.at(),
                concurrency.reported(),
                concurrency.reportedAt(),
                foreign == null
                        ? null
                        : new ForeignJobs(
                                foreign.count(), foreign.since(), foreign.step().toMillis()),
                lengths == null ? null : lengths.median().toMillis(),
                lengths != null && lengths.seen() > 0,
                concurrency.refusals(),
                refusedAtMs == 0 ? null : Instant.ofEpochMilli(refusedAtMs),
                0,
                null,
                concurrency.reporting().name(),
                state.plan(),
                new QuotaState(
                        quota.status().name(),
                        quota.reason(),
                        quota.since(),
                        quota.resetAt(),
                        quota.remaining(),
                        quota.learnedAt(),
                        quota.reopenedAt(),
                        quota.rampReleases(),
                        quota.probes(),
                        quota.probedAt()),
                windows(state.rateWindows()),
                state.pendingRetries(),
                state.pending(),
                gates(state, blocked),
                last == null
                        ? null
                        : new dev.redrive.avro.LastFailure(
                                last.failureClass().name(),
                                last.code(),
                                last.httpStatus(),
                                last.service(),
                                last.operation(),
                                last.at()),
                limit == null ? null : limit.source().name(),
                limit == null ? null : limit.testedAt(),
                limit == null ? 0 : Math.max(0, limit.vain()),
                lengths == null ? null : Math.sqrt(lengths.logVariance()),
                lengths == null ? 0 : lengths.seen());
    }

    private static List<GateState> gates(UserState state, List<BlockedLane> blocked) {
        List<GateState> gates = new ArrayList<>(blocked.size());
        for (BlockedLane lane : blocked) {
            String service = lane.service();
            gates.add(new GateState(
                    lane.blocked().gate().name(),
                    service,
                    lane.blocked().since(),
                    lane.blocked().until(),
                    service == null ? state.pendingRetries() : state.pending().getOrDefault(service, 0),
                    lane.blocked().opening().name()));
        }
        return gates;
    }

    private static List<RateWindowState> windows(Map<String, RateWindow> byService) {
        List<RateWindowState> windows = new ArrayList<>(byService.size());
        for (Map.Entry<String, RateWindow> entry : new TreeMap<>(byService).entrySet()) {
            RateWindow window = entry.getValue();
            LimitEstimate limit = window.limit();
            windows.add(new RateWindowState(
                    entry.getKey(),
                    limit == null ? null : limit.value(),
                    window.remaining(),
                    window.resetAt(),
                    window.closedUntil(),
                    window.observedAt(),
                    window.pacedUntil(),
                    window.calls().leavesAtMs(),
                    limit == null ? null : limit.source().name(),
                    limit == null ? null : limit.testedAt()));
        }
        return windows;
    }
}
