package dev.redrive.sim;

import dev.redrive.sim.ApiBehaviour.Faults;
import dev.redrive.sim.ApiBehaviour.Hints;
import dev.redrive.sim.ApiBehaviour.Outage;
import dev.redrive.sim.ApiBehaviour.Plan;
import dev.redrive.sim.Scenario.Load;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A test environment for retries. All scenarios together close every gate: concurrency (all), the rate window (users of
 * {@link #STUDIO}, and {@code hot-user}), the allowance ({@code allowance}), service health ({@code outage}).
 *
 * @param name its name on the command line
 * @param workers the batch system's workers
 * @param bound max. duration of a run from its start; jobs not done by then are unfinished
 */
public record Scenario(String name, String summary, Load load, ApiBehaviour api, Workers workers, Duration bound) {

    /** The API's round-trip time, half in each direction. */
    public static final Latency ANSWER = new Latency(80, 250);

    /** Latency of a report to a policy outside the batch system's process. */
    public static final Latency REPORT = new Latency(30, 120);

    /** Latency of a release to a worker: the commit and the worker's poll. */
    public static final Latency RELEASE = new Latency(30, 150);

    /** Max. duration of a run, within the range of the event queue. */
    static final Duration LONGEST_BOUND = Duration.ofDays(90);

    private static final Plan FREE = new Plan("free", 0.4, 1, 30, Plan.AMPLE);

    private static final Plan PRO = new Plan("pro", 0.4, 3, 30, Plan.AMPLE);

    /** More slots than the rate windows can fill: 20 slots could take 120 calls a minute, three windows admit 36. */
    private static final Plan STUDIO = new Plan("studio", 0.2, 20, 12, Plan.AMPLE);

    /** The default of scenarios: jobs of 10 s ± 25 %, and one call in 200 is answered 500. */
    private static final ApiBehaviour USUAL = new ApiBehaviour(
            List.of(FREE, PRO, STUDIO),
            ApiBehaviour.MONTH,
            ApiBehaviour.MONTH,
            JobLengths.uniform(Duration.ofMillis(7_500), Duration.ofMillis(12_500)),
            List.of(),
            Faults.internalErrors(0.005),
            List.of(),
            Hints.ALL);

    private static final Duration BOUND = Duration.ofHours(48);

    private static final List<Scenario> USUAL_ONES = List.of(
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

    public Scenario {
        if (bound.toMillis() < 1 || bound.compareTo(LONGEST_BOUND) > 0) {
            throw new IllegalArgumentException("a scenario is bound to at most 90 days: " + name);
        }
    }

    /** Creates a scenario with the usual workers. */
    public Scenario(String name, String summary, Load load, ApiBehaviour api, Duration bound) {
        this(name, summary, load, api, Workers.USUAL, bound);
    }

    /** Returns the scenarios in which everything is reported and nothing changes unannounced, in display order. */
    public static List<Scenario> usual() {
        return USUAL_ONES;
    }

    /** Returns the scenarios in which something must be learned, in display order. */
    public static List<Scenario> harsh() {
        return HarshScenarios.ALL;
    }

    /** Returns all scenarios in display order. */
    public static List<Scenario> all() {
        return Stream.concat(usual().stream(), harsh().stream()).toList();
    }

    public static Optional<Scenario> named(String name) {
        return all().stream().filter(scenario -> scenario.name().equals(name)).findFirst();
    }

    /**
     * Returns a copy with another number of jobs, and users in proportion.
     *
     * @throws IllegalArgumentException if there are too many or too few
     */
    public Scenario withJobs(int jobs) {
        return new Scenario(name, summary, load.withJobs(jobs), api, workers, bound);
    }

    /** A uniformly distributed latency. */
    public record Latency(int minMs, int maxMs) {

        static final Latency NONE = new Latency(0, 0);

        public Latency {
            if (minMs < 0 || maxMs < minMs) {
                throw new IllegalArgumentException("a latency takes 0 or more, the shortest first");
            }
        }

        long draw(Dice dice, long subject, long occasion) {
            return dice.between(minMs, maxMs, subject, occasion);
        }
    }

    /**
     * The jobs of a scenario. Arrivals are uniformly distributed over the span.
     *
     * @param users number of users, 1 to 100 000
     * @param jobs number of jobs, 1 to 1 000 000
     * @param span period of arrivals
     * @param hotShare share of the first user's jobs, from 0 to 1; the others have equal shares; 0 for no such user
     * @param unevenness share of the user with most jobs relative to that of the user with fewest, from 1 on; the others
     *     lie between, in geometric steps; 1 without any chance in it
     * @param strangersPerMinute mean calls per user and minute by other clients, which nobody reports
     */
    public record Load(
            int users, int jobs, Duration span, double hotShare, double unevenness, double strangersPerMinute) {

        static final int MAX_USERS = 100_000;
        static final int MAX_JOBS = 1_000_000;

        public Load {
            if (users < 1 || users > MAX_USERS || jobs < 1 || jobs > MAX_JOBS) {
                throw new IllegalArgumentException("a load takes 1 to 100000 users and 1 to 1000000 jobs");
            }
            if (!(hotShare >= 0 && hotShare <= 1) || span.isNegative()) {
                throw new IllegalArgumentException("a load takes a share from 0 to 1 and a span that is not negative");
            }
            if (!(unevenness >= 1 && unevenness <= 1_000) || hotShare > 0 && unevenness > 1) {
                throw new IllegalArgumentException("a load takes an unevenness of 1 to 1000, or a hot user");
            }
            if (!(strangersPerMinute >= 0 && strangersPerMinute <= 10_000)) {
                throw new IllegalArgumentException("a load takes 0 to 10000 calls of strangers per minute");
            }
        }

        /** Creates a load of equal users, or a hot one, without strangers. */
        public Load(int users, int jobs, Duration span, double hotShare) {
            this(users, jobs, span, hotShare, 1, 0);
        }

        /** Returns the cumulative shares of uneven users; empty if they are even. */
        double[] sharesUpTo() {
            if (unevenness == 1 || users == 1) {
                return new double[0];
            }
            double[] upTo = new double[users];
            double sum = 0;
            for (int user = 0; user < users; user++) {
                sum += Math.pow(unevenness, (double) user / (users - 1));
                upTo[user] = sum;
            }
            for (int user = 0; user < users; user++) {
                upTo[user] /= sum;
            }
            return upTo;
        }

        /** Returns a load with another number of jobs, and users in proportion, so that jobs per user stay the same. */
        Load withJobs(int others) {
            int scaled = (int) Math.max(hotShare > 0 ? 2 : 1, Math.round((double) users * others / jobs));
            return new Load(Math.min(scaled, MAX_USERS), others, span, hotShare, unevenness, strangersPerMinute);
        }
    }

    /**
     * The batch system's workers.
     *
     * @param release latency from a release to the worker's call: the commit and the worker's poll
     * @param clockSkew by how much their clocks are ahead; negative if they are behind
     * @param appendTime whether the broker stamps the records of their reports; otherwise their clocks do
     */
    public record Workers(Latency release, Duration clockSkew, boolean appendTime) {

        public static final Workers USUAL = new Workers(RELEASE, Duration.ZERO, true);

        /** Returns workers with another clock. */
        Workers skewed(Duration skew) {
            return new Workers(release, skew, appendTime);
        }
    }
}
