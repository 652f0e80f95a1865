package dev.redrive.dev;

import dev.redrive.avro.DeadLetter;
import dev.redrive.avro.GateState;
import dev.redrive.avro.Outcome;
import dev.redrive.avro.RetryRequest;
import dev.redrive.avro.UserState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Aggregates the pipeline's output topics. Pure: the time is passed in. Used by one thread.
 *
 * <p>It keeps max. 200 000 pending retries, 100 000 users, as many users with present or past blocked retries, and the
 * lateness of the last 4096 releases.
 */
final class SummaryModel {

    private static final int MAX_PENDING = 200_000;
    private static final int MAX_USERS = 100_000;
    private static final int MAX_REASONS = 50;
    private static final int MAX_LATENESS = 4_096;
    private static final int MAX_LINES = 200;
    private static final String UNKNOWN_TIER = "?";

    private final Map<String, Pending> pending = new HashMap<>();
    private final RecentMap<String, Boolean> users = new RecentMap<>(MAX_USERS);
    private final BlockedRetries blocked = new BlockedRetries(MAX_USERS);
    private final Map<String, Long> deadLettersByReason = new TreeMap<>();
    private final RateMeter in = new RateMeter();
    private final RateMeter out = new RateMeter();
    private final long[] latenessMs = new long[MAX_LATENESS];
    private final Deque<String> lines = new ArrayDeque<>();
    private long failures;
    private long released;
    private long measured;
    private long deadLetters;
    private long early;
    private long forgotten;

    /** A pending retry: its user, next attempt, due and tier. */
    private record Pending(
            String userId, int attempt, @Nullable Instant dueAt, String tier) {}

    /** Updates a user's state, published at the given time; {@code null} for a removed user. */
    void user(String userId, @Nullable UserState state, Instant publishedAt) {
        blocked.user(userId, state, publishedAt);
    }

    void outcome(Outcome outcome) {
        if (!outcome.getUserId().isEmpty()) {
            users.put(outcome.getUserId(), true);
        }
        if (outcome.getInput().equals("FAILURE")) {
            failures++;
            in.mark(outcome.getAt());
        }
        String jobId = outcome.getJobId();
        if (jobId != null) {
            track(outcome, outcome.getUserId().length() + ":" + outcome.getUserId() + jobId);
        }
        if (!outcome.getInput().equals("LIFECYCLE")) {
            line(outcome);
        }
    }

    private void track(Outcome outcome, String job) {
        boolean scheduled = outcome.getOutcome().equals("SCHEDULED");
        boolean ofRetry = outcome.getInput().equals("RETRY");
        if (scheduled) {
            // A failure's outcome names the attempt that failed; the others name the attempt to make.
            int attempt = outcome.getInput().equals("FAILURE") ? outcome.getAttempt() + 1 : outcome.getAttempt();
            schedule(job, new Pending(outcome.getUserId(), attempt, outcome.getDueAt(), tier(outcome)));
        } else if (ofRetry) {
            Pending found = pending.get(job);
            if (found != null && found.attempt() <= outcome.getAttempt()) {
                pending.remove(job);
            }
        }
    }

    private static String tier(Outcome outcome) {
        String tier = outcome.getTier();
        return tier == null ? UNKNOWN_TIER : tier;
    }

    private void schedule(String job, Pending retry) {
        if (pending.size() >= MAX_PENDING && !pending.containsKey(job)) {
            forgotten++;
        } else {
            pending.put(job, retry);
        }
    }

    void deadLetter(DeadLetter dead) {
        deadLetters++;
        String reason = dead.getReason();
        boolean room = deadLettersByReason.containsKey(reason) || deadLettersByReason.size() < MAX_REASONS;
        deadLettersByReason.merge(room ? reason : "OTHER", 1L, Long::sum);
    }

    /**
     * Counts a release, which the broker appended to the ready topic at the given time. Its lateness is known only if
     * no gate blocked it after its due, because the instant at which a gate opens is not published.
     */
    void ready(RetryRequest retry, Instant appendedAt) {
        long lateMs = Duration.between(retry.getDueAt(), appendedAt).toMillis();
        if (lateMs < 0 || !blocked.blockedAfter(retry.getUserId(), retry.getService(), retry.getDueAt())) {
            latenessMs[(int) (measured % MAX_LATENESS)] = lateMs;
            measured++;
        }
        early += lateMs < 0 ? 1 : 0;
        released++;
        out.mark(appendedAt);
    }

    private void line(Outcome outcome) {
        StringBuilder text = new StringBuilder()
                .append(outcome.getInput())
                .append(" #")
                .append(outcome.getAttempt())
                .append(' ')
                .append(outcome.getOutcome());
        Stream.of(outcome.getFailureClass(), outcome.getCode(), outcome.getReason())
                .filter(Objects::nonNull)
                .distinct()
                .forEach(part -> text.append(' ').append(part));
        Instant due = outcome.getDueAt();
        if (due != null && outcome.getOutcome().equals("SCHEDULED")) {
            long inMs = Duration.between(outcome.getAt(), due).toMillis();
            text.append(inMs > 0 ? " in " + inMs + " ms" : " at once");
        }
        lines.addLast(text.toString());
        if (lines.size() > MAX_LINES) {
            lines.removeFirst();
        }
    }

    Summary at(Instant now) {
        Map<String, Long> byTier =
                new TreeMap<>(Comparator.comparingLong(SummaryModel::tierOrder).thenComparing(t -> t));
        Map<String, Integer> dueByUser = new HashMap<>();
        for (Pending retry : pending.values()) {
            byTier.merge(retry.tier(), 1L, Long::sum);
            Instant due = retry.dueAt();
            if (due != null && due.isBefore(now)) {
                dueByUser.merge(retry.userId(), 1, Integer::sum);
            }
        }
        long overdue = 0;
        for (Map.Entry<String, Integer> user : dueByUser.entrySet()) {
            overdue += blocked.overdue(user.getKey(), user.getValue());
        }
        long[] late = Arrays.copyOf(latenessMs, (int) Math.min(measured, MAX_LATENESS));
        Arrays.sort(late);
        return new Summary(
                in.perSecond(now),
                out.perSecond(now),
                failures,
                released,
                pending.size(),
                byTier,
                overdue,
                blocked.byGate(),
                deadLetters,
                byCount(deadLettersByReason),
                users.size(),
                percentile(late, 0.50),
                percentile(late, 0.99),
                early,
                forgotten,
                List.copyOf(lines));
    }

    /** Orders tiers such as 10s, 1m and 1h by their length. */
    private static long tierOrder(String tier) {
        if (!tier.matches("[0-9]{1,6}[smhd]")) {
            return Long.MAX_VALUE;
        }
        long number = Long.parseLong(tier.substring(0, tier.length() - 1));
        return number
                * switch (tier.charAt(tier.length() - 1)) {
                    case 's' -> 1;
                    case 'm' -> 60;
                    case 'h' -> 3_600;
                    default -> 86_400;
                };
    }

    private static Map<String, Long> byCount(Map<String, Long> counts) {
        List<Map.Entry<String, Long>> entries = new ArrayList<>(counts.entrySet());
        entries.sort(Map.Entry.<String, Long>comparingByValue().reversed());
        Map<String, Long> ordered = new LinkedHashMap<>();
        entries.forEach(entry -> ordered.put(entry.getKey(), entry.getValue()));
        return ordered;
    }

    private static long percentile(long[] sorted, double share) {
        return sorted.length == 0 ? 0 : sorted[(int) Math.min(sorted.length - 1L, (long) (sorted.length * share))];
    }

    /**
     * The state of a development instance at one moment.
     *
     * @param released retries seen so far on the ready topic
     * @param pendingByTier pending retries by tier, in the order in which the tiers were first seen
     * @param overdue pending retries that are past their due and not known to be blocked; a lower bound
     * @param blockedByGate pending retries behind a closed gate, due or not, by gate name; empty if there are none
     * @param deadLettersByReason the most frequent reasons first
     * @param users users seen, bounded by the number of users kept
     * @param latenessP50Ms median lateness of the last releases that were not seen blocked after their due
     * @param forgotten pending retries dropped because of the bound
     * @param lines the latest outcomes, oldest first
     */
    record Summary(
            double inPerSecond,
            double outPerSecond,
            long failures,
            long released,
            long pending,
            Map<String, Long> pendingByTier,
            long overdue,
            Map<String, Long> blockedByGate,
            long deadLetters,
            Map<String, Long> deadLettersByReason,
            long users,
            long latenessP50Ms,
            long latenessP99Ms,
            long early,
            long forgotten,
            List<String> lines) {}

    /** Events per second over the last ten full seconds. */
    static final class RateMeter {

        private static final int SECONDS = 10;

        private final long[] second = new long[SECONDS + 1];
        private final long[] count = new long[SECONDS + 1];

        void mark(Instant at) {
            long now = at.getEpochSecond();
            int slot = (int) Math.floorMod(now, (long) second.length);
            if (second[slot] > now) {
                return;
            }
            if (second[slot] < now) {
                second[slot] = now;
                count[slot] = 0;
            }
            count[slot]++;
        }

        double perSecond(Instant at) {
            long now = at.getEpochSecond();
            long sum = 0;
            for (int i = 0; i < second.length; i++) {
                if (second[i] < now && second[i] >= now - SECONDS) {
                    sum += count[i];
                }
            }
            return (double) sum / SECONDS;
        }
    }

    /**
     * The retries that gates block, according to the published states of users. A block shorter than the interval of
     * publication may go undetected. Used by one thread.
     */
    static final class BlockedRetries {

        /** The key for all services of a user. */
        private static final String ALL = "";

        private final RecentMap<String, GateStates> users;

        /**
         * The retries of one user behind gates.
         *
         * @param closed number of retries by gate and service; a gate of the user is the only entry, under {@link #ALL}
         * @param lastBlocked when retries of a service were last seen blocked
         */
        private record GateStates(Map<String, Behind> closed, Map<String, Instant> lastBlocked) {}

        private record Behind(String gate, int retries) {}

        /** Creates an empty model. */
        BlockedRetries(int maxUsers) {
            users = new RecentMap<>(maxUsers);
        }

        /** Updates a user's state, published at the given time; {@code null} for a removed user. */
        void user(String userId, @Nullable UserState state, Instant publishedAt) {
            GateStates before = users.get(userId);
            if (state == null || (before == null && state.getGates().isEmpty())) {
                users.remove(userId);
                return;
            }
            Map<String, Behind> closed = closed(state);
            Map<String, Instant> lastBlocked = new HashMap<>(before == null ? Map.of() : before.lastBlocked());
            // Gates that open with this state were closed until now.
            if (before != null) {
                before.closed().keySet().forEach(service -> lastBlocked.put(service, publishedAt));
            }
            closed.keySet().forEach(service -> lastBlocked.put(service, publishedAt));
            users.put(userId, new GateStates(closed, lastBlocked));
        }

        /** A gate of the user applies to all services; else each lane has an entry, equal within a service. */
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
         * Returns the number of a user's overdue retries: due and not blocked. A lower bound if gates of services are
         * closed, because neither a retry's service is known, nor whether retries behind a gate are due.
         */
        int overdue(String userId, int due) {
            GateStates states = users.get(userId);
            if (states == null) {
                return due;
            }
            if (states.closed().containsKey(ALL)) {
                return 0;
            }
            int behind =
                    states.closed().values().stream().mapToInt(Behind::retries).sum();
            return Math.max(0, due - behind);
        }

        /** Whether a gate is known to have blocked a retry after its due. */
        boolean blockedAfter(String userId, String service, Instant dueAt) {
            GateStates states = users.get(userId);
            if (states == null) {
                return false;
            }
            return blockedAfter(states, ALL, dueAt) || blockedAfter(states, service, dueAt);
        }

        private static boolean blockedAfter(GateStates states, String service, Instant dueAt) {
            Instant last = states.lastBlocked().get(service);
            return states.closed().containsKey(service) || (last != null && !last.isBefore(dueAt));
        }

        /** Returns the number of retries behind each closed gate. */
        Map<String, Long> byGate() {
            Map<String, Long> byGate = new TreeMap<>();
            for (GateStates states : users.values()) {
                states.closed().values().stream()
                        .filter(behind -> behind.retries() > 0)
                        .forEach(behind -> byGate.merge(behind.gate(), (long) behind.retries(), Long::sum));
            }
            return byGate;
        }
    }

    /** A bounded map that evicts the least recently used entry. */
    static final class RecentMap<K, V> extends LinkedHashMap<K, V> {

        private final int max;

        RecentMap(int max) {
            super(16, 0.75f, true);
            this.max = max;
        }

        @Override
        protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
            return size() > max;
        }
    }
}
