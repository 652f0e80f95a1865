package dev.redrive.runtime;

import dev.redrive.codec.DomainMapper;
import dev.redrive.codec.EnvelopeReader;
import dev.redrive.config.RedriveConfig;
import dev.redrive.domain.gate.GateName;
import dev.redrive.domain.gate.Gates;
import dev.redrive.domain.lifecycle.Pipeline;
import dev.redrive.domain.lifecycle.Pipeline.LifecyclePolicy;
import dev.redrive.domain.stats.AlertRules;
import dev.redrive.runtime.RedrivePipeline.RuntimeSettings;
import dev.redrive.runtime.TopicPlan.TopicSettings;
import dev.redrive.topology.FailureTopology;
import dev.redrive.topology.Signals;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Creates the parts of a pipeline from its configuration. */
public final class Wiring {

    private Wiring() {}

    /**
     * Creates the topology.
     *
     * @param clock the time of its decisions, epoch milliseconds
     */
    public static FailureTopology topology(RedriveConfig config, LongSupplier clock) {
        return topology(config, clock, Signals.NONE);
    }

    /**
     * Creates the topology with a receiver of its tasks' events.
     *
     * @param clock the time of its decisions, epoch milliseconds
     */
    public static FailureTopology topology(RedriveConfig config, LongSupplier clock, Signals signals) {
        return new FailureTopology(
                config, decisions(config), registry(config), mapper(config), AlertRules.STANDARD, clock, signals);
    }

    /** Creates the mapper of input records, which checks each field. */
    public static DomainMapper mapper(RedriveConfig config) {
        return new DomainMapper(
                config.profiles(),
                new EnvelopeReader(config.profiles(), config.limits().maxErrorBodyBytes()));
    }

    /** Creates the part that decides, which uses no Kafka. */
    public static Pipeline decisions(RedriveConfig config) {
        return new Pipeline(
                config.decider(),
                Gates.of(config.gates().names(), config.gates().wasteBudget()),
                new LifecyclePolicy(
                        config.users().activeLease(),
                        config.gates().rateWindow(),
                        config.gates().names().contains(GateName.CONCURRENCY),
                        config.gates().maxHold(),
                        config.gates().wasteBudget(),
                        config.redrives().maxPerJob()));
    }

    /** Returns the settings of the registry's clients. */
    public static Map<String, Object> registry(RedriveConfig config) {
        Map<String, Object> registry =
                new HashMap<>(config.schemaRegistry().properties().passed());
        registry.put(
                "schema.registry.url", String.join(",", config.schemaRegistry().url()));
        return registry;
    }

    /**
     * Returns the runtime settings.
     *
     * @param instanceId fixed identity of this instance; {@code null} for the configuration's
     */
    public static RuntimeSettings runtime(RedriveConfig config, @Nullable String instanceId) {
        return new RuntimeSettings(
                config,
                config.kafka().properties().passed(),
                instanceId == null ? config.streams().instanceId() : instanceId);
    }

    /** Returns the topics of the pipeline. */
    public static TopicPlan topics(RedriveConfig config) {
        return TopicPlan.of(new TopicSettings(
                config.topics().names(),
                config.retry().tierList(),
                config.topics().partitions(),
                (short) config.topics().replicationFactor(),
                config.topics().minInsyncReplicas(),
                config.retry().maxPark(),
                config.topics().retention().records(),
                config.topics().retention().deadLetters()));
    }

    /** Creates a pipeline; the caller starts it. */
    public static RedrivePipeline pipeline(RedriveConfig config, @Nullable String instanceId) {
        return pipeline(config, instanceId, Signals.NONE);
    }

    /** Creates a pipeline with a receiver of its tasks' events; the caller starts it. */
    public static RedrivePipeline pipeline(RedriveConfig config, @Nullable String instanceId, Signals signals) {
        SteadyClock clock = new SteadyClock();
        FailureTopology topology = topology(config, clock, signals);
        return new RedrivePipeline(
                topology.build(), runtime(config, instanceId), clock, topology.times(), topology.outages());
    }
}
