package dev.redrive.lab;

import dev.redrive.cli.CommandFailure;
import dev.redrive.cli.CommandFailure.Reason;
import dev.redrive.cli.ConfigSource;
import dev.redrive.cli.ConnectionOptions;
import dev.redrive.cli.Interruption;
import dev.redrive.cli.LineOutput;
import dev.redrive.cli.LogLevels;
import dev.redrive.cli.ManagedPipeline;
import dev.redrive.cli.Subcommand;
import dev.redrive.codec.Printable;
import dev.redrive.config.RedriveConfig;
import dev.redrive.dev.DevInstance;
import dev.redrive.dev.DevInstance.DevException;
import dev.redrive.dev.DevSettings;
import dev.redrive.dev.DevSettings.WorkloadSettings;
import dev.redrive.lab.SimulationText.SimulationJson;
import dev.redrive.runtime.RedrivePipeline;
import dev.redrive.runtime.Wiring;
import dev.redrive.sim.LiveRun;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.common.utils.Exit;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code redrive dev}: a complete development instance on this machine. */
@Command(
        name = "dev",
        description = {
            "Run a broker, a schema registry, a pipeline and a load on this machine.",
            "",
            "For development and for a first try; listens on 127.0.0.1 only. A simulated batch system sends jobs to a"
                    + " simulated API, publishes what fails, and works off what comes back. What happens is kept in a"
                    + " directory, the log (redrive.log) too, so that a later start goes on. On a terminal a summary is"
                    + " drawn anew every second, elsewhere a line is printed every two. The other commands find the"
                    + " instance by themselves, or by the same --port-base. Ends by Ctrl-C."
        })
final class DevCommand extends Subcommand {

    @Option(names = "--no-load", description = "No simulated batch system; publish failures yourself.")
    private boolean noLoad;

    @Option(
            names = "--no-summary",
            description = "Do not show what happens; Redrive's own warnings go to standard error.")
    private boolean noSummary;

    @Option(
            names = "--rate",
            paramLabel = "N",
            description = "New jobs per second, 0 to 1000. Default: " + WorkloadSettings.Endless.DEFAULT_JOBS_PER_SECOND
                    + ".")
    private @Nullable Double rate;

    @Option(
            names = "--users",
            paramLabel = "N",
            description = "Simulated users, 1 to 100000. Default: " + WorkloadSettings.Endless.DEFAULT_USERS + ".")
    private @Nullable Integer users;

    @Option(
            names = "--scenario",
            paramLabel = "NAME",
            description =
                    "A scenario of 'redrive simulate' in place of the usual load, in real time; ends when its jobs are"
                            + " done or its bound is reached, and prints the figures beside those of the simulation.")
    private @Nullable String scenario;

    @Option(
            names = "--seed",
            paramLabel = "S",
            description = "The scenario's seed, from 0: the same jobs and chance as in 'redrive simulate'. Default: "
                    + DEFAULT_SEED + ".")
    private @Nullable Long seed;

    @Option(
            names = "--failures-only",
            description = "The scenario's failures are published, but neither lifecycle nor account events.")
    private boolean failuresOnly;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            description = "The scenario's figures: ${COMPLETION-CANDIDATES}; json is one line per run,"
                    + " and nothing else is printed. Default: table.")
    private @Nullable OutputFormat output;

    @Option(names = "--jobs", paramLabel = "N", description = "So many jobs in the scenario, with users in proportion.")
    private @Nullable Integer jobs;

    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            description = "Where everything is kept. Default: redrive/dev-N under XDG_STATE_HOME, or else under"
                    + " ~/.local/state, with N from --port-base; for a scenario a new directory beside it, which is"
                    + " deleted in the end.")
    private @Nullable Path dataDir;

    @Option(
            names = "--port-base",
            paramLabel = "N",
            defaultValue = "" + ConnectionOptions.DEFAULT_PORT_BASE,
            description =
                    "Broker at N, its controller at N+1, registry at N+2, health and metrics at N+3, HTTP API at N+4."
                            + " Default: ${DEFAULT-VALUE}.")
    private int portBase;

    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            description = "Rules, limits and intervals from this configuration; its brokers and registry are not used.")
    private @Nullable Path config;

    /** The first seed of {@code redrive simulate}. */
    private static final long DEFAULT_SEED = 1;

    @Override
    public Integer call() throws InterruptedException {
        return new Run(this).run();
    }

    static final class Run {

        /** Longer than broker, registry and pipeline need to stop. */
        private static final long PATIENCE_MS = 30_000;

        /** Disk space for a log segment and its indexes, which the broker allocates at once. */
        private static final long BROKER_BYTES = 128L << 20;

        /** Longer than a pipeline without state needs to start. */
        private static final Duration RUNNING_WITHIN = Duration.ofSeconds(60);

        private final DevCommand asked;
        private final CountDownLatch end = new CountDownLatch(1);
        private final AtomicReference<@Nullable RedrivePipeline> pipeline = new AtomicReference<>();

        /** The directory that was made for a scenario. */
        private @Nullable Path fresh;

        Run(DevCommand asked) {
            this.asked = asked;
        }

        /** Returns the simulated workload; {@code null} for none. */
        private @Nullable WorkloadSettings workload(RedriveConfig config) {
            if (asked.noLoad) {
                return null;
            }
            String scenario = asked.scenario;
            if (scenario == null) {
                requireScenarioFor("--jobs", asked.jobs != null);
                requireScenarioFor("--seed", asked.seed != null);
                requireScenarioFor("--failures-only", asked.failuresOnly);
                requireScenarioFor("--output", asked.output != null);
                WorkloadSettings.Endless usual = WorkloadSettings.Endless.DEFAULT;
                return new WorkloadSettings.Endless(
                        Objects.requireNonNullElse(asked.users, usual.users()),
                        Objects.requireNonNullElse(asked.rate, usual.jobsPerSecond()),
                        usual.seed());
            }
            if (asked.users != null || asked.rate != null) {
                throw new IllegalArgumentException("--users and --rate do not go with --scenario");
            }
            long seed = Objects.requireNonNullElse(asked.seed, DEFAULT_SEED);
            if (seed < 0) {
                throw new IllegalArgumentException("--seed takes a number from 0, not " + seed);
            }
            return new WorkloadSettings.Scripted(
                    SimulateCommand.Run.scenario(scenario, asked.jobs),
                    seed,
                    !asked.failuresOnly,
                    Wiring.decisions(config));
        }

        private static void requireScenarioFor(String option, boolean given) {
            if (given) {
                throw new IllegalArgumentException(option + " needs --scenario");
            }
        }

        int run() throws InterruptedException {
            try {
                int code = run(settings());
                deleteFresh();
                return code;
            } catch (CommandFailure e) {
                // A failed pipeline's log is kept.
                if (e.reason() != Reason.PIPELINE_FAILED) {
                    deleteFresh();
                }
                throw e;
            }
        }

        private int run(DevSettings settings) throws InterruptedException {
            explainHalt(settings);
            PrintStream out = new PrintStream(
                    json() ? OutputStream.nullOutputStream() : asked.terminal().out(), true, StandardCharsets.UTF_8);
            DevInstance run;
            try (Interruption interruption = Interruption.ends(end::countDown, PATIENCE_MS);
                    DevInstance instance = DevInstance.start(
                            settings,
                            (bootstrap, registry, state) -> start(bootstrap, registry, state, out),
                            out,
                            asked.terminal().interactive(),
                            end::countDown)) {
                run = instance;
                end.await();
            } catch (DevException e) {
                throw failure(e);
            }
            RedrivePipeline ended = pipeline.get();
            if (ended != null && ended.failed()) {
                throw ManagedPipeline.failure(ended, settings.logFile() + " has the cause");
            }
            if (asked.scenario != null && !asked.noLoad) {
                printFigures(run.run());
            }
            return Subcommand.OK;
        }

        /** Prints the figures of a scenario's run, and those of the simulation; only the progress if it was interrupted. */
        private void printFigures(@Nullable LiveRun run) throws InterruptedException {
            if (run == null || !run.finished()) {
                asked.terminal()
                        .message("ended early, without figures; jobs done: " + (run == null ? 0 : run.completed()));
                return;
            }
            LineOutput out = new LineOutput(asked.terminal().out());
            if (json()) {
                SimulationJson.live(run.report(), run.simulated()).forEach(out::line);
            } else {
                SimulationText.live(run.report(), run.simulated()).forEach(out::line);
            }
            out.flush();
        }

        private void deleteFresh() {
            Path directory = fresh;
            if (directory == null) {
                return;
            }
            try {
                Utils.delete(directory.toFile());
            } catch (IOException e) {
                throw new CommandFailure(
                        Reason.FILE_UNREADABLE, directory + " cannot be deleted: " + e.getMessage(), e);
            }
        }

        private boolean json() {
            return asked.output == OutputFormat.json;
        }

        /** Returns where everything is kept: for a scenario a new directory, since what was learned earlier would count. */
        private Path data() throws IOException {
            if (asked.dataDir != null) {
                return asked.dataDir;
            }
            Path usual = DevSettings.defaultDataDirectory(
                    asked.terminal().environment(), Path.of(System.getProperty("user.home")), asked.portBase);
            if (asked.scenario == null || asked.noLoad) {
                return usual;
            }
            Path parent = Files.createDirectories(Objects.requireNonNull(usual.getParent(), "it is absolute"));
            Path created = Files.createTempDirectory(parent, "scenario-");
            fresh = created;
            return created;
        }

        private DevSettings settings() {
            try {
                Path data = data();
                // Checking the configuration creates loggers.
                LogLevels.toFile(
                        DevSettings.logFile(data),
                        asked.noSummary || !asked.terminal().interactive());
                RedriveConfig config =
                        config("127.0.0.1:" + asked.portBase, "http://127.0.0.1:" + (asked.portBase + 2), data);
                return new DevSettings(
                        asked.portBase,
                        data,
                        Wiring.topics(config).settings(),
                        workload(config),
                        !asked.noSummary && !json());
            } catch (IOException e) {
                throw new CommandFailure(Reason.FILE_UNREADABLE, "no directory can be made: " + e.getMessage(), e);
            } catch (IllegalArgumentException e) {
                throw new CommandFailure(Reason.USAGE, String.valueOf(e.getMessage()), e);
            }
        }

        private AutoCloseable start(String bootstrapServers, String registryUrl, Path stateDirectory, PrintStream out)
                throws InterruptedException {
            ManagedPipeline managed =
                    ManagedPipeline.start(config(bootstrapServers, registryUrl, stateDirectory), null);
            RedrivePipeline started = managed.pipeline();
            pipeline.set(started);
            out.println("metrics          " + Printable.line(String.valueOf(managed.metricsUrl())));
            out.println("HTTP API         " + Printable.line(managed.apiUrl() + "/v1/health"));
            Thread watch = new Thread(() -> endWith(started), "redrive-dev-watch");
            watch.setDaemon(true);
            watch.start();
            if (asked.scenario != null) {
                started.awaitRunning(RUNNING_WITHIN);
            }
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

        /** Returns the configuration with this instance's addresses and directory, and one replica per topic. */
        private RedriveConfig config(String bootstrapServers, String registryUrl, Path stateDirectory) {
            Map<String, String> settings = new HashMap<>(asked.terminal().environment());
            settings.put("REDRIVE_KAFKA__BOOTSTRAP_SERVERS", bootstrapServers);
            settings.put("REDRIVE_SCHEMA_REGISTRY__URL", registryUrl);
            settings.put("REDRIVE_STREAMS__STATE_DIR", stateDirectory.toString());
            settings.put("REDRIVE_STREAMS__STANDBY_REPLICAS", "0");
            // A fixed static member, so that a restart does not wait for the former member's session timeout.
            settings.put("REDRIVE_STREAMS__INSTANCE_ID", "dev");
            settings.put("REDRIVE_TOPICS__REPLICATION_FACTOR", "1");
            settings.put("REDRIVE_MANAGEMENT__HOST", "127.0.0.1");
            settings.put("REDRIVE_MANAGEMENT__PORT", Integer.toString(Math.min(asked.portBase + 3, 65_535)));
            settings.put("REDRIVE_SERVER__HOST", "127.0.0.1");
            // A free port where the range ends.
            settings.put("REDRIVE_SERVER__PORT", Integer.toString((asked.portBase + 4) % 65_536));
            settings.put("REDRIVE_TOPICS__MIN_INSYNC_REPLICAS", "1");
            if (asked.scenario != null) {
                SimulateCommand.Run.PARKED.forEach(settings::putIfAbsent);
            }
            return ConfigSource.load(asked.config, settings);
        }

        private static CommandFailure failure(DevException e) {
            Reason reason = switch (e.reason()) {
                case DIRECTORY_IN_USE, PORT_IN_USE -> Reason.RESOURCE_TAKEN;
                case DIRECTORY_UNUSABLE, DATA_UNREADABLE -> Reason.FILE_UNREADABLE;
                case START_FAILED -> Reason.PIPELINE_FAILED;
            };
            return new CommandFailure(reason, String.valueOf(e.getMessage()), e);
        }

        /** Reports why the process ends: a broker that cannot write halts it without a message. */
        private void explainHalt(DevSettings settings) {
            Exit.setHaltProcedure((status, message) -> {
                long free = settings.dataDirectory().toFile().getUsableSpace();
                CommandFailure failure = halted(settings.dataDirectory(), free, settings.logFile());
                asked.terminal().message("redrive: " + failure.reason() + ": " + failure.getMessage());
                Runtime.getRuntime().halt(status);
            });
        }

        static CommandFailure halted(Path directory, long freeBytes, Path log) {
            return new CommandFailure(
                    freeBytes < BROKER_BYTES ? Reason.DISK_FULL : Reason.PIPELINE_FAILED,
                    "the broker has ended the process, as it does where it cannot write to " + directory
                            + ", which has " + (freeBytes >> 20) + " MiB left; " + log + " has the cause");
        }
    }
}
