package dev.redrive.bench;

import dev.redrive.bench.Drain.Result;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** {@code ceiling} and {@code pipeline}: the same backlog through each contender, round by round, in turns. */
final class DrainBench {

    private static final int RETRYABLE_PERCENT = 60;
    private static final double MILLION = 1e6;

    private final BenchSettings settings;
    private final Lab lab;
    private final Figures figures;
    private final Progress progress;
    private final int events;

    DrainBench(BenchSettings settings, Lab lab, Figures figures, Progress progress) {
        this.settings = settings;
        this.lab = lab;
        this.figures = figures;
        this.progress = progress;
        this.events = settings.events(300_000, 2_000);
    }

    void run() {
        Set<Contender> contenders = EnumSet.of(Contender.CEILING);
        if (settings.benches().contains(BenchName.pipeline)) {
            contenders.add(Contender.PIPELINE);
        }
        if (settings.benches().contains(BenchName.ceiling)) {
            contenders.add(Contender.FORWARDER);
        }
        for (int round = 1; round <= settings.rounds(); round++) {
            if (contenders.contains(Contender.FORWARDER)) {
                progress.say("round " + round + ": bare producer and consumer, " + events + " records");
                new BareClients(lab, events, settings.seed()).run(figures);
            }
            for (int instances : settings.instances()) {
                round(round, instances, contenders);
            }
        }
    }

    private void round(int round, int instances, Set<Contender> contenders) {
        // Each second round goes the other way, so that what drifts during a run favours nobody.
        List<Contender> order = new ArrayList<>(contenders);
        if (round % 2 == 0) {
            Collections.reverse(order);
        }
        Map<Contender, Result> results = new EnumMap<>(Contender.class);
        for (Contender contender : order) {
            progress.say("round " + round + ": " + contender.word() + ", " + events + " failures, " + instances
                    + " instance" + (instances == 1 ? "" : "s"));
            Result result = drain(contender, round, instances).run(lab);
            results.put(contender, result);
            tell(contender.word(), instances, result);
        }
        Result ceiling = results.get(Contender.CEILING);
        Result pipeline = results.get(Contender.PIPELINE);
        Result forwarder = results.get(Contender.FORWARDER);
        if (ceiling != null && pipeline != null) {
            String suffix = suffix(instances);
            figures.add("pipeline", "rate, of ceiling" + suffix, ceiling.seconds() / pipeline.seconds(), "");
            figures.add(
                    "pipeline", "app CPU, of ceiling" + suffix, pipeline.appCpuSeconds() / ceiling.appCpuSeconds(), "");
            figures.add(
                    "pipeline",
                    "all CPU, of ceiling" + suffix,
                    (pipeline.appCpuSeconds() + pipeline.brokerCpuSeconds())
                            / (ceiling.appCpuSeconds() + ceiling.brokerCpuSeconds()),
                    "");
        }
        if (ceiling != null && forwarder != null) {
            figures.add(
                    "ceiling", "rate, of forwarder" + suffix(instances), forwarder.seconds() / ceiling.seconds(), "");
        }
    }

    private Drain drain(Contender contender, int round, int instances) {
        Path recording = settings.recording();
        boolean recorded = contender == Contender.PIPELINE && round == settings.rounds() && instances == 1;
        return new Drain(
                contender,
                contender.word() + "-" + round + "-" + instances,
                events,
                Math.min(events / 2, 150_000),
                instances,
                RETRYABLE_PERCENT,
                settings.seed(),
                recorded ? recording : null);
    }

    private void tell(String word, int instances, Result result) {
        String suffix = suffix(instances);
        figures.add(word, "rate" + suffix, events / result.seconds(), "events/s");
        figures.add(word, "app CPU per million events" + suffix, result.appCpuSeconds() / events * MILLION, "CPU s");
        figures.add(
                word, "broker CPU per million events" + suffix, result.brokerCpuSeconds() / events * MILLION, "CPU s");
        if (instances == 1) {
            figures.add(word, "record, uncompressed", (double) result.inputBytes() / events, "B");
            figures.add(word, "record, as stored", (double) result.storedInputBytes() / events, "B");
            long written = result.writtenBytes().values().stream()
                    .mapToLong(Long::longValue)
                    .sum();
            figures.add(word, "written per event, as stored", (double) written / events, "B");
        }
    }

    /** What names a figure of several instances. */
    private static String suffix(int instances) {
        return instances == 1 ? "" : ", " + instances + " instances";
    }

    /** One drain of the pass-through, for the measurements that want its rate; events per second. */
    static double ceilingRate(Lab lab, String id, int events, long seed, @Nullable Path recording) {
        Drain drain =
                new Drain(Contender.CEILING, id, events, ceilingWarmUp(events), 1, RETRYABLE_PERCENT, seed, recording);
        return events / drain.run(lab).seconds();
    }

    /** How many jobs go through the pass-through before those that {@link #ceilingRate} measures. */
    static int ceilingWarmUp(int events) {
        return Math.min(events / 2, 100_000);
    }
}
