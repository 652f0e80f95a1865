package dev.redrive.cli;

import dev.redrive.cli.CommandFailure.Reason;
import dev.redrive.config.ConfigException;
import dev.redrive.config.RedriveConfig;
import dev.redrive.http.ManagementServer;
import dev.redrive.http.ManagementServer.ManagementException;
import dev.redrive.metrics.RedriveMetrics;
import dev.redrive.runtime.RedrivePipeline;
import dev.redrive.runtime.Wiring;
import dev.redrive.server.RedriveServer;
import dev.redrive.server.api.ApiServer.ApiServerException;
import dev.redrive.server.index.IndexFile.IndexException;
import java.io.UncheckedIOException;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A pipeline with its metrics and management server, which run from before its start until after its end, and with the
 * HTTP API, which runs from after its start until before its end.
 */
public final class ManagedPipeline implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ManagedPipeline.class);

    private final RedrivePipeline pipeline;
    private final RedriveMetrics metrics;
    private final @Nullable ManagementServer server;
    private @Nullable RedriveServer api;

    private ManagedPipeline(RedrivePipeline pipeline, RedriveMetrics metrics, @Nullable ManagementServer server) {
        this.pipeline = pipeline;
        this.metrics = metrics;
        this.server = server;
    }

    /**
     * Opens the management port, then starts the pipeline, then the HTTP API where it has a port.
     *
     * @throws CommandFailure if a port cannot be opened, or the pipeline or the API cannot start
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
            managed.api = api(config, metrics);
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

    private static @Nullable RedriveServer api(RedriveConfig config, RedriveMetrics metrics) {
        if (config.server().port() == null) {
            return null;
        }
        try {
            return RedriveServer.start(config, metrics.server());
        } catch (ApiServerException e) {
            throw new CommandFailure(Reason.RESOURCE_TAKEN, String.valueOf(e.getMessage()), e);
        } catch (ConfigException e) {
            throw ConfigSource.invalid(e);
        } catch (UncheckedIOException | IndexException e) {
            throw new CommandFailure(
                    Reason.FILE_UNREADABLE, "the index cannot be opened (server.directory): " + e.getMessage(), e);
        }
    }

    /** Returns the pipeline. */
    public RedrivePipeline pipeline() {
        return pipeline;
    }

    /** Returns the URL of the HTTP API; {@code null} if this instance does not serve. */
    public @Nullable String apiUrl() {
        RedriveServer started = api;
        return started == null ? null : started.url().toString();
    }

    /** Returns the URL of the metrics; {@code null} if they are not served. */
    @Nullable
    public String metricsUrl() {
        return server == null ? null : server.url() + "/metrics";
    }

    @Override
    public void close() {
        RedriveServer serving = api;
        if (serving != null) {
            serving.close();
        }
        pipeline.close();
        if (server != null) {
            server.close();
        }
        metrics.close();
    }
}
