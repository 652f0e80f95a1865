package dev.redrive.dev;

import java.time.Duration;

/**
 * How the simulated API behaves; shares are from 0 to 1.
 *
 * @param concurrencyLimit active jobs of most users
 * @param generousShare share of users with three times that limit
 * @param callsPerMinute calls per user and service in a sliding window of 60 s
 * @param allowance accepted calls of a user per period
 * @param smallAllowanceShare share of users whose allowance is a tenth
 * @param allowancePeriod how long an allowance lasts
 * @param shortestJob the shortest time that an accepted job takes
 * @param longestJob the longest time that an accepted job takes
 * @param badCredentialShare share of users who are answered 401
 * @param missingScopeShare share of users and services that are answered 403
 * @param spendCappedShare share of users who are answered 402 for a spend cap
 * @param badInputShare share of jobs with wrong input
 * @param lostShare share of calls that get no response, half of them although they were executed
 * @param serverErrorShare share of calls answered 500, 503, 501 or 520
 * @param asyncFailureShare share of accepted jobs that fail later
 */
record ApiBehaviour(
        int concurrencyLimit,
        double generousShare,
        int callsPerMinute,
        int allowance,
        double smallAllowanceShare,
        Duration allowancePeriod,
        Duration shortestJob,
        Duration longestJob,
        double badCredentialShare,
        double missingScopeShare,
        double spendCappedShare,
        double badInputShare,
        double lostShare,
        double serverErrorShare,
        double asyncFailureShare) {

    /** Every class of failure shows within some minutes of the default workload, and the busiest users can still catch up. */
    static ApiBehaviour demo() {
        return new ApiBehaviour(
                1,
                0.2,
                12,
                300,
                0.1,
                Duration.ofDays(30),
                Duration.ofMillis(500),
                Duration.ofMillis(3_500),
                0.01,
                0.01,
                0.01,
                0.03,
                0.03,
                0.06,
                0.05);
    }

    /** Nothing fails by chance; only limits refuse. */
    static ApiBehaviour sound(int concurrencyLimit, int callsPerMinute, int allowance, Duration job) {
        return new ApiBehaviour(
                concurrencyLimit, 0, callsPerMinute, allowance, 0, Duration.ofDays(30), job, job, 0, 0, 0, 0, 0, 0, 0);
    }

    ApiBehaviour withLoss(double share) {
        return new ApiBehaviour(
                concurrencyLimit,
                generousShare,
                callsPerMinute,
                allowance,
                smallAllowanceShare,
                allowancePeriod,
                shortestJob,
                longestJob,
                badCredentialShare,
                missingScopeShare,
                spendCappedShare,
                badInputShare,
                share,
                serverErrorShare,
                asyncFailureShare);
    }
}
