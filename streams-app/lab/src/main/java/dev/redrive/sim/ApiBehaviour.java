package dev.redrive.sim;

import java.time.Duration;
import java.util.List;

/**
 * How the simulated API behaves.
 *
 * @param plans what users may do; each user has one of them, by chance
 * @param allowanceEnds when the running allowance period of all users ends, from the start
 * @param allowancePeriod how long every later period lasts
 * @param shortestJob the shortest time that an accepted job takes
 * @param longestJob the longest time that an accepted job takes; all between are equally likely
 * @param outages when every call is answered 503
 * @param faults what fails by chance
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

    /** @throws IllegalArgumentException if there is no plan, the shares do not add up to 1, or a time is out of order */
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

    /** The same with other faults. */
    public ApiBehaviour with(Faults others) {
        return new ApiBehaviour(plans, allowanceEnds, allowancePeriod, shortestJob, longestJob, outages, others);
    }

    /** The same with other plans. */
    ApiBehaviour with(List<Plan> others) {
        return new ApiBehaviour(others, allowanceEnds, allowancePeriod, shortestJob, longestJob, outages, faults);
    }

    /** The same with an outage more. */
    ApiBehaviour with(Outage outage) {
        return new ApiBehaviour(
                plans, allowanceEnds, allowancePeriod, shortestJob, longestJob, List.of(outage), faults);
    }

    /** The same with a running allowance period that ends at another time. */
    ApiBehaviour withAllowanceEnds(Duration end) {
        return new ApiBehaviour(plans, end, allowancePeriod, shortestJob, longestJob, outages, faults);
    }

    /** A user as new, with the plan that chance gives.
     *
     * @param startMs the start, in ms since the epoch
     */
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
}
