package dev.redrive.state;

import dev.redrive.codec.UserMemoryCodec;
import dev.redrive.domain.engine.Ports;
import dev.redrive.domain.user.UserState;
import dev.redrive.state.PartKey.Longs;
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
 * The state of each user, and which of them changed since it was published last. A user with nothing pending and
 * nothing active expires when nothing was heard for the retention.
 *
 * <p>A mark in the marks store says since when changes are unpublished. It is written with the first of them and taken
 * back when they are published, all within transactions: a task that begins with the mark set publishes every user who
 * changed since.
 */
public final class UserStore implements Ports.Users {

    private static final Bytes UNPUBLISHED_SINCE =
            Bytes.wrap("users-unpublished-since".getBytes(StandardCharsets.UTF_8));

    /** How far a clock may go back between two changes; publishing somebody once too often does no harm. */
    private static final Duration CLOCK_SLACK = Duration.ofHours(1);

    private final KeyValueStore<Bytes, byte[]> store;
    private final KeyValueStore<Bytes, byte[]> marks;
    private final Sweep sweep;
    private final Recent<String, UserState> recent = new Recent<>();
    private final Set<String> changed = new LinkedHashSet<>();
    private boolean marked;

    /**
     * A view of the stores.
     *
     * @param store the users
     * @param marks the marks
     * @param retention how long an idle user is remembered
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

    /** The user's state; a new one when nothing is known. */
    @Override
    public UserState get(String userId) {
        UserState known = known(userId);
        return known == null ? UserState.NEW : known;
    }

    /** Stores the user's state, to be published. */
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

    /** The user is to be published again, although the state is the same: what is published beside it changed. */
    @Override
    public void touch(String userId) {
        changed.add(userId);
    }

    /**
     * Publishes those who changed, each once, in the order of their first change; beyond the limit the rest waits for
     * the next call, for after a crash there may be very many.
     *
     * @param maxUsers at most so many
     * @param publish takes user id and state; {@code null} for a user who was forgotten
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
     * Looks at a few users more, going round, and forgets those whose retention is over.
     *
     * @param now the time
     * @param maxEntries how many to look at
     * @return the users who were forgotten; their tombstones are to be published
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
