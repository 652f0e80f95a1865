package dev.redrive.bench;

import dev.redrive.config.ConfigLoader;
import dev.redrive.config.RedriveConfig;
import dev.redrive.runtime.RedrivePipeline;
import dev.redrive.runtime.RuntimeSettings;
import dev.redrive.runtime.SteadyClock;
import dev.redrive.runtime.Wiring;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;

/**
 * The ceiling: a Kafka Streams application under {@code exactly_once_v2} that hands records on, byte by byte, over as many
 * hops as Redrive does, and does nothing else. It runs with the very settings that the pipeline runs with.
 */
final class PassThroughMain {

    private static final Duration START = Duration.ofSeconds(60);

    private PassThroughMain() {}

    /** Runs until standard input ends; the arguments are a configuration file and the identity of this instance. */
    public static void main(String[] args) throws IOException, InterruptedException {
        RedriveConfig config = ConfigLoader.load(Path.of(args[0]), Map.of());
        RuntimeSettings settings = Wiring.runtime(config, args[1]);
        Topology topology = topology(new Routes(config.topics().names()));
        try (RedrivePipeline pipeline = new RedrivePipeline(topology, settings, new SteadyClock(), null, null)) {
            pipeline.start();
            if (!pipeline.awaitRunning(START)) {
                throw new IllegalStateException("not running after " + START);
            }
            System.out.println("running");
            while (System.in.read() >= 0) {
                // Nothing is asked of it.
            }
        }
    }

    static Topology topology(Routes routes) {
        Topology topology = new Topology();
        source(topology, "failures", routes.topics().failures());
        source(topology, "between", routes.between());
        topology.addProcessor("pass", () -> new Pass(routes), "failures", "between");
        for (String sink : new String[] {
            routes.between(), routes.topics().ready(), routes.topics().deadLetters()
        }) {
            topology.addSink("to-" + sink, sink, new ByteArraySerializer(), new ByteArraySerializer(), "pass");
        }
        return topology;
    }

    private static void source(Topology topology, String node, String topic) {
        topology.addSource(
                AutoOffsetReset.earliest(), node, new ByteArrayDeserializer(), new ByteArrayDeserializer(), topic);
    }

    /** Hands each record on. */
    private static final class Pass implements Processor<byte[], byte[], byte[], byte[]> {

        private final Routes routes;
        private @Nullable ProcessorContext<byte[], byte[]> context;

        Pass(Routes routes) {
            this.routes = routes;
        }

        @Override
        public void init(ProcessorContext<byte[], byte[]> given) {
            context = given;
        }

        @Override
        public void process(Record<byte[], byte[]> record) {
            ProcessorContext<byte[], byte[]> to = context;
            if (to == null) {
                throw new IllegalStateException("process before init");
            }
            String topic = to.recordMetadata().orElseThrow().topic();
            to.forward(record, "to-" + routes.next(topic, record.headers()));
        }
    }
}
