package dev.redrive.lab;

import dev.redrive.cli.CommandFailure;
import dev.redrive.cli.Reason;
import dev.redrive.sim.Scenario;
import dev.redrive.sim.Scenarios;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Finds scenarios by their names on the command line. */
final class ScenarioNames {

    private ScenarioNames() {}

    /**
     * A scenario.
     *
     * @param jobs how many jobs it shall have; {@code null} for as many as it has
     * @throws CommandFailure if there is none of this name, or it can't have so many jobs
     */
    static Scenario scenario(String name, @Nullable Integer jobs) {
        Scenario found = Scenarios.named(name)
                .orElseThrow(() -> new CommandFailure(
                        Reason.USAGE,
                        "there is no scenario '" + name + "'; there are "
                                + Scenarios.all().stream().map(Scenario::name).collect(Collectors.joining(", "))));
        try {
            return jobs == null ? found : found.withJobs(jobs);
        } catch (IllegalArgumentException e) {
            throw new CommandFailure(Reason.USAGE, "--jobs takes 1 to 1000000, not " + jobs, e);
        }
    }
}
