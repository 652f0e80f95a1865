import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedStackTrace;
import jdk.jfr.consumer.RecordedThread;
import jdk.jfr.consumer.RecordingFile;

/**
 * Tells from a flight recording what the pipeline's processor time goes to: java Profile.java FILE.jfr [SECONDS].
 *
 * <p>Samples are counted once, for the first area of the list below that any frame of the stack belongs to, seen from the top;
 * with SECONDS only those of the recording's last seconds. Native samples (RocksDB, the network) are drawn more rarely than
 * those of Java code, so the two are told apart and must not be added up.
 */
final class Profile {

    /** Areas and the methods that tell them, as beginnings of class and method; the innermost frame that matches decides. */
    private static final Map<String, List<String>> AREAS = areas();

    private static Map<String, List<String>> areas() {
        Map<String, List<String>> areas = new LinkedHashMap<>();
        areas.put("RocksDB", List.of("org.rocksdb.", "org.apache.kafka.streams.state.internals.RocksDB"));
        areas.put("changelog writes", List.of("org.apache.kafka.streams.processor.internals.ProcessorContextImpl.logChange"));
        areas.put("heap stores", List.of("dev.redrive.state.HeapStore", "dev.redrive.state.HeapBudget"));
        areas.put("sending: producer", List.of("org.apache.kafka.clients.producer.", "org.apache.kafka.streams.processor.internals.RecordCollectorImpl"));
        areas.put("receiving: consumer", List.of("org.apache.kafka.clients.consumer."));
        areas.put("commit", List.of("org.apache.kafka.streams.processor.internals.TaskExecutor.commit",
                "org.apache.kafka.streams.processor.internals.StreamTask.prepareCommit", "org.apache.kafka.streams.processor.internals.StreamsProducer"));
        areas.put("Avro: encode", List.of("dev.redrive.serde.RecordWriter", "dev.redrive.serde.AvroSerializer", "dev.redrive.codec.OutputWriter", "dev.redrive.codec.UserStateCodec"));
        areas.put("Avro: decode", List.of("dev.redrive.serde.RecordReader", "dev.redrive.serde.WireDecoder", "dev.redrive.serde.AvroDeserializer"));
        areas.put("error bodies: JSON", List.of("dev.redrive.codec.EnvelopeReader", "com.fasterxml.jackson."));
        areas.put("job states: codec", List.of("dev.redrive.codec.JobStateCodec", "dev.redrive.codec.JobKey", "dev.redrive.state.JobStore"));
        areas.put("user states: codec", List.of("dev.redrive.codec.UserMemoryCodec", "dev.redrive.state.UserStore"));
        areas.put("error rates", List.of("dev.redrive.state.OpenSums", "dev.redrive.state.PartKey", "dev.redrive.topology.ErrorRateProcessor"));
        areas.put("due queue", List.of("dev.redrive.state.StoredDueQueue", "dev.redrive.topology.ReleaseTimer"));
        areas.put("metrics", List.of("dev.redrive.metrics.", "dev.redrive.topology.TaskSignals", "io.micrometer."));
        areas.put("decisions: domain", List.of("dev.redrive.domain."));
        areas.put("the rest of the pipeline", List.of("dev.redrive."));
        areas.put("Kafka Streams itself", List.of("org.apache.kafka.streams."));
        areas.put("Kafka clients, other threads", List.of("org.apache.kafka."));
        return areas;
    }

    private final Map<String, Integer> java = new TreeMap<>();
    private final Map<String, Integer> nativeCode = new TreeMap<>();
    private final Map<String, Integer> methods = new TreeMap<>();
    private final Map<String, Double> threadCpu = new TreeMap<>();
    private final Map<String, Integer> threadLooks = new TreeMap<>();
    private final Map<String, Long> allocated = new TreeMap<>();

    public static void main(String[] args) throws Exception {
        List<RecordedEvent> events = RecordingFile.readAllEvents(Path.of(args[0]));
        long lastMs = events.stream().mapToLong(event -> event.getEndTime().toEpochMilli()).max().orElseThrow();
        long fromMs = args.length > 1 ? lastMs - Long.parseLong(args[1]) * 1_000 : 0;
        Profile profile = new Profile();
        events.stream().filter(event -> event.getEndTime().toEpochMilli() >= fromMs).forEach(profile::take);
        profile.print();
    }

    private void take(RecordedEvent event) {
        switch (event.getEventType().getName()) {
            case "jdk.ExecutionSample" -> {
                if (streamThread(event.getThread("sampledThread"))) {
                    count(java, area(event.getStackTrace()), 1);
                    count(methods, top(event.getStackTrace()), 1);
                }
            }
            case "jdk.NativeMethodSample" -> {
                if (streamThread(event.getThread("sampledThread")) && !top(event.getStackTrace()).contains("EPoll")) {
                    count(nativeCode, area(event.getStackTrace()), 1);
                }
            }
            case "jdk.ThreadCPULoad" -> {
                String name = group(event.getThread("eventThread"));
                threadCpu.merge(name, (double) event.getFloat("user") + event.getFloat("system"), Double::sum);
                threadLooks.merge(name, 1, Integer::sum);
            }
            case "jdk.ObjectAllocationSample" -> {
                if (event.getStackTrace() != null) {
                    allocated.merge(area(event.getStackTrace()), event.getLong("weight"), Long::sum);
                }
            }
            default -> { }
        }
    }

    private static boolean streamThread(RecordedThread thread) {
        return thread != null && group(thread).equals("StreamThread");
    }

    /** Threads by what they are for: digits and what tells instances apart are left out. */
    private static String group(RecordedThread thread) {
        String name = thread == null || thread.getJavaName() == null ? "(native)" : thread.getJavaName();
        if (name.contains("StreamThread") && !name.contains("producer") && !name.contains("heartbeat")) {
            return "StreamThread";
        }
        return name.contains("producer-network") || name.contains("kafka-producer") ? "producer network thread"
                : name.contains("heartbeat") || name.contains("coordinator") ? "consumer heartbeat" : name.replaceAll("[0-9]+", "N");
    }

    private static String area(RecordedStackTrace stack) {
        for (RecordedFrame frame : stack.getFrames()) {
            String method = frame.getMethod().getType().getName() + "." + frame.getMethod().getName();
            for (Map.Entry<String, List<String>> area : AREAS.entrySet()) {
                boolean broad = area.getKey().equals("Kafka Streams itself") || area.getKey().equals("Kafka clients, other threads");
                if (!broad && area.getValue().stream().anyMatch(method::startsWith)) {
                    return area.getKey();
                }
            }
        }
        for (RecordedFrame frame : stack.getFrames()) {
            String type = frame.getMethod().getType().getName();
            if (type.startsWith("org.apache.kafka.streams.")) {
                return "Kafka Streams itself";
            }
        }
        return "Kafka clients, other threads";
    }

    private static String top(RecordedStackTrace stack) {
        RecordedFrame frame = stack.getFrames().get(0);
        return frame.getMethod().getType().getName() + "." + frame.getMethod().getName();
    }

    private static void count(Map<String, Integer> counts, String name, int by) {
        counts.merge(name, by, Integer::sum);
    }

    private void print() {
        System.out.println("threads: processor time, percent of the machine, mean");
        List<String> threads = new ArrayList<>(threadCpu.keySet());
        threads.sort(Comparator.comparingDouble(name -> -threadCpu.get(name)));
        int looks = threadLooks.getOrDefault("StreamThread", 1);
        threads.stream().limit(8).forEach(name ->
                System.out.printf(Locale.ROOT, "  %5.1f %%  %s%n", 100 * threadCpu.get(name) / looks, name));
        shares("stream thread, Java code", java);
        shares("stream thread, native code", nativeCode);
        Map<String, Integer> megabytes = new TreeMap<>();
        allocated.forEach((name, bytes) -> megabytes.put(name, (int) (bytes >> 20)));
        shares("allocation, all threads (MB)", megabytes);
        shares("stream thread, topmost methods", methods);
    }

    private static void shares(String title, Map<String, Integer> counts) {
        int all = counts.values().stream().mapToInt(Integer::intValue).sum();
        System.out.printf("%n%s: %d%n", title, all);
        counts.entrySet().stream()
                .sorted(Comparator.comparingInt(entry -> -entry.getValue()))
                .limit(25)
                .forEach(entry -> System.out.printf(
                        Locale.ROOT, "  %5.1f %%  %6d  %s%n", 100.0 * entry.getValue() / Math.max(1, all), entry.getValue(), entry.getKey()));
    }
}
