package dev.redrive.sim;

import java.time.Duration;
import java.util.List;

/**
 * The simulated API's parameters.
 *
 * @param plans limits of users; each user has one plan, at random
 * @param allowanceEnds end of the first allowance period of all users, from the start
 * @param allowancePeriod length of every later period
 * @param longestJob max. duration of an accepted job; durations are uniformly distributed
 */
public record ApiBehaviour(
        List<Plan> plans,
        Duration allowanceEnds,
        Duration allowancePeriod,
        Duration shortestJob,
        Duration longestJob,
        List<Outage> outages,
        Faults faults) {

    static final Duration MONTH = Duration.ofDays(30);

    public ApiBehaviour {
        plans = List.copyOf(plans);
        outages = List.copyOf(outages);
        double shares = plans.stream().mapToDouble(Plan::share).sum();
        if (plans.isEmpty() || Math.abs(shares - 1) > 1e-9) {
            throw new IllegalArgumentException("the shares of the plans must add up to 1, not " + shares);
        }
        if (longestJob.compareTo(shortestJob) < 0 || allowanceEnds.toMillis() < 1 || allowancePeriod.toMillis() < 1) {
            throw new IllegalArgumentException("the times of the simulated API are out of order");
        }
    }

    /** Shows every class of failure within minutes of the default workload; the busiest users can catch up. */
    public static ApiBehaviour demo() {
        return new ApiBehaviour(
                List.of(
                        new Plan("usual", 0.72, 1, 12, 300),
                        new Plan("generous", 0.18, 3, 12, 300),
                        new Plan("small", 0.08, 1, 12, 30),
                        new Plan("generous, small", 0.02, 3, 12, 30)),
                MONTH,
                MONTH,
                Duration.ofMillis(500),
                Duration.ofMillis(3_500),
                List.of(),
                new Faults(0.01, 0.01, 0.01, 0.03, 0.03, 0, 0.06, 0.05));
    }

    /** Returns an API without random failures, with constant job durations; it rejects calls by limits only. */
    public static ApiBehaviour sound(int concurrencyLimit, int callsPerMinute, int allowance, Duration job) {
        return new ApiBehaviour(
                List.of(new Plan("only", 1, concurrencyLimit, callsPerMinute, allowance)),
                MONTH,
                MONTH,
                job,
                job,
                List.of(),
                Faults.NONE);
    }

    public ApiBehaviour with(Faults others) {
        return new ApiBehaviour(plans, allowanceEnds, allowancePeriod, shortestJob, longestJob, outages, others);
    }

    ApiBehaviour with(List<Plan> others) {
        return new ApiBehaviour(others, allowanceEnds, allowancePeriod, shortestJob, longestJob, outages, faults);
    }

    ApiBehaviour with(Outage outage) {
        return new ApiBehaviour(
                plans, allowanceEnds, allowancePeriod, shortestJob, longestJob, List.of(outage), faults);
    }

    /** Returns a copy with another end of the first allowance period. */
    ApiBehaviour withAllowanceEnds(Duration end) {
        return new ApiBehaviour(plans, end, allowancePeriod, shortestJob, longestJob, outages, faults);
    }

    /** Creates a user with a random plan; the start is in ms since the epoch. */
    public ApiUser newUser(Dice dice, String userId, long startMs) {
        double number = dice.roll("plan", userId, 0);
        Plan found = plans.get(plans.size() - 1);
        for (Plan plan : plans) {
            if (number < plan.share()) {
                found = plan;
                break;
            }
            number -= plan.share();
        }
        return new ApiUser(found, startMs + allowanceEnds.toMillis(), allowancePeriod.toMillis());
    }

    /** Returns a job's duration in ms, by a number from 0 to 1. */
    public long jobMs(double number) {
        long shortMs = shortestJob.toMillis();
        return shortMs + (long) ((longestJob.toMillis() - shortMs + 1) * number);
    }

    /** Whether every call is answered 503, {@code ms} after the start. */
    public boolean out(long ms) {
        for (Outage outage : outages) {
            if (outage.at(ms)) {
                return true;
            }
        }
        return false;
    }

    /** Returns the end of the current outage, in ms from the start; {@code ms} itself if there is none. */
    long outUntilMs(long ms) {
        long until = ms;
        for (Outage outage : outages) {
            until = outage.at(until) ? outage.endMs() : until;
        }
        return until;
    }

    /**
     * The limits of a user of the simulated API.
     *
     * @param name display name
     * @param share share of users with this plan, from 0 to 1; the shares of all plans add up to 1
     * @param concurrencyLimit max. active jobs, over all services
     * @param callsPerMinute max. admitted calls per service in any 60 s
     * @param allowance max. accepted calls per period, over all services
     */
    public record Plan(String name, double share, int concurrencyLimit, int callsPerMinute, int allowance) {

        /** An allowance that no scenario exhausts. */
        public static final int AMPLE = 1_000_000;

        public Plan {
            if (!(share >= 0 && share <= 1) || concurrencyLimit < 1 || callsPerMinute < 1 || allowance < 1) {
                throw new IllegalArgumentException(
                        "a plan takes a share from 0 to 1 and limits of at least 1: " + name);
            }
        }
    }

    /** A period in which the simulated API answers every call with 503; running jobs continue. */
    public record Outage(Duration from, Duration length) {

        /** Whether it is in progress at a time in ms from the start. */
        boolean at(long ms) {
            return ms >= from.toMillis() && ms < endMs();
        }

        long endMs() {
            return from.toMillis() + length.toMillis();
        }
    }

    /**
     * The simulated API's random failures; shares are from 0 to 1.
     *
     * @param badCredential share of users that get 401
     * @param missingScope share of user-service pairs that get 403
     * @param spendCapped share of users that get 402 for a spend cap
     * @param lost share of calls without a response; half of them were executed
     * @param internalError share of admitted calls that get 500
     * @param mixedServerError share of admitted calls that get 503, 500, 501 or 520
     */
    public record Faults(
            double badCredential,
            double missingScope,
            double spendCapped,
            double badInput,
            double lost,
            double internalError,
            double mixedServerError,
            double asyncFailure) {

        public static final Faults NONE = new Faults(0, 0, 0, 0, 0, 0, 0, 0);

        /** Returns faults with only admitted calls that get 500. */
        static Faults internalErrors(double share) {
            return new Faults(0, 0, 0, 0, 0, share, 0, 0);
        }

        /** Returns faults with only calls without a response. */
        public static Faults losses(double share) {
            return new Faults(0, 0, 0, 0, share, 0, 0, 0);
        }
    }
}
