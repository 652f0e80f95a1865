package dev.redrive.sim;

import java.time.Duration;
import java.util.List;

/**
 * How the simulated API behaves.
 *
 * @param plans what users may do; each user has one of them, by chance
 * @param allowanceEnds when the running allowance period of all users ends, from the start
 * @param allowancePeriod how long every later period lasts
 * @param longestJob the longest time that an accepted job takes; all between are equally likely
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

    /** Every class of failure shows within some minutes of the default workload, and the busiest users can still catch up. */
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

    /** Nothing fails by chance and every job takes the same time; only limits refuse. */
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

    /** The same with a running allowance period that ends at another time. */
    ApiBehaviour withAllowanceEnds(Duration end) {
        return new ApiBehaviour(plans, end, allowancePeriod, shortestJob, longestJob, outages, faults);
    }

    /** A user as new, with the plan that chance gives; the start is in ms since the epoch. */
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

    /** How long a job takes, by a number from 0 to 1; ms. */
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

    /** When an outage that lasts is over, in ms from the start; {@code ms} itself where there is none. */
    long outUntilMs(long ms) {
        long until = ms;
        for (Outage outage : outages) {
            until = outage.at(until) ? outage.endMs() : until;
        }
        return until;
    }

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

        public Plan {
            if (!(share >= 0 && share <= 1) || concurrencyLimit < 1 || callsPerMinute < 1 || allowance < 1) {
                throw new IllegalArgumentException(
                        "a plan takes a share from 0 to 1 and limits of at least 1: " + name);
            }
        }
    }

    /** A span in which the simulated API answers every call with 503; what runs goes on. */
    public record Outage(Duration from, Duration length) {

        /** Whether it lasts at a time, in ms from the start. */
        boolean at(long ms) {
            return ms >= from.toMillis() && ms < endMs();
        }

        long endMs() {
            return from.toMillis() + length.toMillis();
        }
    }

    /**
     * What fails at the simulated API by chance; shares are from 0 to 1.
     *
     * @param badCredential users who are answered 401
     * @param missingScope users and services that are answered 403
     * @param spendCapped users who are answered 402 for a spend cap
     * @param lost calls that get no response, half of them although they were executed
     * @param internalError calls that are let in and answered 500
     * @param mixedServerError calls that are let in and answered 503, 500, 501 or 520
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

        /** Only calls that are let in and answered 500. */
        static Faults internalErrors(double share) {
            return new Faults(0, 0, 0, 0, 0, share, 0, 0);
        }

        /** Only calls that get no response. */
        public static Faults losses(double share) {
            return new Faults(0, 0, 0, 0, share, 0, 0, 0);
        }
    }
}
