package dev.redrive.dev;

import dev.redrive.avro.GateState;
import dev.redrive.avro.UserState;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Which retries gates hold, as far as the published states of users tell. A hold that is shorter than the interval of
 * publication may go unseen. Belongs to one thread.
 */
final class HeldRetries {

    /** The name that stands for all services of a user. */
    private static final String ALL = "";

    private final RecentMap<String, Holds> users;

    /**
     * What gates hold of one user.
     *
     * @param closed how many retries lie behind which gate, by service; a gate of the user under {@link #ALL}, alone
     * @param lastHeld when retries of a service were seen held last
     */
    private record Holds(Map<String, Behind> closed, Map<String, Instant> lastHeld) {}

    private record Behind(String gate, int retries) {}

    /**
     * Nothing is held.
     *
     * @param mostUsers so many users are remembered
     */
    HeldRetries(int mostUsers) {
        users = new RecentMap<>(mostUsers);
    }

    /** What is known of a user now, published at the time given; {@code null} for a user who was forgotten. */
    void user(String userId, @Nullable UserState state, Instant publishedAt) {
        Holds before = users.get(userId);
        if (state == null || (before == null && state.getGates().isEmpty())) {
            users.remove(userId);
            return;
        }
        Map<String, Behind> closed = closed(state);
        Map<String, Instant> lastHeld = new HashMap<>(before == null ? Map.of() : before.lastHeld());
        // What opens now was closed until now.
        if (before != null) {
            before.closed().keySet().forEach(service -> lastHeld.put(service, publishedAt));
        }
        closed.keySet().forEach(service -> lastHeld.put(service, publishedAt));
        users.put(userId, new Holds(closed, lastHeld));
    }

    /** A gate of the user holds all services; else there is one entry for each lane, and lanes of one service say the same. */
    private static Map<String, Behind> closed(UserState state) {
        Map<String, Behind> closed = new HashMap<>();
        for (GateState gate : state.getGates()) {
            String service = gate.getService();
            if (service == null) {
                return Map.of(ALL, new Behind(gate.getGate(), gate.getHeld()));
            }
            closed.putIfAbsent(service, new Behind(gate.getGate(), gate.getHeld()));
        }
        return closed;
    }

    /**
     * How many of a user's retries are overdue: due, and held by no gate. A lower bound where gates of services are closed,
     * for it is not known which service a retry is for, nor whether those behind a gate are due.
     *
     * @param due how many are due
     */
    int overdue(String userId, int due) {
        Holds holds = users.get(userId);
        if (holds == null) {
            return due;
        }
        if (holds.closed().containsKey(ALL)) {
            return 0;
        }
        int behind = holds.closed().values().stream().mapToInt(Behind::retries).sum();
        return Math.max(0, due - behind);
    }

    /** Whether a gate is known to have held a retry after its due. */
    boolean heldAfter(String userId, String service, Instant dueAt) {
        Holds holds = users.get(userId);
        if (holds == null) {
            return false;
        }
        return heldAfter(holds, ALL, dueAt) || heldAfter(holds, service, dueAt);
    }

    private static boolean heldAfter(Holds holds, String service, Instant dueAt) {
        Instant last = holds.lastHeld().get(service);
        return holds.closed().containsKey(service) || (last != null && !last.isBefore(dueAt));
    }

    /** How many retries lie behind each gate that is closed. */
    Map<String, Long> byGate() {
        Map<String, Long> byGate = new TreeMap<>();
        for (Holds holds : users.values()) {
            holds.closed().values().stream()
                    .filter(behind -> behind.retries() > 0)
                    .forEach(behind -> byGate.merge(behind.gate(), (long) behind.retries(), Long::sum));
        }
        return byGate;
    }
}
