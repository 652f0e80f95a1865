package dev.redrive.sim;

import dev.redrive.sim.Scenario.Load;
import java.time.Instant;
import java.util.Arrays;

/**
 * The jobs of a scenario under one seed, numbered in order of arrival: the same for every policy. Users are numbers
 * too. Immutable, except that its arrays are not protected from writes.
 */
public final class Jobs {

    /** Start of virtual time. */
    static final long START_MS = Instant.parse("2026-01-01T00:00:00Z").toEpochMilli();

    private static final String JOB = "job-";

    private final int users;
    private final long startMs;
    private final long[] arrivalMs;
    private final int[] user;
    private final byte[] service;
    private final int[] lengthMs;

    private Jobs(int users, int jobs, long startMs) {
        this.users = users;
        this.startMs = startMs;
        this.arrivalMs = new long[jobs];
        this.user = new int[jobs];
        this.service = new byte[jobs];
        this.lengthMs = new int[jobs];
    }

    /** Returns the jobs of a scenario under a seed, in virtual time. */
    public static Jobs of(Scenario scenario, long seed) {
        return of(scenario, seed, START_MS);
    }

    /**
     * Returns the jobs of a scenario under a seed, which differ between start times in their times only.
     *
     * @param startMs the start, in ms since the epoch
     */
    static Jobs of(Scenario scenario, long seed, long startMs) {
        Load load = scenario.load();
        int count = load.jobs();
        Dice dice = new Dice(seed);
        Dice arrivals = dice.about("arrival");
        long spanMs = load.span().toMillis();
        // Sorted by arrival; the number in the low bits makes the order of equal arrivals unique.
        long[] order = new long[count];
        for (int i = 0; i < count; i++) {
            order[i] = arrivals.between(0, spanMs, i, 0) * Load.MAX_JOBS + i;
        }
        Arrays.sort(order);
        Jobs jobs = new Jobs(load.users(), count, startMs);
        Dice services = dice.about("service");
        Dice lengths = dice.about("length");
        Dice owners = dice.about("owner");
        double[] sharesUpTo = load.sharesUpTo();
        for (int job = 0; job < count; job++) {
            int number = (int) (order[job] % Load.MAX_JOBS);
            jobs.arrivalMs[job] = startMs + order[job] / Load.MAX_JOBS;
            jobs.user[job] = owner(load, number, owners, sharesUpTo);
            jobs.service[job] = (byte) Service.by(services.roll(number, 0)).ordinal();
            jobs.lengthMs[job] = (int) scenario.api().lengths().ms(lengths.roll(number, 0));
        }
        return jobs;
    }

    private static int owner(Load load, int number, Dice owners, double[] sharesUpTo) {
        if (sharesUpTo.length > 0) {
            int found = Arrays.binarySearch(sharesUpTo, owners.roll(number, 0));
            return Math.min(found < 0 ? -found - 1 : found, load.users() - 1);
        }
        if (load.hotShare() == 0) {
            return number % load.users();
        }
        return load.users() == 1 || owners.roll(number, 0) < load.hotShare() ? 0 : 1 + number % (load.users() - 1);
    }

    public int count() {
        return arrivalMs.length;
    }

    int users() {
        return users;
    }

    /** Returns the start of the scenario, in ms since the epoch. */
    long startMs() {
        return startMs;
    }

    /** Returns its arrival, in ms since the epoch. */
    long arrivalMs(int job) {
        return arrivalMs[job];
    }

    public int user(int job) {
        return user[job];
    }

    public Service service(int job) {
        return Service.at(service[job]);
    }

    /** Returns its duration once accepted, in ms, without the factor for late jobs. */
    int lengthMs(int job) {
        return lengthMs[job];
    }

    public static String userId(int user) {
        return "user-" + user;
    }

    public static String jobId(int job) {
        return JOB + job;
    }

    /**
     * Returns the number of a job from its id.
     *
     * @throws NumberFormatException if it is not the id of a job
     */
    public static int number(String jobId) {
        return Integer.parseInt(jobId.substring(JOB.length()));
    }
}
