package dev.redrive.bench;

import dev.redrive.bench.Drain.Result;
import java.util.Map;
import java.util.TreeMap;

/** {@code bytes}: what Redrive writes to the broker for one job, of each kind by itself, topic by topic. */
final class BytesBench {

    private final BenchSettings settings;
    private final Lab lab;
    private final Figures figures;
    private final Progress progress;

    BytesBench(BenchSettings settings, Lab lab, Figures figures, Progress progress) {
        this.settings = settings;
        this.lab = lab;
        this.figures = figures;
        this.progress = progress;
    }

    void run() {
        kind("retryable", 100);
        kind("terminal", 0);
    }

    private void kind(String kind, int retryablePercent) {
        int events = settings.events(100_000, 2_000);
        String id = "bytes-" + kind;
        progress.say("bytes: " + events + " " + kind + " jobs");
        Result result = new Drain(
                        Contender.PIPELINE, id, events, events / 10, 1, retryablePercent, settings.seed(), null)
                .run(lab);
        double record = (double) result.inputBytes() / events;
        double stored = (double) result.storedInputBytes() / events;
        double written = 0;
        for (Map.Entry<String, Long> topic : byTopic(id, result.writtenBytes()).entrySet()) {
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
                topic.startsWith(id + ".")
                        ? topic.substring(id.length() + 1)
                        : topic.startsWith(id + "-") ? topic.substring(id.length() + 1) : topic,
                bytes));
        return topics;
    }
}
