package dev.redrive.model;

import dev.redrive.avro.DeadLetter;
import dev.redrive.avro.ErrorRate;
import dev.redrive.avro.Outcome;
import dev.redrive.avro.RetryRequest;
import dev.redrive.avro.ScheduledRetry;
import dev.redrive.avro.UserState;
import dev.redrive.topology.PipelineHarness;
import dev.redrive.topology.PipelineHarness.Out;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.streams.test.TestRecord;

/** All that the pipeline wrote since it was asked last. */
record Outputs(
        Instant at,
        List<Out<ScheduledRetry>> retries,
        List<Out<RetryRequest>> ready,
        List<Out<DeadLetter>> deadLetters,
        List<Out<UserState>> users,
        List<Out<Outcome>> outcomes,
        List<Out<ErrorRate>> rates,
        List<TestRecord<byte[], byte[]>> quarantine) {

    private static final Map<String, Duration> TIERS = Map.of(
            "10s", Duration.ofSeconds(10),
            "1m", Duration.ofMinutes(1),
            "10m", Duration.ofMinutes(10),
            "1h", Duration.ofHours(1),
            "1d", Duration.ofDays(1));

    static Outputs of(PipelineHarness pipeline) {
        List<Out<ScheduledRetry>> retries = new ArrayList<>();
        TIERS.keySet().forEach(tier -> retries.addAll(pipeline.retries(tier)));
        return new Outputs(
                pipeline.now(),
                retries,
                pipeline.ready(),
                pipeline.deadLetters(),
                pipeline.users(),
                pipeline.outcomes(),
                pipeline.errorRates(),
                pipeline.quarantine());
    }

    /** The longest time that a tier covers. */
    static Duration tier(String name) {
        return TIERS.getOrDefault(name, Duration.ZERO);
    }
}
