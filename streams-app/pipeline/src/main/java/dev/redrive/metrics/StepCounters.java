package dev.redrive.metrics;

import dev.redrive.codec.InputReader.QuarantineReason;
import dev.redrive.domain.classify.Classification;
import dev.redrive.domain.classify.FailureClass;
import dev.redrive.domain.classify.RuleSet;
import dev.redrive.domain.decide.DeadLetterReason;
import dev.redrive.domain.decide.RetryHint;
import dev.redrive.domain.decide.RetryPolicy.Tier;
import dev.redrive.domain.event.Input;
import dev.redrive.domain.event.Input.RetryDue;
import dev.redrive.domain.lifecycle.Effect;
import dev.redrive.domain.lifecycle.Effect.OutcomeKind;
import dev.redrive.domain.lifecycle.Pipeline.State;
import dev.redrive.domain.lifecycle.Pipeline.Step;
import dev.redrive.domain.stats.Windows.Count;
import dev.redrive.metrics.KafkaMeters.Meters;
import dev.redrive.serde.UndecodableException.UndecodableReason;
import dev.redrive.topology.Signals.TaskSignals;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Counts the effects of steps. Safe for use by several threads. */
final class StepCounters {

    /** Replaces a reason outside the closed sets. */
    static final String OTHER = "OTHER";

    private static final Duration[] LATENESS_BUCKETS = Stream.of(
                    10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000, 1_800_000)
            .map(Duration::ofMillis)
            .toArray(Duration[]::new);

    private final List<Tier> tiers;
    private final Map<FailureClass, List<Counter>> scheduled = new EnumMap<>(FailureClass.class);
    private final CounterTable<FailureClass> released;
    private final Timer lateness;
    private final CounterTable<FailureClass> failures;
    private final Map<FailureClass, CounterTable<DeadLetterReason>> deadLetters = new EnumMap<>(FailureClass.class);
    private final Map<Effect.About, CounterTable<OutcomeKind>> outcomes = new EnumMap<>(Effect.About.class);
    private final Map<Effect.About, Map<String, Counter>> quarantined = new EnumMap<>(Effect.About.class);
    private final CounterTable<TaskSignals.Kept> reduced;
    private final Counter dropped;
    private final CounterTable<Count.Kind> late;
    private final CounterTable<RetryHint.Reason> hintsUnreadable;
    private final Counter unmatched;
    private final Counter contradictory;
    private final Counter requestsMissing;

    /**
     * Creates all counters.
     *
     * @param tiers the delayed retry topics, shortest first
     */
    StepCounters(MeterRegistry registry, List<Tier> tiers) {
        this.tiers = List.copyOf(tiers);
        for (FailureClass failureClass : FailureClass.values()) {
            String word = failureClass.name();
            scheduled.put(
                    failureClass,
                    tiers.stream()
                            .map(tier -> Meters.register(registry, MetricNames.RETRIES_SCHEDULED, word, tier.name()))
                            .toList());
            deadLetters.put(
                    failureClass, new CounterTable<>(registry, MetricNames.DEAD_LETTERS, DeadLetterReason.class, word));
        }
        for (Effect.About about : Effect.About.values()) {
            outcomes.put(about, new CounterTable<>(registry, MetricNames.OUTCOMES, OutcomeKind.class, about.name()));
            quarantined.put(about, quarantineCounters(registry, about));
        }
        this.released = new CounterTable<>(registry, MetricNames.RETRIES_RELEASED, FailureClass.class);
        this.failures = new CounterTable<>(registry, MetricNames.FAILURES, FailureClass.class);
        this.reduced = new CounterTable<>(registry, MetricNames.QUARANTINE_REDUCED, TaskSignals.Kept.class);
        this.dropped = Meters.register(registry, MetricNames.OUTPUTS_DROPPED);
        this.late = new CounterTable<>(registry, MetricNames.RATES_LATE, Count.Kind.class);
        this.hintsUnreadable = new CounterTable<>(registry, MetricNames.HINTS_UNREADABLE, RetryHint.Reason.class);
        this.unmatched = Meters.register(registry, MetricNames.UNMATCHED);
        this.contradictory = Meters.register(registry, MetricNames.CONTRADICTORY);
        this.requestsMissing = Meters.register(registry, MetricNames.REQUESTS_MISSING);
        this.lateness = Timer.builder(MetricNames.RELEASE_LATENESS.id())
                .description(MetricNames.RELEASE_LATENESS.help())
                .serviceLevelObjectives(LATENESS_BUCKETS)
                .register(registry);
    }

    private static Map<String, Counter> quarantineCounters(MeterRegistry registry, Effect.About about) {
        Map<String, Counter> counters = new HashMap<>();
        Stream.of(
                        Stream.of(QuarantineReason.values()).map(Enum::name),
                        Stream.of(UndecodableReason.values()).map(Enum::name),
                        Stream.of(OTHER))
                .flatMap(reasons -> reasons)
                .distinct()
                .forEach(reason ->
                        counters.put(reason, Meters.register(registry, MetricNames.QUARANTINED, about.name(), reason)));
        return counters;
    }

    void step(Input input, State before, Step step, Instant now) {
        Counting counting = new Counting(input, before.job().memo().lastClass(), now);
        step.effects().forEach(effect -> effect.applyTo(counting));
    }

    /** Counts the effects of one step. */
    private final class Counting implements Effect.Handler {

        private final Input input;
        private final FailureClass lastClass;
        private final Instant now;

        Counting(Input input, FailureClass lastClass, Instant now) {
            this.input = input;
            this.lastClass = lastClass;
            this.now = now;
        }

        @Override
        public void schedule(Effect.Schedule schedule) {
            Tier tier = Tier.covering(Duration.between(now, schedule.decision().dueAt()), tiers);
            List<Counter> byTier =
                    scheduled.get(schedule.decision().classification().failureClass());
            if (byTier != null) {
                byTier.get(tiers.indexOf(tier)).increment();
            }
        }

        @Override
        public void release(Effect.Release release) {
            if (input instanceof RetryDue due) {
                released.increment(lastClass);
                Duration waited = Duration.between(due.readyAt(), now);
                lateness.record(waited.isNegative() ? Duration.ZERO : waited);
            }
        }

        @Override
        public void bury(Effect.Bury bury) {
            CounterTable<DeadLetterReason> reasons =
                    deadLetters.get(bury.decision().classification().failureClass());
            if (reasons != null) {
                reasons.increment(bury.decision().reason());
            }
        }

        @Override
        public void note(Effect.Note note) {
            outcome(note.about(), note.kind());
            if (Effect.Note.REQUEST_MISSING.equals(note.detail())) {
                requestsMissing.increment();
            }
            Effect.Judged judged = note.judged();
            if (judged != null) {
                failure(judged);
            }
        }

        private void failure(Effect.Judged judged) {
            Classification classification = judged.classification();
            failures.increment(classification.failureClass());
            if (RuleSet.reserved(classification.ruleId())) {
                unmatched.increment();
            }
            if (classification.contradiction()) {
                contradictory.increment();
            }
            RetryHint.Reason unreadable = judged.unreadableHint();
            if (unreadable != null) {
                hintsUnreadable.increment(unreadable);
            }
        }

        // Effects within the task have no counters; gauges report the queue.

        @Override
        public void enqueue(Effect.Enqueue enqueue) {}

        @Override
        public void dequeue(Effect.Dequeue dequeue) {}

        @Override
        public void requeue(Effect.Requeue requeue) {}

        @Override
        public void block(Effect.Block block) {}

        @Override
        public void lease(Effect.Lease lease) {}

        @Override
        public void tally(Effect.Tally tally) {}

        @Override
        public void hold(Effect.Hold hold) {}
    }

    void outcome(Effect.About about, OutcomeKind kind) {
        CounterTable<OutcomeKind> kinds = outcomes.get(about);
        if (kinds != null) {
            kinds.increment(kind);
        }
    }

    void late(Count.Kind kind) {
        late.increment(kind);
    }

    void kept(TaskSignals.Kept kept) {
        if (kept != TaskSignals.Kept.WHOLE) {
            reduced.increment(kept);
        }
    }

    void outputDropped() {
        dropped.increment();
    }

    void quarantined(Effect.About about, String reason) {
        outcome(about, OutcomeKind.QUARANTINED);
        Map<String, Counter> reasons = quarantined.getOrDefault(about, Map.of());
        Counter counter = reasons.getOrDefault(reason, reasons.get(OTHER));
        if (counter != null) {
            counter.increment();
        }
    }

    /**
     * The counters of one metric with one label, created in advance for every value, so that each exists from the start
     * with 0 and counting needs no lookup in the registry.
     */
    static final class CounterTable<E extends Enum<E>> {

        private final Map<E, Counter> counters;

        /**
         * Creates the counters.
         *
         * @param values type of the last label's values
         * @param before the values of the preceding labels
         */
        CounterTable(MeterRegistry registry, MetricNames name, Class<E> values, String... before) {
            this.counters = new EnumMap<>(values);
            for (E value : values.getEnumConstants()) {
                String[] all = Arrays.copyOf(before, before.length + 1);
                all[before.length] = value.name();
                counters.put(value, Meters.register(registry, name, all));
            }
        }

        void increment(E value) {
            Counter counter = counters.get(value);
            if (counter != null) {
                counter.increment();
            }
        }
    }
}
