package dev.redrive.state;

import dev.redrive.codec.UserMemoryCodec;
import dev.redrive.domain.engine.Ports;
import dev.redrive.domain.user.UserState;
import dev.redrive.state.RateStore.PartKey.Longs;
import dev.redrive.state.RateStore.Recent;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
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
}
