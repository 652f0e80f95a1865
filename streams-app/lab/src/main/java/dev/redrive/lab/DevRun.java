package dev.redrive.lab;

import dev.redrive.cli.CommandFailure;
import dev.redrive.cli.ConfigSource;
import dev.redrive.cli.Interruption;
import dev.redrive.cli.LogLevels;
import dev.redrive.cli.ManagedPipeline;
import dev.redrive.cli.Reason;
import dev.redrive.cli.Subcommand;
import dev.redrive.cli.Terminal;
import dev.redrive.codec.Printable;
import dev.redrive.config.RedriveConfig;
import dev.redrive.dev.DevException;
import dev.redrive.dev.DevInstance;
import dev.redrive.dev.DevSettings;
import dev.redrive.dev.WorkloadSettings;
import dev.redrive.runtime.RedrivePipeline;
import dev.redrive.runtime.Wiring;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.common.utils.Exit;
import org.jspecify.annotations.Nullable;

/** One run of {@code redrive dev}. */
final class DevRun {

    /** Longer than broker, registry and pipeline take to stop. */
    private static final long PATIENCE_MS = 30_000;

    /** Room for a log segment and what goes with it, which the broker asks for at once. */
    private static final long BROKER_BYTES = 128L << 20;

    private final Terminal terminal;
    private final int portBase;
    private final @Nullable Path file;
    private final CountDownLatch end = new CountDownLatch(1);
    private final AtomicReference<@Nullable RedrivePipeline> pipeline = new AtomicReference<>();

    /**
     * What the simulated batch system does.
     *
     * @param users how many; {@code null} for the default
     * @param jobsPerSecond new jobs; {@code null} for the default
     * @param scenario name of what replaces the usual load; {@code null} for none
     * @param jobs how many jobs the scenario has; {@code null} for as many as it has
     */
    record Load(
            @Nullable Integer users,
            @Nullable Double jobsPerSecond,
            @Nullable String scenario,
            @Nullable Integer jobs) {

        WorkloadSettings settings() {
            if (scenario == null) {
                if (jobs != null) {
                    throw new IllegalArgumentException("--jobs needs --scenario");
                }
                WorkloadSettings.Endless usual = WorkloadSettings.Endless.DEFAULT;
                return new WorkloadSettings.Endless(
                        Objects.requireNonNullElse(users, usual.users()),
                        Objects.requireNonNullElse(jobsPerSecond, usual.jobsPerSecond()),
                        usual.seed());
            }
            if (users != null || jobsPerSecond != null) {
                throw new IllegalArgumentException("--users and --rate do not go with --scenario");
            }
            return new WorkloadSettings.Scripted(
                    ScenarioNames.scenario(scenario, jobs), WorkloadSettings.Endless.DEFAULT.seed());
        }
    }

    DevRun(Terminal terminal, int portBase, @Nullable Path file) {
        this.terminal = terminal;
        this.portBase = portBase;
        this.file = file;
    }

    int run(@Nullable Path dataDir, @Nullable Load load, boolean summary) throws InterruptedException {
        DevSettings settings = settings(dataDir, load, summary);
        explainHalt(settings);
        PrintStream out = new PrintStream(terminal.out(), true, StandardCharsets.UTF_8);
        try (Interruption interruption = Interruption.ends(end::countDown, PATIENCE_MS);
                DevInstance instance = DevInstance.start(
                        settings,
                        (bootstrap, registry, state) -> start(bootstrap, registry, state, out),
                        out,
                        terminal.interactive(),
                        end::countDown)) {
            end.await();
        } catch (DevException e) {
            throw failure(e);
        }
        RedrivePipeline ended = pipeline.get();
        if (ended != null && ended.failed()) {
            throw ManagedPipeline.failure(ended, settings.logFile() + " tells why");
        }
        return Subcommand.OK;
    }

    private DevSettings settings(@Nullable Path dataDir, @Nullable Load load, boolean summary) {
        Map<String, String> environment = terminal.environment();
        try {
            Path data = dataDir != null
                    ? dataDir
                    : DevSettings.defaultDataDirectory(environment, Path.of(System.getProperty("user.home")), portBase);
            // Checking the configuration makes loggers.
            LogLevels.toFile(DevSettings.logFile(data), !(summary && terminal.interactive()));
            RedriveConfig config = config("127.0.0.1:" + portBase, "http://127.0.0.1:" + (portBase + 2), data);
            return new DevSettings(
                    portBase, data, Wiring.topics(config).settings(), load == null ? null : load.settings(), summary);
        } catch (IllegalArgumentException e) {
            throw new CommandFailure(Reason.USAGE, String.valueOf(e.getMessage()), e);
        }
    }

    private AutoCloseable start(String bootstrapServers, String registryUrl, Path stateDirectory, PrintStream out) {
        ManagedPipeline managed = ManagedPipeline.start(config(bootstrapServers, registryUrl, stateDirectory), null);
        RedrivePipeline started = managed.pipeline();
        pipeline.set(started);
        out.println("metrics          " + Printable.line(String.valueOf(managed.metricsUrl())));
        Thread watch = new Thread(() -> endWith(started), "redrive-dev-watch");
        watch.setDaemon(true);
        watch.start();
        return managed;
    }

    private void endWith(RedrivePipeline started) {
        try {
            started.awaitEnd();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        end.countDown();
    }

    /** The configuration with this instance's own addresses and directory, and one copy of everything. */
    private RedriveConfig config(String bootstrapServers, String registryUrl, Path stateDirectory) {
        Map<String, String> settings = new HashMap<>(terminal.environment());
        settings.put("REDRIVE_KAFKA__BOOTSTRAP_SERVERS", bootstrapServers);
        settings.put("REDRIVE_SCHEMA_REGISTRY__URL", registryUrl);
        settings.put("REDRIVE_STREAMS__STATE_DIR", stateDirectory.toString());
        settings.put("REDRIVE_STREAMS__STANDBY_REPLICAS", "0");
        // Always the same member, so that a new start need not wait until the group has given up the former one.
        settings.put("REDRIVE_STREAMS__INSTANCE_ID", "dev");
        settings.put("REDRIVE_TOPICS__REPLICATION_FACTOR", "1");
        settings.put("REDRIVE_MANAGEMENT__HOST", "127.0.0.1");
        settings.put("REDRIVE_MANAGEMENT__PORT", Integer.toString(Math.min(portBase + 3, 65_535)));
        settings.put("REDRIVE_TOPICS__MIN_INSYNC_REPLICAS", "1");
        return ConfigSource.load(file, settings);
    }

    private static CommandFailure failure(DevException e) {
        Reason reason = switch (e.reason()) {
            case DIRECTORY_IN_USE, PORT_IN_USE -> Reason.RESOURCE_TAKEN;
            case DIRECTORY_UNUSABLE, DATA_UNREADABLE -> Reason.FILE_UNREADABLE;
            case START_FAILED -> Reason.PIPELINE_FAILED;
        };
        return new CommandFailure(reason, String.valueOf(e.getMessage()), e);
    }

    /** A broker that cannot write ends the process at once; nobody would learn why. */
    private void explainHalt(DevSettings settings) {
        Exit.setHaltProcedure((status, message) -> {
            long free = settings.dataDirectory().toFile().getUsableSpace();
            CommandFailure failure = halted(settings.dataDirectory(), free, settings.logFile());
            terminal.message("redrive: " + failure.reason() + ": " + failure.getMessage());
            Runtime.getRuntime().halt(status);
        });
    }

    static CommandFailure halted(Path directory, long freeBytes, Path log) {
        return new CommandFailure(
                freeBytes < BROKER_BYTES ? Reason.DISK_FULL : Reason.PIPELINE_FAILED,
                "the broker has ended the process, as it does where it cannot write to " + directory + ", which has "
                        + (freeBytes >> 20) + " MiB left; " + log + " tells why");
    }
}
