package dev.redrive.cli;

import dev.redrive.cli.CommandFailure.Reason;
import dev.redrive.config.RedriveConfig;
import dev.redrive.http.ManagementServer;
import dev.redrive.http.ManagementServer.ManagementException;
import dev.redrive.metrics.RedriveMetrics;
import dev.redrive.runtime.RedrivePipeline;
import dev.redrive.runtime.Wiring;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A pipeline with its metrics and management server, which run from before its start until after its end.
 *
 * @param pipeline the pipeline
 * @param metrics its metrics
 * @param server serves health and metrics; {@code null} if disabled
 */
public record ManagedPipeline(
        RedrivePipeline pipeline,
        RedriveMetrics metrics,
        @Nullable ManagementServer server) implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ManagedPipeline.class);

    /**
     * Opens the management port, then starts the pipeline.
     *
     * @throws CommandFailure if the port cannot be opened, or the pipeline cannot start
     */
    public static ManagedPipeline start(RedriveConfig config, @Nullable String instanceId) {
        try {
            return started(config, instanceId);
        } catch (KafkaException e) {
            String stateDir = config.streams().stateDir();
            CommandFailure full = CommandFailure.diskFull(
                    "the pipeline cannot start, because its state does not fit into " + stateDir, e);
            if (full != null) {
                throw full;
            }
            Throwable root = e;
            while (root.getCause() != null) {
                root = root.getCause();
            }
            throw new CommandFailure(
                    Reason.PIPELINE_FAILED,
                    "the pipeline cannot start (is " + stateDir + " writable, and used by no other instance?): "
                            + root.getMessage(),
                    e);
        }
    }

    /**
     * Returns the failure of a command whose pipeline has failed permanently.
     *
     * @param more reference to further information
     */
    public static CommandFailure failure(RedrivePipeline pipeline, String more) {
        String sentence = "the pipeline failed for good; " + more;
        CommandFailure full = CommandFailure.diskFull(sentence, pipeline.lastFailure());
        return full != null ? full : new CommandFailure(Reason.PIPELINE_FAILED, sentence, pipeline.lastFailure());
    }

    private static ManagedPipeline started(RedriveConfig config, @Nullable String instanceId) {
        RedriveMetrics metrics = new RedriveMetrics(config);
        RedrivePipeline pipeline = Wiring.pipeline(config, instanceId, metrics);
        metrics.watch(pipeline);
        ManagedPipeline managed = new ManagedPipeline(pipeline, metrics, server(config, pipeline, metrics));
        boolean started = false;
        try {
            pipeline.start();
            started = true;
            return managed;
        } finally {
            if (!started) {
                managed.close();
            }
        }
    }

    private static @Nullable ManagementServer server(
            RedriveConfig config, RedrivePipeline pipeline, RedriveMetrics metrics) {
        if (config.management().port() == null) {
            return null;
        }
        try {
            ManagementServer server =
                    ManagementServer.start(config.management(), pipeline::readiness, pipeline::stuck, metrics);
            LOG.info("health and metrics: {}", server.url());
            return server;
        } catch (ManagementException e) {
            pipeline.close();
            metrics.close();
            throw new CommandFailure(Reason.RESOURCE_TAKEN, String.valueOf(e.getMessage()), e);
        }
    }

    /** Returns the URL of the metrics; {@code null} if they are not served. */
    @Nullable
    public String metricsUrl() {
        return server == null ? null : server.url() + "/metrics";
    }

    @Override
    public void close() {
        pipeline.close();
        if (server != null) {
            server.close();
        }
        metrics.close();
    }
}
