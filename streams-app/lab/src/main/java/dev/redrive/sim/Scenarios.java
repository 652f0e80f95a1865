package dev.redrive.sim;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The scenarios there are, and all of their parameters. Between them they close every gate: concurrency (all), the rate
 * window (users of {@link #STUDIO}, and {@code hot-user}), the allowance ({@code allowance}), the health of the service ({@code outage}).
 */
public final class Scenarios {

    /** One job at a time. */
    private static final Plan FREE = new Plan("free", 0.4, 1, 30, Plan.AMPLE);

    /** Some jobs at a time. */
    private static final Plan PRO = new Plan("pro", 0.4, 3, 30, Plan.AMPLE);

    /** More jobs at a time than the rate window lets in: 20 slots could take 120 calls a minute, three windows let in 36. */
    private static final Plan STUDIO = new Plan("studio", 0.2, 20, 12, Plan.AMPLE);

    /** What holds where a scenario says nothing else: jobs of 10 s ± 25 %, and one call in 200 is answered 500. */
    private static final ApiBehaviour USUAL = new ApiBehaviour(
            List.of(FREE, PRO, STUDIO),
            ApiBehaviour.MONTH,
            ApiBehaviour.MONTH,
            Duration.ofMillis(7_500),
            Duration.ofMillis(12_500),
            List.of(),
            Faults.internalErrors(0.005));

    private static final Duration BOUND = Duration.ofHours(48);

    private static final List<Scenario> ALL = List.of(
            new Scenario(
                    "steady",
                    "Jobs arrive evenly, and now and then one finds no slot.",
                    new Load(300, 30_000, Duration.ofMinutes(30), 0),
                    USUAL,
                    BOUND),
            new Scenario(
                    "burst",
                    "Everybody's nightly batch begins at once.",
                    new Load(1_000, 100_000, Duration.ofSeconds(1), 0),
                    USUAL,
                    BOUND),
            new Scenario(
                    "tight",
                    "Every user has one slot, and more jobs than it takes while they arrive.",
                    new Load(500, 20_000, Duration.ofMinutes(5), 0),
                    USUAL.with(List.of(new Plan("free", 1, 1, 30, Plan.AMPLE))),
                    BOUND),
            new Scenario(
                    "allowance",
                    "The allowance of most users runs out midway; a new month begins 20 minutes in.",
                    new Load(200, 20_000, Duration.ofMinutes(10), 0),
                    USUAL.with(List.of(
                                    new Plan("small allowance", 0.7, 3, 30, 60),
                                    new Plan("large allowance", 0.3, 3, 30, Plan.AMPLE)))
                            .withAllowanceEnds(Duration.ofMinutes(20)),
                    BOUND),
            new Scenario(
                    "outage",
                    "The API answers 503 for ten minutes while jobs arrive evenly.",
                    new Load(300, 18_000, Duration.ofMinutes(30), 0),
                    USUAL.with(new Outage(Duration.ofMinutes(10), Duration.ofMinutes(10))),
                    BOUND),
            new Scenario(
                    "hot-user",
                    "One user among many has a fifth of all jobs.",
                    new Load(300, 10_000, Duration.ofMinutes(10), 0.2),
                    USUAL.with(List.of(new Plan("team", 1, 10, 12, Plan.AMPLE))),
                    BOUND));

    private Scenarios() {}

    /** All, in the order in which they are shown. */
    public static List<Scenario> all() {
        return ALL;
    }

    /** The one of this name. */
    public static Optional<Scenario> named(String name) {
        return ALL.stream().filter(scenario -> scenario.name().equals(name)).findFirst();
    }
}
