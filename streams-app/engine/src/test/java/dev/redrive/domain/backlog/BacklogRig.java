package dev.redrive.domain.backlog;

import dev.redrive.domain.backlog.Backlog.Candidate;
import dev.redrive.domain.backlog.Lane.Slot;
import dev.redrive.domain.gate.GateName;
import dev.redrive.domain.gate.Verdict;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A backlog over a shelf in memory, with gates that are closed until an instant in milliseconds. */
final class BacklogRig {

    static final long EVER = 1L << 40;

    final MemoryShelf shelf = new MemoryShelf();
    final Map<String, Long> users = new HashMap<>();
    final Map<String, Long> windows = new HashMap<>();
    final Map<String, Long> services = new HashMap<>();
    final Set<String> heldJobs = new HashSet<>();
    final List<String> changed = new ArrayList<>();
    final Duration maxHold;
    int asked;
    Backlog backlog;

    BacklogRig(Duration maxHold) {
        this.maxHold = maxHold;
        this.backlog = anew();
    }

    private Backlog anew() {
        return new Backlog(shelf, new Gates(), changed::add, maxHold);
    }

    /** The gates of lanes, and holds of single retries. */
    private final class Gates implements Backlog.Asker {

        @Override
        public Verdict ask(Lane lane, Instant now) {
            return BacklogRig.this.ask(lane, now);
        }

        @Override
        public Verdict.@Nullable Closed held(Lane lane, Slot slot, Instant now) {
            return heldJobs.contains(slot.jobId())
                    ? new Verdict.Closed(GateName.OPERATOR, Instant.ofEpochMilli(EVER))
                    : null;
        }
    }

    void restart() {
        backlog = anew();
    }

    Verdict ask(Lane lane, Instant now) {
        asked++;
        long userMs = users.getOrDefault(lane.userId(), 0L);
        if (userMs > now.toEpochMilli()) {
            return new Verdict.Closed(GateName.CONCURRENCY, Instant.ofEpochMilli(userMs));
        }
        long windowMs = windows.getOrDefault(lane.userId() + lane.service(), 0L);
        if (windowMs > now.toEpochMilli()) {
            return new Verdict.Closed(GateName.RATE_WINDOW, Instant.ofEpochMilli(windowMs));
        }
        long serviceMs = services.getOrDefault(lane.service(), 0L);
        return serviceMs > now.toEpochMilli()
                ? new Verdict.Closed(GateName.SERVICE_HEALTH, Instant.ofEpochMilli(serviceMs))
                : Verdict.open();
    }

    static Lane lane(String userId, String service, int priority) {
        return new Lane(userId, service, priority);
    }

    void add(Lane lane, long dueAtMs, String jobId) {
        shelf.add(lane, new Slot(dueAtMs, jobId));
        backlog.add(lane, dueAtMs, jobId);
    }

    void remove(Lane lane, Slot slot) {
        shelf.remove(lane, slot);
        backlog.remove(lane, slot.dueAtMs(), slot.jobId());
    }

    /** Releases what may go now, at most so many, as {@code user/job}. */
    List<String> take(long nowMs, int most) {
        List<String> taken = new ArrayList<>();
        while (taken.size() < most) {
            Candidate next = backlog.next(Instant.ofEpochMilli(nowMs));
            if (next == null) {
                break;
            }
            remove(next.lane(), next.slot());
            taken.add(next.lane().userId() + "/" + next.slot().jobId());
        }
        return taken;
    }

    List<String> take(long nowMs) {
        return take(nowMs, 1_000_000);
    }
}
