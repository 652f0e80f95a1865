package dev.redrive.codec;

import dev.redrive.codec.avro.EndsReported;
import dev.redrive.codec.avro.ForeignMemory;
import dev.redrive.codec.avro.LastFailureMemory;
import dev.redrive.codec.avro.OccupancyMemory;
import dev.redrive.codec.avro.QuotaMemory;
import dev.redrive.codec.avro.QuotaPhase;
import dev.redrive.codec.avro.RateWindowMemory;
import dev.redrive.codec.avro.UserMemory;
import dev.redrive.domain.classify.FailureClass;
import dev.redrive.domain.user.Concurrency;
import dev.redrive.domain.user.Concurrency.Foreign;
import dev.redrive.domain.user.Concurrency.Reporting;
import dev.redrive.domain.user.Occupancy;
import dev.redrive.domain.user.Quota;
import dev.redrive.domain.user.RateWindow;
import dev.redrive.domain.user.RateWindow.CallLog;
import dev.redrive.domain.user.UserState;
import dev.redrive.domain.user.UserState.LastFailure;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Encodes a user's state for the users store, in Avro's single-object encoding. Equal states have equal bytes. The
 * published record is another one: {@link UserStateCodec}.
 *
 * <p>Stateless and safe for use by several threads.
 */
public final class UserMemoryCodec {

    private static final SingleObject<UserMemory> FORMAT = new SingleObject<>(UserMemory.class);

    private UserMemoryCodec() {}

    /** Encodes a state. */
    public static byte[] encode(UserState state) {
        Concurrency concurrency = state.concurrency();
        return FORMAT.encode(new UserMemory(
                state.updatedAt().toEpochMilli(),
                concurrency.active(),
                concurrency.limit(),
                millis(concurrency.limitAt()),
                concurrency.reported(),
                millis(concurrency.reportedAt()),
                memory(concurrency.foreign()),
                memory(concurrency.occupancy()),
                millis(concurrency.leaseEndedAt()),
                EndsReported.valueOf(concurrency.reporting().name()),
                state.plan(),
                memory(state.quota()),
                windows(state.rateWindows()),
                sorted(state.pending()),
                memory(state.lastFailure())));
    }

    private static @Nullable ForeignMemory memory(@Nullable Foreign foreign) {
        return foreign == null
                ? null
                : new ForeignMemory(
                        foreign.count(),
                        foreign.since().toEpochMilli(),
                        foreign.step().toMillis());
    }

    private static @Nullable OccupancyMemory memory(@Nullable Occupancy occupancy) {
        return occupancy == null
                ? null
                : new OccupancyMemory(
                        occupancy.estimateMs(),
                        occupancy.settled(),
                        occupancy.streak(),
                        millis(occupancy.refusedAt()),
                        occupancy.patiencePercent());
    }

    private static QuotaMemory memory(Quota quota) {
        return new QuotaMemory(
                QuotaPhase.valueOf(quota.status().name()),
                quota.reason(),
                millis(quota.since()),
                millis(quota.resetAt()),
                quota.remaining(),
                millis(quota.learnedAt()),
                millis(quota.reopenedAt()),
                quota.rampReleases());
    }

    private static List<RateWindowMemory> windows(Map<String, RateWindow> windows) {
        if (windows.isEmpty()) {
            return List.of();
        }
        List<RateWindowMemory> memories = new ArrayList<>(windows.size());
        for (Map.Entry<String, RateWindow> entry : sorted(windows).entrySet()) {
            RateWindow window = entry.getValue();
            memories.add(new RateWindowMemory(
                    entry.getKey(),
                    window.limit(),
                    window.remaining(),
                    millis(window.resetAt()),
                    millis(window.closedUntil()),
                    window.observedAt().toEpochMilli(),
                    millis(window.pacedUntil()),
                    window.calls().leavesAtMs()));
        }
        return memories;
    }

    private static <V> Map<String, V> sorted(Map<String, V> map) {
        return map.size() < 2 ? map : new TreeMap<>(map);
    }

    private static @Nullable LastFailureMemory memory(@Nullable LastFailure last) {
        return last == null
                ? null
                : new LastFailureMemory(
                        last.failureClass().name(),
                        last.code(),
                        last.httpStatus(),
                        last.service(),
                        last.operation(),
                        last.at().toEpochMilli());
    }

    /**
     * Decodes a state; a new one for {@code null}.
     *
     * @throws UncheckedIOException if the bytes are no user's state
     */
    public static UserState decode(byte @Nullable [] bytes) {
        if (bytes == null) {
            return UserState.NEW;
        }
        UserMemory memory = FORMAT.decode(bytes);
        return new UserState(
                concurrency(memory),
                quota(memory.getQuota()),
                windows(memory.getRateWindows()),
                memory.getPending(),
                memory.getPlan(),
                lastFailure(memory.getLastFailure()),
                Instant.ofEpochMilli(memory.getUpdatedAt()));
    }

    private static Concurrency concurrency(UserMemory memory) {
        return new Concurrency(
                memory.getActive(),
                memory.getLimit(),
                instant(memory.getLimitAt()),
                memory.getReported(),
                instant(memory.getReportedAt()),
                foreign(memory.getForeign()),
                occupancy(memory.getOccupancy()),
                instant(memory.getLeaseEndedAt()),
                Reporting.valueOf(memory.getReporting().name()));
    }

    private static @Nullable Foreign foreign(@Nullable ForeignMemory memory) {
        return memory == null
                ? null
                : new Foreign(
                        memory.getCount(),
                        Instant.ofEpochMilli(memory.getSince()),
                        Duration.ofMillis(memory.getStepMs()));
    }

    private static @Nullable Occupancy occupancy(@Nullable OccupancyMemory memory) {
        return memory == null
                ? null
                : new Occupancy(
                        memory.getEstimateMs(),
                        memory.getSettled(),
                        memory.getStreak(),
                        instant(memory.getRefusedAt()),
                        memory.getPatiencePercent());
    }

    private static Quota quota(QuotaMemory memory) {
        return new Quota(
                Quota.Status.valueOf(memory.getStatus().name()),
                memory.getReason(),
                instant(memory.getSince()),
                instant(memory.getResetAt()),
                memory.getRemaining(),
                instant(memory.getLearnedAt()),
                instant(memory.getReopenedAt()),
                memory.getRampReleases());
    }

    private static Map<String, RateWindow> windows(List<RateWindowMemory> memories) {
        if (memories.isEmpty()) {
            return Map.of();
        }
        Map<String, RateWindow> windows = new HashMap<>();
        for (RateWindowMemory memory : memories) {
            windows.put(
                    memory.getService(),
                    new RateWindow(
                            memory.getLimit(),
                            memory.getRemaining(),
                            instant(memory.getResetAt()),
                            instant(memory.getClosedUntil()),
                            Instant.ofEpochMilli(memory.getObservedAt()),
                            instant(memory.getPacedUntil()),
                            new CallLog(memory.getCallsLeaveAt())));
        }
        return windows;
    }

    private static @Nullable LastFailure lastFailure(@Nullable LastFailureMemory memory) {
        return memory == null
                ? null
                : new LastFailure(
                        FailureClass.valueOf(memory.getFailureClass()),
                        memory.getCode(),
                        memory.getHttpStatus(),
                        memory.getService(),
                        memory.getOperation(),
                        Instant.ofEpochMilli(memory.getAt()));
    }

    private static @Nullable Long millis(@Nullable Instant instant) {
        return instant == null ? null : instant.toEpochMilli();
    }

    private static @Nullable Instant instant(@Nullable Long millis) {
        return millis == null ? null : Instant.ofEpochMilli(millis);
    }
}
