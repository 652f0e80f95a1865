package dev.redrive.sim;

/**
 * What a user of the simulated API may do.
 *
 * @param name for people
 * @param share share of users who have it, from 0 to 1; the shares of all plans add up to 1
 * @param concurrencyLimit most active jobs, over all services
 * @param callsPerMinute most calls that are let in per service in any 60 s
 * @param allowance most calls that are accepted per period, over all services
 */
public record Plan(String name, double share, int concurrencyLimit, int callsPerMinute, int allowance) {

    /** An allowance that no scenario spends. */
    public static final int AMPLE = 1_000_000;

    /** @throws IllegalArgumentException if a value is out of range */
    public Plan {
        if (!(share >= 0 && share <= 1) || concurrencyLimit < 1 || callsPerMinute < 1 || allowance < 1) {
            throw new IllegalArgumentException("a plan takes a share from 0 to 1 and limits of at least 1: " + name);
        }
    }
}
