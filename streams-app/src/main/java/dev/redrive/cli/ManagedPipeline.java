package dev.redrive.cli;

import dev.redrive.config.RedriveConfig;
import dev.redrive.http.ManagementException;
import dev.redrive.http.ManagementServer;
import dev.redrive.metrics.RedriveMetrics;
import dev.redrive.runtime.RedrivePipeline;
import dev.redrive.runtime.Wiring;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A pipeline with what operators see of it: it is watched from before its start until after its end.
 *
 * @param pipeline the pipeline
 * @param metrics its metrics
 * @param server answers for both; {@code null} where none is wanted
 */
record ManagedPipeline(
        RedrivePipeline pipeline,
        RedriveMetrics metrics,
        @Nullable ManagementServer server) implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ManagedPipeline.class);

    /**
     * Opens the management port, then starts the pipeline.
     *
     * @throws CommandFailure if the port cannot be opened
     * @throws org.apache.kafka.common.KafkaException if the pipeline cannot start
     */
    static ManagedPipeline start(RedriveConfig config, @Nullable String instanceId) {
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
            ManagementServer server = ManagementServer.start(config.management(), pipeline::readiness, metrics);
            LOG.info("health and metrics: {}", server.url());
            return server;
        } catch (ManagementException e) {
            pipeline.close();
            metrics.close();
            throw new CommandFailure(Reason.RESOURCE_TAKEN, String.valueOf(e.getMessage()), e);
        }
    }

    /** Where metrics are read; {@code null} where nowhere. */
    @Nullable
    String metricsUrl() {
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
