package dev.redrive.codec;

import dev.redrive.avro.ForeignJobs;
import dev.redrive.avro.GateState;
import dev.redrive.avro.QuotaState;
import dev.redrive.avro.RateWindowState;
import dev.redrive.domain.backlog.HeldLane;
import dev.redrive.domain.classify.FailureClass;
import dev.redrive.domain.user.CallLog;
import dev.redrive.domain.user.Concurrency;
import dev.redrive.domain.user.Foreign;
import dev.redrive.domain.user.LastFailure;
import dev.redrive.domain.user.Occupancy;
import dev.redrive.domain.user.Quota;
import dev.redrive.domain.user.RateWindow;
import dev.redrive.domain.user.Reporting;
import dev.redrive.domain.user.UserState;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A user's state: between domain and the published record, and as bytes of the users store (the same record in Avro's
 * single-object encoding).
 *
 * <p>Stateless and safe for use by several threads.
 */
public final class UserStateCodec {

    private static final SingleObject<dev.redrive.avro.UserState> FORMAT =
            new SingleObject<>(dev.redrive.avro.UserState.class);

    private UserStateCodec() {}

    /** The bytes of a state, for the store. */
    public static byte[] encode(String userId, UserState state) {
        return FORMAT.encode(record(userId, state, List.of()));
    }

    /**
     * The state in the bytes of the store; a new one where there are none.
     *
     * @throws UncheckedIOException if the bytes are no user's state
     */
    public static UserState decode(byte @Nullable [] bytes) {
        if (bytes == null) {
            return UserState.NEW;
        }
        return state(FORMAT.decode(bytes));
    }

    /**
     * The record that is published.
     *
     * @param held the gates that hold retries of the user
     */
    public static dev.redrive.avro.UserState record(String userId, UserState state, List<HeldLane> held) {
        List<GateState> gates = new ArrayList<>(held.size());
        for (HeldLane lane : held) {
            String service = lane.service();
            gates.add(new GateState(
                    lane.held().gate().name(),
                    service,
                    lane.held().since(),
                    lane.held().until(),
                    service == null ? state.pendingRetries() : state.pending().getOrDefault(service, 0)));
        }
        Concurrency concurrency = state.concurrency();
        Foreign foreign = concurrency.foreign();
        Occupancy occupancy = concurrency.occupancy();
        Quota quota = state.quota();
        List<RateWindowState> windows = new ArrayList<>(state.rateWindows().size());
        for (Map.Entry<String, RateWindow> entry : new TreeMap<>(state.rateWindows()).entrySet()) {
            RateWindow window = entry.getValue();
            windows.add(new RateWindowState(
                    entry.getKey(),
                    window.limit(),
                    window.remaining(),
                    window.resetAt(),
                    window.closedUntil(),
                    window.observedAt(),
                    window.pacedUntil(),
                    window.calls().leavesAtMs()));
        }
        LastFailure last = state.lastFailure();
        return new dev.redrive.avro.UserState(
                userId,
                state.updatedAt(),
                concurrency.active(),
                concurrency.limit(),
                concurrency.limitAt(),
                concurrency.reported(),
                concurrency.reportedAt(),
                foreign == null
                        ? null
                        : new ForeignJobs(
                                foreign.count(), foreign.since(), foreign.step().toMillis()),
                occupancy == null ? null : occupancy.estimateMs(),
                occupancy != null && occupancy.settled(),
                occupancy == null ? 0 : occupancy.streak(),
                occupancy == null ? null : occupancy.refusedAt(),
                occupancy == null ? 0 : occupancy.patiencePercent(),
                concurrency.leaseEndedAt(),
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
                        quota.rampReleases()),
                windows,
                state.pendingRetries(),
                state.pending(),
                gates,
                last == null
                        ? null
                        : new dev.redrive.avro.LastFailure(
                                last.failureClass().name(),
                                last.code(),
                                last.httpStatus(),
                                last.service(),
                                last.operation(),
                                last.at()));
    }

    private static UserState state(dev.redrive.avro.UserState stored) {
        QuotaState quota = stored.getQuota();
        ForeignJobs foreign = stored.getForeign();
        Long occupancyMs = stored.getOccupancyMs();
        Map<String, RateWindow> windows = new TreeMap<>();
        for (RateWindowState window : stored.getRateWindows()) {
            windows.put(
                    window.getService(),
                    new RateWindow(
                            window.getLimit(),
                            window.getRemaining(),
                            window.getResetAt(),
                            window.getClosedUntil(),
                            window.getObservedAt(),
                            window.getPacedUntil(),
                            new CallLog(window.getCallsLeaveAt())));
        }
        dev.redrive.avro.LastFailure last = stored.getLastFailure();
        return new UserState(
                new Concurrency(
                        stored.getActiveJobs(),
                        stored.getConcurrencyLimit(),
                        stored.getConcurrencyLimitAt(),
                        stored.getReportedActiveRequests(),
                        stored.getReportedActiveAt(),
                        foreign == null
                                ? null
                                : new Foreign(
                                        foreign.getCount(), foreign.getSince(), Duration.ofMillis(foreign.getStepMs())),
                        occupancyMs == null
                                ? null
                                : new Occupancy(
                                        occupancyMs,
                                        stored.getOccupancySettled(),
                                        stored.getStreak(),
                                        stored.getRefusedAt(),
                                        stored.getPatiencePercent()),
                        stored.getLeaseEndedAt(),
                        Reporting.valueOf(stored.getReporting())),
                new Quota(
                        Quota.Status.valueOf(quota.getStatus()),
                        quota.getReason(),
                        quota.getSince(),
                        quota.getResetAt(),
                        quota.getRemaining(),
                        quota.getLearnedAt(),
                        quota.getReopenedAt(),
                        quota.getRampReleases()),
                windows,
                stored.getPendingByService(),
                stored.getPlan(),
                last == null
                        ? null
                        : new LastFailure(
                                FailureClass.valueOf(last.getFailureClass()),
                                last.getCode(),
                                last.getHttpStatus(),
                                last.getService(),
                                last.getOperation(),
                                last.getAt()),
                stored.getUpdatedAt());
    }
}
