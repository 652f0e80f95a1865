package dev.redrive.server.redrive;

import dev.redrive.avro.Redrive;
import dev.redrive.server.index.Filter;
import dev.redrive.server.index.Filter.Field;
import dev.redrive.server.index.Filter.FilterException;
import dev.redrive.server.index.LetterState;
import dev.redrive.server.index.RedriveIndex;
import dev.redrive.server.index.RedriveIndex.Coverage;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Freezes what a redrive covers. Thread-safe; it writes nothing. */
public final class Planner {

    /** How long a plan can be started. */
    public static final Duration STARTABLE = Duration.ofMinutes(15);

    /** Max rate, letters a second. */
    public static final int MAX_RATE = 10_000;

    /** Above so many letters the start needs the count. */
    public static final long COUNT_NEEDED_ABOVE = 1_000;

    private final RedriveIndex index;
    private final int maxRedrives;

    /**
     * Creates a planner.
     *
     * @param maxRedrives letters whose job was redriven so often are left out
     */
    public Planner(RedriveIndex index, int maxRedrives) {
        this.index = index;
        this.maxRedrives = maxRedrives;
    }

    /** What to do with the letters. */
    public enum Action {
        /** Bring their jobs back. */
        REDRIVE,
        /** Close them. */
        DISCARD
    }

    /**
     * What somebody asks for.
     *
     * @param action what to do
     * @param filter which letters; ignored where ids are listed
     * @param letterIds ids of the letters; empty for those of the filter; at most 20,000
     * @param ratePerSecond 1 to {@link #MAX_RATE}
     * @param rampSeconds over how long the rate grows to its full value, 0 to 3,600
     * @param canary letters to release first, 0 for none, to 10,000
     * @param minSuccessPercent share of ended letters that must have succeeded, 0 to 100; 0 to go on whatever happens
     * @param canaryWait how long to wait for the outcomes of the canary, 1 s to 1 d
     * @param override whether also letters are released of which it is known that they are blocked
     */
    public record Wish(
            Action action,
            Filter filter,
            List<UUID> letterIds,
            int ratePerSecond,
            int rampSeconds,
            int canary,
            int minSuccessPercent,
            Duration canaryWait,
            boolean override) {

        /** Copies the list. */
        public Wish {
            letterIds = List.copyOf(letterIds);
        }

        /** Returns which value is out of its range; {@code null} if none is. */
        public @Nullable String outOfRange() {
            if (ratePerSecond < 1 || ratePerSecond > MAX_RATE) {
                return "ratePerSecond must be from 1 to " + MAX_RATE;
            }
            if (rampSeconds < 0 || rampSeconds > 3_600) {
                return "rampSeconds must be from 0 to 3600";
            }
            if (canary < 0 || canary > 10_000) {
                return "canary must be from 0 to 10000";
            }
            if (minSuccessPercent < 0 || minSuccessPercent > 100) {
                return "minSuccessPercent must be from 0 to 100";
            }
            if (canaryWait.compareTo(Duration.ofSeconds(1)) < 0 || canaryWait.compareTo(Duration.ofDays(1)) > 0) {
                return "canaryWait must be from 1 s to 1 d";
            }
            if (letterIds.size() > RedriveIndex.MAX_LISTED) {
                return "at most " + RedriveIndex.MAX_LISTED + " ids can be listed; use a filter";
            }
            return filter.of(Field.STATE).allows(LetterState.OPEN.name())
                    ? null
                    : "only open letters can be redriven or discarded; leave out state:";
        }
    }

    /**
     * Returns a plan of the letters that are in the index now.
     *
     * @param redriveId its new id, of letters, digits and hyphens
     * @param wish what is asked for, within its ranges
     */
    public Redrive plan(String redriveId, Wish wish, String actor, Instant now) {
        ByteBuffer ids = ByteBuffer.allocate(16 * wish.letterIds().size());
        wish.letterIds().forEach(id -> ids.putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits()));
        Redrive frozen = Redrive.newBuilder()
                .setRedriveId(redriveId)
                .setState("PLANNED")
                .setAction(wish.action().name())
                .setFilter(wish.letterIds().isEmpty() ? wish.filter().toString() : "")
                .setLetterIds(ids.flip())
                .setCutoffs(index.cutoffs())
                .setPlanned(0)
                .setMaxRedrives(maxRedrives)
                .setOverride(wish.override())
                .setRatePerSecond(wish.ratePerSecond())
                .setRampSeconds(wish.rampSeconds())
                .setCanary(wish.action() == Action.REDRIVE ? wish.canary() : 0)
                .setMinSuccessPercent(wish.minSuccessPercent())
                .setCanaryWaitMs(wish.canaryWait().toMillis())
                .setActor(actor)
                .setPlannedAt(now)
                .setExpiresAt(now.plus(STARTABLE))
                .build();
        Coverage covered;
        try {
            covered = index.coverage(frozen);
        } catch (FilterException e) {
            throw new IllegalStateException("a filter does not parse its own text: " + frozen.getFilter(), e);
        }
        Map<String, Long> blocked = new HashMap<>();
        covered.blocked().forEach((why, count) -> blocked.put(why.name(), count));
        return Redrive.newBuilder(frozen)
                .setPlanned(covered.planned())
                .setBlocked(blocked)
                .setReasons(covered.reasons())
                .setSamples(covered.samples())
                .setExcludedUsers(List.copyOf(covered.excludedUsers()))
                .build();
    }

    /** Returns how long a plan takes at its rate, without pauses and the wait for its canary. */
    public static Duration duration(Redrive plan) {
        double perSecond = plan.getRatePerSecond();
        double ramped = perSecond * plan.getRampSeconds() / 2;
        double seconds = plan.getPlanned() <= ramped
                ? Math.sqrt(2.0 * plan.getPlanned() * plan.getRampSeconds() / perSecond)
                : plan.getRampSeconds() + (plan.getPlanned() - ramped) / perSecond;
        return Duration.ofMillis((long) Math.ceil(seconds * 1000));
    }
}
