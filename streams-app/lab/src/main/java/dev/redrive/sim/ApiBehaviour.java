package dev.redrive.sim;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The simulated API's parameters.
 *
 * @param plans limits of users; each user has one plan, at random
 * @param allowanceEnds end of the first allowance period of all users, from the start
 * @param allowancePeriod length of every later period
 * @param lengths durations of accepted jobs
 * @param changes changes of all users' plans, in order of time
 * @param hints what answers contain
 */
public record ApiBehaviour(
        List<Plan> plans,
        Duration allowanceEnds,
        Duration allowancePeriod,
        JobLengths lengths,
        List<Outage> outages,
        Faults faults,
        List<PlanChange> changes,
        Hints hints) {

    static final Duration MONTH = Duration.ofDays(30);

    public ApiBehaviour {
        plans = List.copyOf(plans);
        outages = List.copyOf(outages);
        changes = List.copyOf(changes);
        double shares = plans.stream().mapToDouble(Plan::share).sum();
        if (plans.isEmpty() || Math.abs(shares - 1) > 1e-9) {
            throw new IllegalArgumentException("the shares of the plans must add up to 1, not " + shares);
        }
        if (allowanceEnds.toMillis() < 1 || allowancePeriod.toMillis() < 1) {
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
                JobLengths.uniform(Duration.ofMillis(500), Duration.ofMillis(3_500)),
                List.of(),
                new Faults(0.01, 0.01, 0.01, 0.03, 0.03, 0, 0.06, 0.05),
                List.of(),
                Hints.ALL);
    }

    /** Returns an API without random failures, with constant job durations; it rejects calls by limits only. */
    public static ApiBehaviour sound(int concurrencyLimit, int callsPerMinute, int allowance, Duration job) {
        return new ApiBehaviour(
                List.of(new Plan("only", 1, concurrencyLimit, callsPerMinute, allowance)),
                MONTH,
                MONTH,
                JobLengths.uniform(job, job),
                List.of(),
                Faults.NONE,
                List.of(),
                Hints.ALL);
    }

    public ApiBehaviour with(Faults others) {
        return new ApiBehaviour(plans, allowanceEnds, allowancePeriod, lengths, outages, others, changes, hints);
    }

    ApiBehaviour with(List<Plan> others) {
        return new ApiBehaviour(others, allowanceEnds, allowancePeriod, lengths, outages, faults, changes, hints);
    }

    ApiBehaviour with(Outage outage) {
        return withOutages(List.of(outage));
    }

    ApiBehaviour with(JobLengths others) {
        return new ApiBehaviour(plans, allowanceEnds, allowancePeriod, others, outages, faults, changes, hints);
    }

    ApiBehaviour with(PlanChange change) {
        return new ApiBehaviour(
                plans, allowanceEnds, allowancePeriod, lengths, outages, faults, List.of(change), hints);
    }

    ApiBehaviour with(Hints others) {
        return new ApiBehaviour(plans, allowanceEnds, allowancePeriod, lengths, outages, faults, changes, others);
    }

    private ApiBehaviour withOutages(List<Outage> others) {
        return new ApiBehaviour(plans, allowanceEnds, allowancePeriod, lengths, others, faults, changes, hints);
    }

    /** Returns a copy with another end of the first allowance period. */
    ApiBehaviour withAllowanceEnds(Duration end) {
        return new ApiBehaviour(plans, end, allowancePeriod, lengths, outages, faults, changes, hints);
    }

    /** Returns a copy whose outages begin and end at fixed times, drawn within their bounds. */
    public ApiBehaviour drawn(Dice dice) {
        Dice own = dice.about("outage");
        List<Outage> drawn = new ArrayList<>();
        for (int i = 0; i < outages.size(); i++) {
            drawn.add(outages.get(i).drawn(own, i));
        }
        return withOutages(drawn);
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
        List<ApiUser.DueChange> due = new ArrayList<>();
        for (int i = 0; i < changes.size(); i++) {
            PlanChange change = changes.get(i);
            due.add(new ApiUser.DueChange(startMs + change.atMs(dice.roll("change", userId, i)), change));
        }
        return new ApiUser(found, startMs + allowanceEnds.toMillis(), allowancePeriod.toMillis(), due);
    }

    /**
     * Returns a job's duration in ms.
     *
     * @param number from 0 to 1
     * @param acceptedMs its acceptance, in ms from the start
     */
    public long jobMs(double number, long acceptedMs) {
        return lengths.msAt(lengths.ms(number), acceptedMs);
    }

    /** Whether every call to a service is answered 503, {@code ms} after the start. */
    public boolean out(Service service, long ms) {
        for (Outage outage : outages) {
            if (outage.at(service, ms)) {
                return true;
            }
        }
        return false;
    }

    /** Returns the end of a service's current outage, in ms from the start; {@code ms} itself if there is none. */
    long outUntilMs(Service service, long ms) {
        long until = ms;
        for (Outage outage : outages) {
            until = outage.at(service, until) ? outage.endMs() : until;
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

    /**
     * A period in which the simulated API answers every call to a service with 503; running jobs continue. It begins and
     * ends at random times within bounds, the same for all users.
     *
     * @param from its earliest start
     * @param length its min. length
     * @param service the service that is out; {@code null} for all
     * @param spread max. delay of its start, and max. extra length
     */
    public record Outage(
            Duration from, Duration length, @Nullable Service service, Duration spread) {

        /** Creates an outage of all services at a fixed time. */
        public Outage(Duration from, Duration length) {
            this(from, length, null, Duration.ZERO);
        }

        private Outage drawn(Dice dice, int number) {
            long laterMs = dice.between(0, spread.toMillis(), number, 0);
            long longerMs = dice.between(0, spread.toMillis(), number, 1);
            return new Outage(from.plusMillis(laterMs), length.plusMillis(longerMs), service, Duration.ZERO);
        }

        /** Whether it is in progress for a service at a time in ms from the start. */
        private boolean at(Service called, long ms) {
            return (service == null || service == called) && ms >= from.toMillis() && ms < endMs();
        }

        long endMs() {
            return from.toMillis() + length.toMillis();
        }
    }

    /**
     * A change of every user's plan, each at a random time within bounds. At a lower concurrency limit running jobs
     * continue.
     *
     * @param from earliest time, from the start
     * @param to latest time
     * @param concurrencyLimit new max. active jobs; {@code null} for no change
     * @param callsPerMinute new max. admitted calls per service in any 60 s; {@code null} for no change
     * @param allowanceAdded calls added to the allowance of the current period
     * @param announced whether an account event reports it
     */
    public record PlanChange(
            Duration from,
            Duration to,
            @Nullable Integer concurrencyLimit,
            @Nullable Integer callsPerMinute,
            int allowanceAdded,
            boolean announced) {

        public PlanChange {
            if (from.isNegative() || to.compareTo(from) < 0 || allowanceAdded < 0) {
                throw new IllegalArgumentException("a change of a plan is out of order");
            }
            if (concurrencyLimit != null && concurrencyLimit < 1 || callsPerMinute != null && callsPerMinute < 1) {
                throw new IllegalArgumentException("a changed plan takes limits of at least 1");
            }
        }

        /** Returns a change of the concurrency limit. */
        static PlanChange concurrency(Duration from, Duration to, int limit, boolean announced) {
            return new PlanChange(from, to, limit, null, 0, announced);
        }

        /** Returns a top-up of the allowance. */
        static PlanChange topUp(Duration from, Duration to, int calls, boolean announced) {
            return new PlanChange(from, to, null, null, calls, announced);
        }

        /** Returns its time in ms from the start, by a number from 0 to 1. */
        private long atMs(double number) {
            return from.toMillis() + (long) ((to.toMillis() - from.toMillis() + 1) * number);
        }
    }

    /**
     * What answers contain besides status and code.
     *
     * @param window X-RateLimit-* on answers that passed the gate, and Retry-After on those of the rate limit
     * @param figures {@code active_requests} and {@code concurrency_limit} in errors of the concurrency limit
     * @param resetAt {@code reset_at} in errors of the allowance
     * @param date the header {@code Date}, the API's clock, which is right
     */
    public record Hints(boolean window, boolean figures, boolean resetAt, boolean date) {

        public static final Hints ALL = new Hints(true, true, true, false);
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
