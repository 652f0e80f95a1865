package dev.redrive.state;

import dev.redrive.codec.SingleObject;
import dev.redrive.codec.UserStateCodec;
import dev.redrive.codec.avro.EndsReported;
import dev.redrive.codec.avro.ForeignMemory;
import dev.redrive.codec.avro.LastFailureMemory;
import dev.redrive.codec.avro.LengthsMemory;
import dev.redrive.codec.avro.LimitMemory;
import dev.redrive.codec.avro.LimitSource;
import dev.redrive.codec.avro.OccupancyMemory;
import dev.redrive.codec.avro.QuotaMemory;
import dev.redrive.codec.avro.QuotaPhase;
import dev.redrive.codec.avro.RateWindowMemory;
import dev.redrive.codec.avro.SlotsMemory;
import dev.redrive.codec.avro.UserMemory;
import dev.redrive.domain.classify.FailureClass;
import dev.redrive.domain.engine.Ports;
import dev.redrive.domain.user.Concurrency;
import dev.redrive.domain.user.Concurrency.Foreign;
import dev.redrive.domain.user.Concurrency.Reporting;
import dev.redrive.domain.user.JobLengths;
import dev.redrive.domain.user.LimitEstimate;
import dev.redrive.domain.user.Quota;
import dev.redrive.domain.user.RateWindow;
import dev.redrive.domain.user.RateWindow.CallLog;
import dev.redrive.domain.user.Slots;
import dev.redrive.domain.user.UserState;
import dev.redrive.domain.user.UserState.LastFailure;
import dev.redrive.state.RateStore.PartKey.Longs;
import dev.redrive.state.RateStore.Recent;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * The state of each user, and the users changed since their last publication. A user with nothing pending and nothing
 * active expires after the retention without input.
 *
 * <p>A mark in the marks store is the instant since when changes are unpublished. It is written with the first change
 * and removed when all are published, within transactions: a task that starts with the mark publishes every user
 * changed since.
 */
public final class UserStore implements Ports.Users {

    private static final Bytes UNPUBLISHED_SINCE =
            Bytes.wrap("users-unpublished-since".getBytes(StandardCharsets.UTF_8));

    /** Maximum step back of a clock between two changes; publishing a user once too often is harmless. */
    private static final Duration CLOCK_SLACK = Duration.ofHours(1);

    private final KeyValueStore<Bytes, byte[]> store;
    private final KeyValueStore<Bytes, byte[]> marks;
    private final Sweep sweep;
    private final Recent<String, UserState> recent = new Recent<>();
    private final Set<String> changed = new LinkedHashSet<>();
    private boolean marked;

    /**
     * Creates a view of the stores.
     *
     * @param store the users
     * @param marks the marks
     * @param retention how long an idle user is kept
     */
    public UserStore(KeyValueStore<Bytes, byte[]> store, KeyValueStore<Bytes, byte[]> marks, Duration retention) {
        this.store = store;
        this.marks = marks;
        this.sweep = new Sweep(store, retention, UserStore::age);
        recover();
    }

    private void recover() {
        byte[] since = marks.get(UNPUBLISHED_SINCE);
        if (since == null) {
            return;
        }
        marked = true;
        Instant from = Instant.ofEpochMilli(Longs.fromBytes(since));
        try (KeyValueIterator<Bytes, byte[]> users = store.all()) {
            while (users.hasNext()) {
                KeyValue<Bytes, byte[]> user = users.next();
                if (!UserMemoryCodec.decode(user.value).updatedAt().isBefore(from)) {
                    changed.add(id(user.key));
                }
            }
        }
    }

    /** Returns the user's state; a new one if there is none. */
    @Override
    public UserState get(String userId) {
        UserState known = known(userId);
        return known == null ? UserState.NEW : known;
    }

    /** Stores the user's state and marks it for publication. */
    @Override
    public void put(String userId, UserState state) {
        if (!marked) {
            marked = true;
            marks.put(
                    UNPUBLISHED_SINCE,
                    Longs.toBytes(state.updatedAt().minus(CLOCK_SLACK).toEpochMilli()));
        }
        store.put(key(userId), UserMemoryCodec.encode(state));
        recent.put(userId, state);
        changed.add(userId);
    }

    /** Marks the user for publication although the state is the same: what is published with it changed. */
    @Override
    public void touch(String userId) {
        changed.add(userId);
    }

    /**
     * Publishes each changed user once, in the order of the first change; the rest waits for the next call, because
     * after a crash there may be very many.
     *
     * @param maxUsers maximum number
     * @param publish receives user id and state; {@code null} for a deleted user
     */
    public void publishChanged(int maxUsers, BiConsumer<String, @Nullable UserState> publish) {
        if (changed.isEmpty()) {
            return;
        }
        Iterator<String> waiting = changed.iterator();
        for (int published = 0; published < maxUsers && waiting.hasNext(); published++) {
            String userId = waiting.next();
            publish.accept(userId, known(userId));
            waiting.remove();
        }
        if (marked && changed.isEmpty()) {
            marked = false;
            marks.put(UNPUBLISHED_SINCE, null);
        }
    }

    private @Nullable UserState known(String userId) {
        return recent.get(userId, this::stored);
    }

    private @Nullable UserState stored(String userId) {
        byte[] stored = store.get(key(userId));
        return stored == null ? null : UserMemoryCodec.decode(stored);
    }

    /**
     * Deletes expired users among the next few, cyclically.
     *
     * @param now the time
     * @param maxEntries maximum number to visit
     * @return the deleted users; their tombstones must be published
     */
    public List<String> sweep(Instant now, int maxEntries) {
        List<String> gone = new ArrayList<>();
        for (Bytes key : sweep.run(now, maxEntries)) {
            recent.remove(id(key));
            gone.add(id(key));
        }
        return gone;
    }

    private static Sweep.Age age(KeyValue<Bytes, byte[]> entry) {
        UserState state = UserMemoryCodec.decode(entry.value);
        return new Sweep.Age(state.updatedAt(), !state.idle());
    }

    private static Bytes key(String userId) {
        return Bytes.wrap(userId.getBytes(StandardCharsets.UTF_8));
    }

    private static String id(Bytes key) {
        return new String(key.get(), StandardCharsets.UTF_8);
    }

    /**
     * Encodes a user's state for the users store, in Avro's single-object encoding. Equal states have equal bytes. The
     * published record is another one: {@link UserStateCodec}.
     *
     * <p>Stateless and safe for use by several threads.
     */
    public static final class UserMemoryCodec {

        private static final SingleObject<UserMemory> FORMAT = new SingleObject<>(UserMemory.class);

        private UserMemoryCodec() {}

        /** Encodes a state. */
        public static byte[] encode(UserState state) {
            Concurrency concurrency = state.concurrency();
            return FORMAT.encode(new UserMemory(
                    state.updatedAt().toEpochMilli(),
                    concurrency.active(),
                    value(concurrency.limit()),
                    at(concurrency.limit()),
                    concurrency.reported(),
                    millis(concurrency.reportedAt()),
                    memory(concurrency.foreign()),
                    null,
                    null,
                    EndsReported.valueOf(concurrency.reporting().name()),
                    state.plan(),
                    memory(state.quota()),
                    windows(state.rateWindows()),
                    sorted(state.pending()),
                    memory(state.lastFailure()),
                    memory(concurrency.limit()),
                    concurrency.refusals(),
                    memory(concurrency.lengths()),
                    memory(concurrency.slots())));
        }

        private static @Nullable Integer value(@Nullable LimitEstimate limit) {
            return limit == null ? null : limit.value();
        }

        private static @Nullable Long at(@Nullable LimitEstimate limit) {
            return limit == null ? null : limit.at().toEpochMilli();
        }

        private static @Nullable LimitMemory memory(@Nullable LimitEstimate limit) {
            return limit == null
                    ? null
                    : new LimitMemory(
                            limit.at().toEpochMilli(),
                            LimitSource.valueOf(limit.source().name()),
                            limit.passed(),
                            limit.vain(),
                            limit.lastGood(),
                            millis(limit.testedAt()),
                            limit.testedJob(),
                            millis(limit.acceptedAt()));
        }

        private static @Nullable LengthsMemory memory(@Nullable JobLengths lengths) {
            return lengths == null ? null : new LengthsMemory(lengths.logMean(), lengths.logVariance(), lengths.seen());
        }

        private static @Nullable SlotsMemory memory(Slots slots) {
            return slots.equals(Slots.NONE)
                    ? null
                    : new SlotsMemory(
                            slots.ours(),
                            slots.strangers(),
                            slots.refusedAtMs(),
                            slots.disturbedAtMs(),
                            slots.answerMs());
        }

        private static @Nullable ForeignMemory memory(@Nullable Foreign foreign) {
            return foreign == null
                    ? null
                    : new ForeignMemory(
                            foreign.count(),
                            foreign.since().toEpochMilli(),
                            foreign.step().toMillis());
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
                    quota.rampReleases(),
                    quota.probes(),
                    millis(quota.probedAt()),
                    quota.probedJob());
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
                        value(window.limit()),
                        window.remaining(),
                        millis(window.resetAt()),
                        millis(window.closedUntil()),
                        window.observedAt().toEpochMilli(),
                        millis(window.pacedUntil()),
                        window.calls().leavesAtMs(),
                        memory(window.limit()),
                        millis(window.trackedFrom()),
                        window.silent()));
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
                    limit(memory.getLimit(), memory.getLimitEstimate(), orZero(memory.getLimitAt())),
                    memory.getReported(),
                    instant(memory.getReportedAt()),
                    foreign(memory.getForeign()),
                    memory.getRefusals(),
                    lengths(memory),
                    slots(memory.getSlots()),
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

        /** In the state of former versions a limit was reported. */
        private static @Nullable LimitEstimate limit(@Nullable Integer value, @Nullable LimitMemory memory, long at) {
            if (value == null || value < 0) {
                return null;
            }
            return memory == null
                    ? LimitEstimate.of(value, Instant.ofEpochMilli(at), LimitEstimate.Source.REPORTED)
                    : new LimitEstimate(
                            value,
                            Instant.ofEpochMilli(memory.getAt()),
                            LimitEstimate.Source.valueOf(memory.getSource().name()),
                            memory.getPassed(),
                            memory.getVain(),
                            memory.getLastGood(),
                            instant(memory.getTestedAt()),
                            memory.getTestedJob(),
                            instant(memory.getAcceptedAt()));
        }

        private static long orZero(@Nullable Long millis) {
            return millis == null ? 0 : millis;
        }

        private static @Nullable JobLengths lengths(UserMemory memory) {
            LengthsMemory lengths = memory.getLengths();
            if (lengths != null) {
                return new JobLengths(lengths.getLogMean(), lengths.getLogVariance(), lengths.getSeen());
            }
            OccupancyMemory former = memory.getOccupancy();
            return former == null ? null : JobLengths.ofMedian(Duration.ofMillis(former.getEstimateMs()));
        }

        private static Slots slots(@Nullable SlotsMemory memory) {
            return memory == null
                    ? Slots.NONE
                    : new Slots(
                            memory.getOurs(),
                            memory.getStrangers(),
                            memory.getRefusedAt(),
                            memory.getDisturbedAt(),
                            memory.getAnswerMs());
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
                    memory.getRampReleases(),
                    memory.getProbes(),
                    instant(memory.getProbedAt()),
                    memory.getProbedJob());
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
                                limit(memory.getLimit(), memory.getEstimate(), memory.getObservedAt()),
                                memory.getRemaining(),
                                instant(memory.getResetAt()),
                                instant(memory.getClosedUntil()),
                                Instant.ofEpochMilli(memory.getObservedAt()),
                                instant(memory.getPacedUntil()),
                                new CallLog(memory.getCallsLeaveAt()),
                                instant(memory.getTrackedFrom()),
                                memory.getSilent()));
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
}
