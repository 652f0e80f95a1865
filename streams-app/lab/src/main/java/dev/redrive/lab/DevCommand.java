package dev.redrive.lab;

import dev.redrive.cli.ConnectionOptions;
import dev.redrive.cli.Subcommand;
import dev.redrive.dev.WorkloadSettings;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code redrive dev}: everything on this machine. */
@Command(
        name = "dev",
        description = {
            "Run a broker, a schema registry, a pipeline and a load on this machine.",
            "",
            "For development and for a first look; listens on 127.0.0.1 only. A simulated batch system sends jobs to a"
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
                            + " done, and tells how it went.")
    private @Nullable String scenario;

    @Option(names = "--jobs", paramLabel = "N", description = "So many jobs in the scenario, with users in proportion.")
    private @Nullable Integer jobs;

    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            description = "Where everything is kept. Default: redrive/dev-N under XDG_STATE_HOME, or else under"
                    + " ~/.local/state, with N from --port-base.")
    private @Nullable Path dataDir;

    @Option(
            names = "--port-base",
            paramLabel = "N",
            defaultValue = "" + ConnectionOptions.DEFAULT_PORT_BASE,
            description =
                    "Broker at N, its controller at N+1, registry at N+2, health and metrics at N+3. Default: ${DEFAULT-VALUE}.")
    private int portBase;

    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            description = "Rules, limits and intervals from this configuration; its brokers and registry are not used.")
    private @Nullable Path config;

    @Override
    public Integer call() throws InterruptedException {
        DevRun.Load load = noLoad ? null : new DevRun.Load(users, rate, scenario, jobs);
        return new DevRun(terminal(), portBase, config).run(dataDir, load, !noSummary);
    }
}
