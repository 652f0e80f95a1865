package dev.redrive.serde;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.avro.JobFailure;
import dev.redrive.avro.RequestPayload;
import dev.redrive.serde.FakeRegistry.Reply;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serializer;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/** Encoding and decoding one failure of 600 bytes: this serde beside Confluent's own, in the same run. */
@State(Scope.Thread)
@SuppressWarnings("NullAway.Init") // set up by JMH
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class SerdeBenchIT {

    /** Which classes do the work. */
    @Param({"redrive", "confluent"})
    public String impl = "redrive";

    private final JobFailure failure = JobFailure.newBuilder(Samples.jobFailure())
            .setRequest(new RequestPayload(
                    "application/json",
                    ByteBuffer.wrap(("{\"prompt\":\"" + "slow warm piano over rain ".repeat(10) + "\"}")
                            .getBytes(StandardCharsets.UTF_8))))
            .build();
    private FakeRegistry registry;
    private Serializer<JobFailure> serializer;
    private Deserializer<JobFailure> deserializer;
    private byte[] bytes;

    /** Makes both, and asks the registry what it is asked but once. */
    @Setup
    public void prepare() throws IOException {
        Thread.currentThread()
                .setContextClassLoader(new GenuineClasses(Thread.currentThread().getContextClassLoader()));
        registry = new FakeRegistry();
        registry.on("POST /subjects/t-value/versions", Reply.id(1))
                .on("GET /schemas/ids/1", Reply.schema(failure.getSchema().toString()));
        Map<String, Object> config = Map.of("schema.registry.url", registry.url(), "avro.serde.impl", impl);
        serializer = AvroSerdes.serializer(JobFailure.class, config);
        deserializer = AvroSerdes.deserializer(JobFailure.class, config);
        bytes = encode();
    }

    /** Stops the registry. */
    @TearDown
    public void close() throws IOException {
        serializer.close();
        deserializer.close();
        registry.close();
        ((GenuineClasses) Thread.currentThread().getContextClassLoader()).close();
    }

    /** One record to bytes. */
    @Benchmark
    public byte[] encode() {
        return serializer.serialize("t", failure);
    }

    /** Bytes to one record. */
    @Benchmark
    public JobFailure decode() {
        return deserializer.deserialize("t", bytes);
    }

    @Test
    void shouldMeasureBoth() throws RunnerException {
        Collection<RunResult> results = new Runner(new OptionsBuilder()
                        .include(SerdeBenchIT.class.getName())
                        .forks(2)
                        .warmupIterations(3)
                        .warmupTime(TimeValue.seconds(2))
                        .measurementIterations(5)
                        .measurementTime(TimeValue.seconds(2))
                        .addProfiler(GCProfiler.class)
                        .build())
                .run();

        System.out.printf(Locale.ROOT, "encode: Confluent's takes %.2f times ours%n", ratio(results, "encode"));
        System.out.printf(Locale.ROOT, "decode: Confluent's takes %.2f times ours%n", ratio(results, "decode"));
        assertThat(results).hasSize(4);
    }

    private static double ratio(Collection<RunResult> results, String benchmark) {
        return score(results, benchmark, "confluent") / score(results, benchmark, "redrive");
    }

    private static double score(Collection<RunResult> results, String benchmark, String impl) {
        return results.stream()
                .filter(result -> result.getParams().getBenchmark().endsWith('.' + benchmark))
                .filter(result -> result.getParams().getParam("impl").equals(impl))
                .findFirst()
                .orElseThrow()
                .getPrimaryResult()
                .getScore();
    }
}
