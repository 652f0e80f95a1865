package dev.redrive.runtime;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Bounds the brokers' time with probes: a probe is a record sent before and acknowledged after its broker appended it.
 * Between probes time advances by the monotonic clock.
 *
 * <p>Brokers have clocks of their own. The slowest of those that agree with the median decides, so that a release is
 * early by none of them; a single broker with a wrong clock is ignored. Belongs to one thread.
 */
final class BrokerClock {

    /** Maximum number of samples per broker; the narrowest of them bound its time. */
    private static final int MAX_SAMPLES = 8;

    /** Drift between the monotonic clock and a broker's: 200 ppm. */
    private static final long DRIFT_PARTS = 5_000;

    private static final long NANOS_PER_MS = 1_000_000;

    private final Duration tolerance;
    private final Map<Integer, Deque<Sample>> samples = new HashMap<>();

    /**
     * Creates a clock without samples.
     *
     * @param tolerance brokers whose times differ by no more than this agree
     */
    BrokerClock(Duration tolerance) {
        this.tolerance = tolerance;
    }

    /** One probe: the broker's clock showed {@code appendedMs} between the two readings of the monotonic clock. */
    private record Sample(long sentNanos, long ackedNanos, long appendedMs) {
        Bounds at(long nanos) {
            return new Bounds(ackedNanos, appendedMs, appendedMs + 1 + (ackedNanos - sentNanos) / NANOS_PER_MS, 0)
                    .at(nanos);
        }
    }

    /**
     * Bounds of the brokers' time at a reading of the monotonic clock.
     *
     * @param nanos the reading
     * @param earliestMs lower bound, epoch milliseconds
     * @param latestMs upper bound, epoch milliseconds
     * @param spreadMs difference between the brokers' clocks
     */
    record Bounds(long nanos, long earliestMs, long latestMs, long spreadMs) {

        /** Returns the bounds at another reading, widened by the drift. */
        Bounds at(long other) {
            long passedMs = Math.floorDiv(other - nanos, NANOS_PER_MS);
            long driftMs = Math.abs(passedMs) / DRIFT_PARTS;
            return new Bounds(other, earliestMs + passedMs - driftMs, latestMs + passedMs + 1 + driftMs, spreadMs);
        }

        private @Nullable Bounds with(Bounds other) {
            long earliest = Math.max(earliestMs, other.earliestMs);
            long latest = Math.min(latestMs, other.latestMs);
            return earliest > latest ? null : new Bounds(nanos, earliest, latest, 0);
        }
    }

    /**
     * Adds a probe.
     *
     * @param broker the broker that appended it
     * @param sentNanos monotonic clock before it was sent
     * @param ackedNanos the same after it was acknowledged
     * @param appendedMs its append time, epoch milliseconds
     */
    void sample(int broker, long sentNanos, long ackedNanos, long appendedMs) {
        Deque<Sample> ofBroker = samples.computeIfAbsent(broker, any -> new ArrayDeque<>());
        ofBroker.addFirst(new Sample(sentNanos, ackedNanos, appendedMs));
        if (ofBroker.size() > MAX_SAMPLES) {
            ofBroker.removeLast();
        }
    }

    /** Removes the samples of all other brokers. */
    void retain(Set<Integer> brokers) {
        samples.keySet().retainAll(brokers);
    }

    /** Returns the brokers' time at a reading of the monotonic clock; {@code null} without samples. */
    @Nullable
    Bounds bounds(long nanos) {
        List<Bounds> brokers = new ArrayList<>();
        samples.values().forEach(ofBroker -> brokers.add(of(ofBroker, nanos)));
        if (brokers.isEmpty()) {
            return null;
        }
        brokers.sort(Comparator.comparingLong(Bounds::earliestMs));
        Bounds median = brokers.get((brokers.size() - 1) / 2);
        long floorMs = median.earliestMs() - tolerance.toMillis();
        Bounds slowest = median;
        for (Bounds broker : brokers) {
            if (broker.latestMs() >= floorMs) {
                slowest = broker;
                break;
            }
        }
        long spreadMs = Math.max(
                0, brokers.get(brokers.size() - 1).earliestMs() - brokers.get(0).latestMs());
        return new Bounds(nanos, slowest.earliestMs(), slowest.latestMs(), spreadMs);
    }

    /**
     * Newest first; a sample that contradicts newer ones predates a step of the broker's clock or a pause of this host.
     */
    private static Bounds of(Deque<Sample> ofBroker, long nanos) {
        Bounds bounds = ofBroker.getFirst().at(nanos);
        for (Sample sample : ofBroker) {
            Bounds narrower = bounds.with(sample.at(nanos));
            if (narrower == null) {
                break;
            }
            bounds = narrower;
        }
        return bounds;
    }
}
