package dev.redrive.bench;

import dev.redrive.bench.Benchmark.BenchException;
import dev.redrive.bench.Benchmark.BenchSettings;
import dev.redrive.bench.Benchmark.BenchSettings.BenchName;
import dev.redrive.bench.Drain.Result;
import dev.redrive.contract.TopicNames;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.jspecify.annotations.Nullable;

/** {@code ceiling} and {@code pipeline}: the same backlog through each contender in turn, round by round. */
record DrainBench(BenchSettings settings, Lab lab, Figures figures, Consumer<String> progress) {

    private static final int RETRYABLE_PERCENT = 60;
    private static final double MILLION = 1e6;

    private int events() {
        return settings.events(300_000, 2_000);
    }

    void run() {
        int events = events();
        Set<Contender> contenders = EnumSet.of(Contender.CEILING);
        if (settings.benches().contains(BenchName.pipeline)) {
            contenders.add(Contender.PIPELINE);
        }
        if (settings.benches().contains(BenchName.ceiling)) {
            contenders.add(Contender.FORWARDER);
        }
        for (int round = 1; round <= settings.rounds(); round++) {
            if (contenders.contains(Contender.FORWARDER)) {
                progress.accept("round " + round + ": bare producer and consumer, " + events + " records");
                new BareClients(lab, events, settings.seed()).run(figures);
            }
            for (int instances : settings.instances()) {
                round(round, instances, contenders);
            }
        }
    }

    private void round(int round, int instances, Set<Contender> contenders) {
        // Every second round reverses the order, so that a drift during a run favours no contender.
        List<Contender> order = new ArrayList<>(contenders);
        if (round % 2 == 0) {
            Collections.reverse(order);
        }
        Map<Contender, Result> results = new EnumMap<>(Contender.class);
        for (Contender contender : order) {
            progress.accept("round " + round + ": " + contender.word() + ", " + events() + " failures, " + instances
                    + " instance" + (instances == 1 ? "" : "s"));
            Result result = drain(contender, round, instances).run(lab);
            results.put(contender, result);
            print(contender.word(), instances, result);
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
                events(),
                Math.min(events() / 2, 150_000),
                instances,
                RETRYABLE_PERCENT,
                settings.seed(),
                recorded ? recording : null);
    }

    private void print(String word, int instances, Result result) {
        String suffix = suffix(instances);
        figures.add(word, "rate" + suffix, events() / result.seconds(), "events/s");
        figures.add(word, "app CPU per million events" + suffix, result.appCpuSeconds() / events() * MILLION, "CPU s");
        figures.add(
                word,
                "broker CPU per million events" + suffix,
                result.brokerCpuSeconds() / events() * MILLION,
                "CPU s");
        if (instances == 1) {
            figures.add(word, "record, uncompressed", (double) result.inputBytes() / events(), "B");
            figures.add(word, "record, as stored", (double) result.storedInputBytes() / events(), "B");
            long written = result.writtenBytes().values().stream()
                    .mapToLong(Long::longValue)
                    .sum();
            figures.add(word, "written per event, as stored", (double) written / events(), "B");
        }
    }

    /** Returns the name suffix of a figure of several instances. */
    private static String suffix(int instances) {
        return instances == 1 ? "" : ", " + instances + " instances";
    }

    /** Runs one drain of the pass-through, as a reference for other measurements; returns events per second. */
    static double ceilingRate(Lab lab, String id, int events, long seed, @Nullable Path recording) {
        Drain drain =
                new Drain(Contender.CEILING, id, events, ceilingWarmUp(events), 1, RETRYABLE_PERCENT, seed, recording);
        return events / drain.run(lab).seconds();
    }

    /** Returns the number of warm-up jobs of {@link #ceilingRate}. */
    static int ceilingWarmUp(int events) {
        return Math.min(events / 2, 100_000);
    }

    /** A bare producer and a bare consumer on the same records: clients and broker without processing. */
    record BareClients(Lab lab, int events, long seed) {

        private static final Duration POLL = Duration.ofMillis(200);

        void run(Figures figures) {
            // The pipeline is never started; only its input topic is used.
            try (Rig rig = new Rig(lab, Contender.CEILING, "bare", "")) {
                figures.add("ceiling", "bare producer", events / produce(rig.topics()), "events/s");
                figures.add("ceiling", "bare consumer", events / consume(rig.topics()), "events/s");
            }
        }

        private double produce(TopicNames topics) {
            Workload workload = new Workload("job", seed, 60);
            try (Load load = new Load(lab, workload, topics.failures(), false)) {
                long start = System.nanoTime();
                load.publish(0, events, (job, nowMs) -> workload.failure(job, nowMs, Drain.RETRY_AFTER_S));
                return seconds(start);
            }
        }

        private double consume(TopicNames topics) {
            try (KafkaConsumer<byte[], byte[]> consumer = lab.consumer()) {
                var partitions = Lab.partitions(topics.failures());
                consumer.assign(partitions);
                Map<?, Long> ends = consumer.endOffsets(partitions);
                long left = ends.values().stream().mapToLong(Long::longValue).sum();
                if (left != events) {
                    throw new BenchException(events + " records were produced, the topic has " + left);
                }
                long start = System.nanoTime();
                while (left > 0) {
                    left -= consumer.poll(POLL).count();
                }
                return seconds(start);
            }
        }

        private static double seconds(long startNanos) {
            return (System.nanoTime() - startNanos) / (double) TimeUnit.SECONDS.toNanos(1);
        }
    }

    /** {@code bytes}: the bytes that Redrive writes to the broker per job, by kind of job and by topic. */
    record BytesBench(BenchSettings settings, Lab lab, Figures figures, Consumer<String> progress) {

        void run() {
            kind("retryable", 100);
            kind("terminal", 0);
        }

        private void kind(String kind, int retryablePercent) {
            int events = settings.events(100_000, 2_000);
            String id = "bytes-" + kind;
            progress.accept("bytes: " + events + " " + kind + " jobs");
            Result result = new Drain(
                            Contender.PIPELINE, id, events, events / 10, 1, retryablePercent, settings.seed(), null)
                    .run(lab);
            double record = (double) result.inputBytes() / events;
            double stored = (double) result.storedInputBytes() / events;
            double written = 0;
            for (Map.Entry<String, Long> topic :
                    byTopic(id, result.writtenBytes()).entrySet()) {
                double bytes = (double) topic.getValue() / events;
                written += bytes;
                figures.add("bytes", kind + ": " + topic.getKey(), bytes, "B");
            }
            figures.add("bytes", kind + ": the failure record, uncompressed", record, "B");
            figures.add("bytes", kind + ": the failure record, as stored", stored, "B");
            figures.add("bytes", kind + ": written in all, as stored", written, "B");
            figures.add("bytes", kind + ": written, of the uncompressed record", written / record, "");
            figures.add("bytes", kind + ": written, of the stored record", written / stored, "");
        }

        private static Map<String, Long> byTopic(String id, Map<String, Long> written) {
            Map<String, Long> topics = new TreeMap<>();
            written.forEach((topic, bytes) -> topics.put(
                    topic.startsWith(id + ".") || topic.startsWith(id + "-") ? topic.substring(id.length() + 1) : topic,
                    bytes));
            return topics;
        }
    }
}
