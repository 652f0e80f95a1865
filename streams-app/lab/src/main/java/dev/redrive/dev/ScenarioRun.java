package dev.redrive.dev;

import dev.redrive.sim.Jobs;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/** A scenario that runs in real time, and what is told of it at the end. */
final class ScenarioRun {

    private final WorkloadSettings.Scripted settings;
    private final ScenarioJobs jobs;

    ScenarioRun(WorkloadSettings.Scripted settings, String run) {
        this.settings = settings;
        this.jobs = new ScenarioJobs(Jobs.of(settings.scenario(), settings.seed()), run);
    }

    ScenarioJobs jobs() {
        return jobs;
    }

    /** Lines for people. */
    List<String> report(Collisions.Seen seen, Instant now) {
        Duration time = jobs.time(now);
        return List.of(
                String.format(
                        Locale.ROOT,
                        "scenario %s, seed %d: %d of %d jobs completed in %.1f s",
                        settings.scenario().name(),
                        settings.seed(),
                        jobs.succeeded(),
                        settings.scenario().load().jobs(),
                        time.toMillis() / 1_000.0),
                String.format(
                        Locale.ROOT,
                        "calls %d, wasted %d; of them retries %d, wasted %d",
                        seen.calls(),
                        seen.wasted(),
                        seen.retries(),
                        seen.wastedRetries()),
                String.format(
                        Locale.ROOT,
                        "most active jobs of a user when a retry came after its first collision, that one included: %d;"
                                + " over its limit by at most %d",
                        seen.mostActive(),
                        seen.mostOverLimit()));
    }
}
