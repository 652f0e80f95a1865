package dev.redrive.sim;

import dev.redrive.sim.Scenario.Load;
import java.time.Instant;
import java.util.Arrays;

/**
 * The jobs of a scenario under one seed, numbered in order of arrival: the same for every policy. Users are numbers
 * too. Immutable, except that its arrays are not protected from writes.
 */
public final class Jobs {

    /** Start of simulated time. */
    static final long START_MS = Instant.parse("2026-01-01T00:00:00Z").toEpochMilli();

    private final int users;
    private final long[] arrivalMs;
    private final int[] user;
    private final byte[] service;
    private final int[] lengthMs;

    private Jobs(int users, int jobs) {
        this.users = users;
        this.arrivalMs = new long[jobs];
        this.user = new int[jobs];
        this.service = new byte[jobs];
        this.lengthMs = new int[jobs];
    }

    /** Returns the jobs of a scenario under a seed. */
    public static Jobs of(Scenario scenario, long seed) {
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
        Jobs jobs = new Jobs(load.users(), count);
        Dice services = dice.about("service");
        Dice lengths = dice.about("length");
        Dice owners = dice.about("owner");
        double[] sharesUpTo = load.sharesUpTo();
        for (int job = 0; job < count; job++) {
            int number = (int) (order[job] % Load.MAX_JOBS);
            jobs.arrivalMs[job] = START_MS + order[job] / Load.MAX_JOBS;
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

    /** Returns its arrival, in ms from the start. */
    public long afterMs(int job) {
        return arrivalMs[job] - START_MS;
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
        return "job-" + job;
    }
}
