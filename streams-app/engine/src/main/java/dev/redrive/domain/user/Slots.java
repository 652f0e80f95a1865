package dev.redrive.domain.user;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * What is known of the jobs that may occupy a user's slots, for batch systems that do not report ends: when each
 * started. Whether a slot is free is a probability, by the distribution of job lengths given that all slots were
 * occupied at the last refusal.
 *
 * @param ours starts of released retries that may still occupy a slot, epoch milliseconds, ascending
 * @param strangers the latest possible starts of other jobs that occupied slots at a refusal, ascending
 * @param refusedAtMs the last instant at which all slots were occupied, epoch milliseconds; 0 for none
 * @param disturbedAtMs when an attempt of the batch system was refused last, epoch milliseconds; others of it may have
 *     taken slots unseen around then, so that nothing is learned from jobs which started before; 0 for none
 * @param answerMs how long after its release a refusal is known at the latest, in milliseconds
 */
public record Slots(List<Long> ours, List<Long> strangers, long refusedAtMs, long disturbedAtMs, long answerMs) {

    /** Max starts that are kept; of users with higher limits only as many slots are used. */
    public static final int MAX_STARTS = 64;

    /** Nothing is known. */
    public static final Slots NONE = new Slots(List.of(), List.of(), 0, 0, 3_000);

    private static final long MIN_ANSWER_MS = 400;
    private static final long MAX_ANSWER_MS = 10_000;
    private static final double GONE = 0.01;
    private static final int STEPS = 24;

    /** Copies the lists. */
    public Slots {
        ours = List.copyOf(ours);
        strangers = List.copyOf(strangers);
        answerMs = Math.max(MIN_ANSWER_MS, Math.min(MAX_ANSWER_MS, answerMs));
    }

    /** What is known after starts were forgotten, and the job lengths learned from that. */
    record Settled(Slots slots, JobLengths lengths) {}

    /** Returns the state with jobs of unknown starts, which may have started just now. */
    Slots occupied(int jobs, Instant now) {
        List<Long> others = new ArrayList<>(strangers);
        for (int job = 0; job < jobs && others.size() < MAX_STARTS; job++) {
            others.add(now.toEpochMilli());
        }
        return with(ours, others);
    }

    Slots started(Instant now) {
        List<Long> more = new ArrayList<>(ours);
        more.add(now.toEpochMilli());
        return with(more.size() > MAX_STARTS ? more.subList(1, more.size()) : more, strangers);
    }

    /** Returns the state without the retry that was released then; without the latest if none was. */
    Slots ended(Instant releasedAt) {
        if (ours.isEmpty()) {
            return this;
        }
        List<Long> fewer = new ArrayList<>(ours);
        if (!fewer.remove((Long) releasedAt.toEpochMilli())) {
            fewer.remove(fewer.size() - 1);
        }
        return with(fewer, strangers);
    }

    /**
     * Returns the state after all slots were occupied; unknown jobs occupied those that no known one can have.
     *
     * @param disturbed whether an attempt of the batch system shows it
     */
    Slots full(int limit, boolean disturbed, Instant at) {
        long atMs = Math.max(refusedAtMs, at.toEpochMilli());
        List<Long> others = new ArrayList<>(strangers);
        int known = 0;
        for (long start : ours) {
            known += start < atMs ? 1 : 0;
        }
        int missing = Math.min(limit, MAX_STARTS) - known - others.size();
        for (int i = 0; i < missing; i++) {
            others.add(atMs);
        }
        return new Slots(ours, others, atMs, disturbed ? atMs : disturbedAtMs, answerMs);
    }

    /** Returns whether a retry was released after the last refusal, long enough ago that a refusal would be known. */
    boolean passedSinceRefusal(Instant now) {
        for (long start : ours) {
            if (start > refusedAtMs && start + answerMs <= now.toEpochMilli()) {
                return true;
            }
        }
        return false;
    }

    /** Returns the state after a refusal was known this long after its release. */
    Slots answered(long afterMs) {
        return new Slots(ours, strangers, refusedAtMs, disturbedAtMs, Math.max(afterMs * 2, answerMs * 7 / 8));
    }

    /**
     * Forgets jobs that have ended: those that make room for later ones which were not refused, and those that took
     * longer than nearly all do. The former show how long jobs take.
     */
    Settled settled(int maxActive, JobLengths lengths, Instant now) {
        int limit = Math.min(maxActive, MAX_STARTS);
        long nowMs = now.toEpochMilli();
        List<Long> mine = new ArrayList<>(ours);
        List<Long> others = new ArrayList<>(strangers);
        JobLengths learned = lengths;
        int confirmed = 0;
        long latestMs = 0;
        for (long start : mine) {
            if (start + answerMs <= nowMs) {
                confirmed++;
                latestMs = start;
            }
        }
        while (confirmed + others.size() > limit) {
            boolean other = !others.isEmpty() && (confirmed < 2 || others.get(0) <= mine.get(0));
            if (!other && confirmed < 2) {
                break;
            }
            if (other) {
                others.remove(0);
                continue;
            }
            long start = mine.remove(0);
            confirmed--;
            if (start > disturbedAtMs) {
                learned = learned.ended(Math.max(0, refusedAtMs - start), latestMs - start);
            }
        }
        JobLengths known = learned;
        mine.removeIf(start -> occupied(start, nowMs, known) < GONE);
        others.removeIf(start -> occupied(start, nowMs, known) < GONE);
        boolean same = mine.size() == ours.size() && others.size() == strangers.size();
        return new Settled(same ? this : with(mine, others), learned);
    }

    /** Returns the probability that at least one of {@code limit} slots is free. */
    double free(int limit, JobLengths lengths, Instant now) {
        return free(limit, lengths, now.toEpochMilli());
    }

    private double free(int maxActive, JobLengths lengths, long nowMs) {
        int limit = Math.min(maxActive, MAX_STARTS);
        int jobs = ours.size() + strangers.size();
        if (jobs < limit) {
            return 1;
        }
        if (limit < 1) {
            return 0;
        }
        // The distribution of the number of occupied slots: index by number, up to the limit.
        double[] occupied = new double[limit + 1];
        occupied[0] = 1;
        for (int i = 0; i < jobs; i++) {
            long start = i < ours.size() ? ours.get(i) : strangers.get(i - ours.size());
            double still = occupied(start, nowMs, lengths);
            occupied[limit] += occupied[limit - 1] * still;
            for (int count = limit - 1; count > 0; count--) {
                occupied[count] = occupied[count] * (1 - still) + occupied[count - 1] * still;
            }
            occupied[0] *= 1 - still;
        }
        return 1 - occupied[limit];
    }

    /**
     * Returns the probability that a job still occupies its slot, given the last refusal; at most that of a job which
     * started at the refusal, because another may have taken its place unseen.
     */
    private double occupied(long startMs, long nowMs, JobLengths lengths) {
        double longer = lengths.longerThan(nowMs - startMs);
        if (refusedAtMs <= startMs) {
            return longer;
        }
        double before = lengths.longerThan(refusedAtMs - startMs);
        double fresh = lengths.longerThan(nowMs - refusedAtMs);
        return before <= 1e-12 ? fresh : Math.min(fresh, longer / before);
    }

    /** Returns the first instant, after {@code now}, at which the probability of a free slot reaches the threshold. */
    Instant freeAt(int limit, JobLengths lengths, double threshold, Instant now) {
        long nowMs = now.toEpochMilli();
        long low = 0;
        long high = 100;
        while (free(limit, lengths, nowMs + high) < threshold
                && high < Duration.ofHours(12).toMillis()) {
            low = high;
            high *= 2;
        }
        for (int i = 0; i < STEPS && high - low > 1; i++) {
            long middle = (low + high) / 2;
            if (free(limit, lengths, nowMs + middle) < threshold) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return now.plusMillis(high);
    }

    private Slots with(List<Long> newOurs, List<Long> newStrangers) {
        return new Slots(newOurs, newStrangers, refusedAtMs, disturbedAtMs, answerMs);
    }
}
