package dev.redrive.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the gates of one user must have known, told by inputs and outputs alone, and what they may not have let go. */
final class GatesReplay {

    static final Duration LEASE = Duration.ofMinutes(30);

    /** Min time from a refusal for lack of money to a probe, and from a probe to the next. */
    private static final Duration BEFORE_PROBE = Duration.ofMinutes(1);

    /** A probe that is not refused for this long shows that there is money. */
    private static final Duration PASSED = Duration.ofSeconds(10);

    /** Whether the ends of jobs are told, as far as it can be seen from outside. */
    private enum Ends {
        TOLD,
        UNSURE
    }

    /**
     * A job that holds a slot.
     *
     * @param until when it is taken to be over; {@code null} where that is the pipeline's guess
     */
    private record Slot(@Nullable Instant until) {}

    private final Map<String, Slot> active = new HashMap<>();
    private final Map<String, Instant> closedUntil = new HashMap<>();
    private final Map<String, Instant> due = new HashMap<>();
    private final Set<String> released = new HashSet<>();
    private Ends ends = Ends.TOLD;
    private @Nullable Integer limit;
    private boolean spent;
    private boolean capped;
    private @Nullable Instant resetAt;
    private @Nullable Instant noMoneySince;
    private @Nullable Instant probedAt;
    private boolean probing;
    private int checkedAgainstLimit;

    void limit(int most) {
        limit = most;
    }

    void closed(String service, Instant until) {
        closedUntil.put(service, until);
    }

    void noMoney(boolean byCap, @Nullable Instant knownResetAt, Instant now) {
        if (!spent && !capped || noMoneySince == null) {
            noMoneySince = now;
        }
        probing = false;
        spent = !byCap;
        capped = byCap;
        if (knownResetAt != null) {
            resetAt = knownResetAt;
        } else if (resetAt != null && !resetAt.isAfter(now)) {
            resetAt = null;
        }
    }

    void allowanceReset(Instant now) {
        spent = false;
        if (resetAt != null && !resetAt.isAfter(now)) {
            capped = false;
            resetAt = null;
        }
    }

    void spendCapChanged() {
        capped = false;
    }

    void planChanged() {
        spent = false;
        capped = false;
    }

    void alive(String job, Instant now) {
        active.put(job, slot(now));
        if (probing) {
            passed();
        }
    }

    private void passed() {
        spent = false;
        capped = false;
        probing = false;
    }

    /** An attempt failed, was cancelled or withdrawn. */
    void idle(String job) {
        raise();
        active.remove(job);
    }

    /** A job ended while more than the limit were active: a test has shown that the limit is higher. */
    private void raise() {
        if (limit != null && busy() > limit) {
            limit++;
        }
    }

    private long busy() {
        return active.values().stream().filter(slot -> slot.until() != null).count();
    }

    void succeeded(String job) {
        raise();
        if (probing) {
            passed();
        }
        active.remove(job);
        ends = active.values().stream().anyMatch(slot -> slot.until() == null) ? Ends.UNSURE : Ends.TOLD;
    }

    private Slot slot(Instant now) {
        return new Slot(ends == Ends.TOLD ? now.plus(LEASE) : null);
    }

    void scheduled(String job, Instant dueAt) {
        due.put(job, dueAt);
    }

    void expedited(String job, Instant now) {
        due.computeIfPresent(job, (key, dueAt) -> dueAt.isAfter(now) ? now : dueAt);
    }

    boolean pending(String job) {
        return due.containsKey(job);
    }

    boolean anyPending() {
        return !due.isEmpty();
    }

    /** A retry left without having been released. */
    void withdrawn(String job) {
        due.remove(job);
    }

    void heldTooLong(String job, Duration maxHold, Instant at) {
        assertThat(dueOf(job).plus(maxHold)).as("%s was held too long", job).isBeforeOrEqualTo(at);
    }

    private Instant dueOf(String job) {
        return Objects.requireNonNull(due.get(job), () -> job + " was not pending");
    }

    /** Time went on. */
    void time(Instant now) {
        boolean guessed = active.values().stream().anyMatch(slot -> slot.until() == null);
        boolean ended = active.values()
                .removeIf(slot -> slot.until() != null && !slot.until().isAfter(now));
        if (guessed || ended) {
            ends = Ends.UNSURE;
        }
    }

    /** A retry was released: every gate must have been open. */
    void released(String job, int attempt, String service, Instant at) {
        time(at);
        assertThat(dueOf(job)).as("due of %s", job).isBeforeOrEqualTo(at);
        due.remove(job);
        assertThat(released.add(job + " " + attempt))
                .as("%s was released once", job)
                .isTrue();
        boolean reset = resetAt != null && !resetAt.isAfter(at);
        if ((spent || capped) && !reset) {
            withoutMoney(job, at);
        }
        Instant closed = closedUntil.get(service);
        if (closed != null) {
            assertThat(closed).as("rate window of %s", job).isBeforeOrEqualTo(at);
        }
        active.put(job, slot(at));
        if (limit != null && ends == Ends.TOLD) {
            checkedAgainstLimit++;
            assertThat(busy())
                    .as("active jobs with %s, which may be a test", job)
                    .isLessThanOrEqualTo(limit + 1);
        }
    }

    /** Only single probes are released without money. */
    private void withoutMoney(String job, Instant at) {
        if (probing && probedAt != null && !probedAt.plus(PASSED).isAfter(at)) {
            passed();
            return;
        }
        assertThat(probing).as("%s went without allowance beside a probe", job).isFalse();
        Instant last = probedAt == null ? noMoneySince : probedAt;
        assertThat(Objects.requireNonNull(last).plus(BEFORE_PROBE))
                .as("%s went without allowance, too early for a probe", job)
                .isBeforeOrEqualTo(at);
        probedAt = at;
        probing = true;
    }

    /** How many releases were held against a known limit. */
    int checkedAgainstLimit() {
        return checkedAgainstLimit;
    }
}
