package dev.redrive.sim;

import dev.redrive.sim.ApiBehaviour.Faults;
import dev.redrive.sim.ApiBehaviour.Hints;
import dev.redrive.sim.ApiBehaviour.Outage;
import dev.redrive.sim.ApiBehaviour.Plan;
import dev.redrive.sim.ApiBehaviour.PlanChange;
import dev.redrive.sim.Scenario.Load;
import dev.redrive.sim.Scenario.Workers;
import java.time.Duration;
import java.util.List;

/** The scenarios in which something must be learned: nobody reports it, or the report comes late. */
final class HarshScenarios {

    private static final int USERS = 60;

    /** More calls per minute than slots can make. */
    private static final int UNLIMITED = 10_000;

    private static final JobLengths LENGTHS = JobLengths.logNormal(Duration.ofSeconds(4), 0.8, Duration.ofSeconds(60));

    private static final Duration BOUND = Duration.ofHours(1);

    static final List<Scenario> ALL = List.of(
            scenario("contention", "Jobs arrive as fast as two slots take them.", 30, 60, api(2)),
            scenario(
                    "tiny-concurrency",
                    "All jobs arrive at once; half of the users have one slot, the others two.",
                    24,
                    1,
                    api(1).with(List.of(plan("one", 0.5, 1), plan("two", 0.5, 2)))),
            new Scenario(
                    "unequal",
                    "Users differ in load, by a factor of four, and in slots.",
                    new Load(USERS, USERS * 30, Duration.ofSeconds(60), 0, 4, 0),
                    api(1).with(List.of(plan("one", 0.4, 1), plan("two", 0.3, 2), plan("four", 0.3, 4))),
                    BOUND),
            scenario(
                    "refill-told",
                    "The allowance runs out; errors name its reset, and an event reports it.",
                    30,
                    20,
                    api(2).with(List.of(new Plan("only", 1, 2, UNLIMITED, 15)))
                            .withAllowanceEnds(Duration.ofMinutes(4))),
            refill("refill-silent", "The allowance runs out and is topped up; nobody reports it.", false),
            refill(
                    "refill-month-ahead",
                    "The allowance runs out and is topped up; errors name a reset in a month.",
                    true),
            scenario("outage-of-one", "One service answers 503 for 20 to 40 s.", 30, 60, api(3).with(outage())),
            scenario("rate-headers", "Five calls a minute and service, with headers.", 36, 10, rate(true)),
            scenario("rate-silent", "Five calls a minute and service; no answer has a header.", 36, 10, rate(false)),
            scenario(
                    "no-figures",
                    "Errors of the concurrency limit do not contain it.",
                    30,
                    30,
                    api(3).with(new Hints(true, false, true, false))),
            rises("limit-rises", "The concurrency limit rises from 1 to 4; nobody reports it.", false),
            rises("limit-rises-told", "The concurrency limit rises from 1 to 4; an event reports it.", true),
            scenario(
                    "limit-falls",
                    "The concurrency limit falls from 4 to 1; nobody reports it.",
                    30,
                    10,
                    api(4).with(PlanChange.concurrency(Duration.ofSeconds(12), Duration.ofSeconds(24), 1, false))),
            scenario(
                    "longer-jobs",
                    "Jobs that are accepted from the second half minute on take twice as long.",
                    30,
                    10,
                    api(2).with(LENGTHS.times(2, Duration.ofSeconds(30)))),
            skewed("clock-right", "What the clocks of the next four are to be compared with.", 0, true),
            skewed("clock-behind", "The workers' clocks are 30 s behind; responses carry Date.", -30, true),
            skewed("clock-ahead", "The workers' clocks are 30 s ahead; responses carry Date.", 30, true),
            skewed(
                    "clock-behind-undated",
                    "The workers' clocks are 30 s behind; no response carries Date.",
                    -30,
                    false),
            skewed("clock-ahead-undated", "The workers' clocks are 30 s ahead; no response carries Date.", 30, false));

    private HarshScenarios() {}

    private static Scenario scenario(String name, String summary, int jobsPerUser, int spanS, ApiBehaviour api) {
        return new Scenario(
                name, summary, new Load(USERS, USERS * jobsPerUser, Duration.ofSeconds(spanS), 0), api, BOUND);
    }

    private static Plan plan(String name, double share, int concurrencyLimit) {
        return new Plan(name, share, concurrencyLimit, UNLIMITED, Plan.AMPLE);
    }

    private static ApiBehaviour api(int concurrencyLimit) {
        return new ApiBehaviour(
                List.of(plan("only", 1, concurrencyLimit)),
                ApiBehaviour.MONTH,
                ApiBehaviour.MONTH,
                LENGTHS,
                List.of(),
                Faults.internalErrors(0.005),
                List.of(),
                Hints.ALL);
    }

    private static ApiBehaviour rate(boolean headers) {
        return api(4).with(List.of(new Plan("only", 1, 4, 5, Plan.AMPLE))).with(new Hints(headers, true, true, false));
    }

    private static Outage outage() {
        return new Outage(Duration.ofSeconds(20), Duration.ofSeconds(20), Service.MUSIC, Duration.ofSeconds(20));
    }

    private static Scenario refill(String name, String summary, boolean resetAt) {
        PlanChange topUp = PlanChange.topUp(Duration.ofMinutes(3), Duration.ofMinutes(7), 1_000, false);
        return scenario(
                name,
                summary,
                40,
                20,
                api(1).with(List.of(new Plan("only", 1, 1, UNLIMITED, 15)))
                        .with(topUp)
                        .with(new Hints(true, true, resetAt, false)));
    }

    private static Scenario rises(String name, String summary, boolean announced) {
        PlanChange rise = PlanChange.concurrency(Duration.ofSeconds(20), Duration.ofSeconds(40), 4, announced);
        return scenario(name, summary, 40, 10, api(1).with(rise));
    }

    /** Returns a scenario in which the workers' clocks are ahead by so many seconds, behind if negative. */
    private static Scenario skewed(String name, String summary, int aheadS, boolean date) {
        ApiBehaviour api = api(3).with(List.of(new Plan("only", 1, 3, 8, Plan.AMPLE)))
                .with(outage())
                .with(new Hints(true, true, true, date));
        return new Scenario(
                name,
                summary,
                new Load(USERS, USERS * 30, Duration.ofSeconds(60), 0),
                api,
                Workers.USUAL.skewed(Duration.ofSeconds(aheadS)),
                BOUND);
    }
}
