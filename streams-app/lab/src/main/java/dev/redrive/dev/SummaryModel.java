package dev.redrive.dev;

import dev.redrive.avro.DeadLetter;
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
 * Adds up what the pipeline's output topics tell. Pure: the time is passed in. Belongs to one thread.
 *
 * <p>It remembers at most 200 000 pending retries, 100 000 users, as many of whom something is or was held, and the lateness of the last 4096 releases.
 */
final class SummaryModel {

    private static final int MOST_PENDING = 200_000;
    private static final int MOST_USERS = 100_000;
    private static final int MOST_REASONS = 50;
    private static final int MOST_LATENESS = 4_096;
    private static final int MOST_LINES = 200;
    private static final String UNKNOWN_TIER = "?";

    private final Map<String, Pending> pending = new HashMap<>();
    private final RecentMap<String, Boolean> users = new RecentMap<>(MOST_USERS);
    private final HeldRetries held = new HeldRetries(MOST_USERS);
    private final Map<String, Long> deadLettersByReason = new TreeMap<>();
    private final RateMeter in = new RateMeter();
    private final RateMeter out = new RateMeter();
    private final long[] latenessMs = new long[MOST_LATENESS];
    private final Deque<String> lines = new ArrayDeque<>();
    private long failures;
    private long released;
    private long measured;
    private long deadLetters;
    private long early;
    private long forgotten;

    /** A retry at rest: whose it is, which attempt it will be, when it is due, in which tier it rests. */
    private record Pending(
            String userId, int attempt, @Nullable Instant dueAt, String tier) {}

    /** What is known of a user now, published at the time given; {@code null} for a user who was forgotten. */
    void user(String userId, @Nullable UserState state, Instant publishedAt) {
        held.user(userId, state, publishedAt);
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
        if (pending.size() >= MOST_PENDING && !pending.containsKey(job)) {
            forgotten++;
        } else {
            pending.put(job, retry);
        }
    }

    void deadLetter(DeadLetter dead) {
        deadLetters++;
        String reason = dead.getReason();
        boolean room = deadLettersByReason.containsKey(reason) || deadLettersByReason.size() < MOST_REASONS;
        deadLettersByReason.merge(room ? reason : "OTHER", 1L, Long::sum);
    }

    /**
     * Counts a release, which the broker appended to the ready topic at the time given. How late it is can be told only
     * where no gate held it after its due, for the instant at which a gate opens is not published.
     */
    void ready(RetryRequest retry, Instant appendedAt) {
        long lateMs = Duration.between(retry.getDueAt(), appendedAt).toMillis();
        if (lateMs < 0 || !held.heldAfter(retry.getUserId(), retry.getService(), retry.getDueAt())) {
            latenessMs[(int) (measured % MOST_LATENESS)] = lateMs;
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
        if (lines.size() > MOST_LINES) {
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
            overdue += held.overdue(user.getKey(), user.getValue());
        }
        long[] late = Arrays.copyOf(latenessMs, (int) Math.min(measured, MOST_LATENESS));
        Arrays.sort(late);
        return new Summary(
                in.perSecond(now),
                out.perSecond(now),
                failures,
                released,
                pending.size(),
                byTier,
                overdue,
                held.byGate(),
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
}
