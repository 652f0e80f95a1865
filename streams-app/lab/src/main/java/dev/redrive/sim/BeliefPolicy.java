package dev.redrive.sim;

import dev.redrive.sim.Policy.PolicyContext;
import dev.redrive.sim.Policy.Setting;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Function;

/**
 * A reference for policies that receive failures only: it knows everything about the API but which jobs are active.
 * It keeps, for each job that may occupy a slot, the probability that it does, from the distribution of durations and
 * from the refusals since, and makes a user's next call when a slot is free with at least a given probability.
 */
final class BeliefPolicy implements Policy {

    /** Tokens of timers: a call whose outcome is known by then, or, from this value on, a user to serve. */
    private static final long USER = 1L << 40;

    /** Less likely occupants are forgotten. */
    private static final double NEGLIGIBLE = 1e-3;

    private static final long PRECISION_MS = 15;
    private static final long CHECK_MS = 1_000;

    /** Upper bound of the time between two evaluations of a user's slots. */
    private static final long MAX_WAIT_MS = 240_000;

    private final Jobs jobs;
    private final Platform platform;
    private final JobLengths lengths;
    private final Reach reach;
    private final double threshold;
    private final long callMs;
    private final long outcomeMs;
    private final Belief[] beliefs;

    private BeliefPolicy(Setting setting, double threshold) {
        Scenario.Workers workers = setting.scenario().workers();
        this.jobs = setting.jobs();
        this.platform = setting.world().platform();
        this.lengths = setting.scenario().api().lengths();
        this.reach = new Reach(false, false, Scenario.REPORT, workers.release());
        this.threshold = threshold;
        this.callMs = (workers.release().minMs() + workers.release().maxMs()) / 2
                + (Scenario.ANSWER.minMs() + Scenario.ANSWER.maxMs()) / 4;
        this.outcomeMs = workers.release().maxMs() + Scenario.ANSWER.maxMs() + Scenario.REPORT.maxMs() + 5;
        this.beliefs = new Belief[jobs.users()];
        for (int user = 0; user < beliefs.length; user++) {
            beliefs[user] = new Belief();
        }
    }

    /**
     * Returns what creates the policy.
     *
     * @param threshold min. probability of a free slot, from 0 to 1
     */
    static Function<Setting, Policy> maker(double threshold) {
        return setting -> new BeliefPolicy(setting, threshold);
    }

    @Override
    public Reach reach() {
        return reach;
    }

    @Override
    public void failed(FailedAttempt failure, PolicyContext context) {
        int user = jobs.user(failure.job());
        Belief belief = beliefs[user];
        belief.occupants.removeIf(occupant -> occupant.job == failure.job());
        if (failure.reply().kind() == Reply.Kind.CONCURRENCY_LIMITED) {
            belief.refused(failure.reply().atMs(), failure.reply().active());
        }
        belief.waiting(jobs.service(failure.job())).add(failure.job());
        serve(user, context);
    }

    @Override
    public void timer(long token, PolicyContext context) {
        int user;
        if (token >= USER) {
            user = (int) (token - USER);
            beliefs[user].wakesAtMs = Long.MAX_VALUE;
        } else {
            user = jobs.user((int) token);
            int limit = platform.concurrencyLimit(user, context.nowMs());
            beliefs[user].outcomeKnown((int) token, context.nowMs(), limit);
        }
        serve(user, context);
    }

    private void serve(int user, PolicyContext context) {
        Belief belief = beliefs[user];
        long nowMs = context.nowMs();
        for (int next = next(user, nowMs); next >= 0; next = next(user, nowMs)) {
            long freeAtMs = belief.freeAtMs(nowMs, platform.concurrencyLimit(user, nowMs));
            if (freeAtMs > nowMs) {
                wakeAt(user, freeAtMs, context);
                return;
            }
            belief.waiting(jobs.service(next)).remove();
            belief.occupants.add(new Occupant(next, nowMs + callMs, nowMs));
            context.attempt(next, nowMs);
            context.timer(next, nowMs + outcomeMs);
        }
        wakeAt(user, opensMs(user, nowMs), context);
    }

    /** Returns the user's first waiting job whose service admits one more call now; -1 if there is none. */
    private int next(int user, long nowMs) {
        int next = -1;
        for (PriorityQueue<Integer> queue : beliefs[user].byService) {
            Integer head = queue.peek();
            if (head != null && (next < 0 || head < next)) {
                Service service = jobs.service(head);
                next = beliefs[user].underWay(service) < platform.admits(user, service, nowMs) ? head : next;
            }
        }
        return next;
    }

    /** Returns when a service with waiting jobs may admit a call, after none does; the max. value without such jobs. */
    private long opensMs(int user, long nowMs) {
        long opensMs = Long.MAX_VALUE;
        for (PriorityQueue<Integer> queue : beliefs[user].byService) {
            Integer head = queue.peek();
            if (head != null) {
                long atMs = platform.opensAtMs(user, jobs.service(head), nowMs);
                // An unannounced change may open it earlier, so it is checked every second.
                opensMs = Math.min(opensMs, atMs <= nowMs ? nowMs + outcomeMs : Math.min(atMs, nowMs + CHECK_MS));
            }
        }
        return opensMs;
    }

    private void wakeAt(int user, long atMs, PolicyContext context) {
        Belief belief = beliefs[user];
        if (atMs < belief.wakesAtMs) {
            belief.wakesAtMs = atMs;
            context.timer(USER + user, atMs);
        }
    }

    /** A job that may occupy a slot. */
    private final class Occupant {

        /** Its number; -1 for one whose first call was accepted, which nobody reported. */
        private final int job;

        private final long acceptedMs;

        /** When its call was released; -1 once it is known to be accepted. */
        private long releasedMs;

        private long asOfMs;
        private double probability = 1;

        Occupant(int job, long acceptedMs, long releasedMs) {
            this.job = job;
            this.acceptedMs = acceptedMs;
            this.releasedMs = releasedMs;
            this.asOfMs = acceptedMs;
        }

        double at(long ms) {
            double before = survival(asOfMs);
            return before <= 0 ? 0 : Math.min(1, probability * survival(ms) / before);
        }

        private double survival(long ms) {
            return lengths.survival(Math.max(0, ms - acceptedMs), acceptedMs - jobs.startMs());
        }

        void becomes(double likely, long ms) {
            probability = Math.min(1, likely);
            asOfMs = Math.max(ms, acceptedMs);
        }
    }

    /** What is believed about a user's slots. */
    private final class Belief {

        private final List<PriorityQueue<Integer>> byService = new ArrayList<>();
        private final List<Occupant> occupants = new ArrayList<>();
        private long seenMs = jobs.startMs();
        private long wakesAtMs = Long.MAX_VALUE;

        Belief() {
            for (int service = 0; service < Service.KNOWN; service++) {
                byService.add(new PriorityQueue<>());
            }
        }

        PriorityQueue<Integer> waiting(Service service) {
            return byService.get(service.ordinal());
        }

        /** Returns the number of calls to a service that are released and not known to be accepted. */
        int underWay(Service service) {
            int calls = 0;
            for (Occupant occupant : occupants) {
                calls += occupant.releasedMs >= 0 && jobs.service(occupant.job) == service ? 1 : 0;
            }
            return calls;
        }

        /** Handles a refusal: so many jobs were active at that time. */
        void refused(long atMs, int active) {
            List<Occupant> then = new ArrayList<>();
            for (Occupant occupant : occupants) {
                if (occupant.acceptedMs <= atMs) {
                    then.add(occupant);
                }
            }
            while (then.size() < active) {
                // Accepted at its first call, at some time since the last refusal.
                Occupant unknown =
                        new Occupant(-1, Math.max(seenMs, atMs - (long) lengths.meanMs()) / 2 + atMs / 2, -1);
                occupants.add(unknown);
                then.add(unknown);
            }
            seenMs = Math.max(seenMs, atMs);
            condition(then, atMs, active, active);
        }

        /** Handles a call that was not refused in time: it was accepted, so a slot was free. */
        void outcomeKnown(int job, long nowMs, int limit) {
            for (Occupant occupant : occupants) {
                if (occupant.job == job && occupant.releasedMs >= 0 && occupant.releasedMs + outcomeMs <= nowMs) {
                    occupant.releasedMs = -1;
                    List<Occupant> others = new ArrayList<>();
                    for (Occupant other : occupants) {
                        if (other != occupant && other.acceptedMs <= occupant.acceptedMs) {
                            others.add(other);
                        }
                    }
                    condition(others, occupant.acceptedMs, 0, limit - 1);
                    return;
                }
            }
        }

        /** Sets the probabilities of occupants given that their number was within bounds at some time. */
        private void condition(List<Occupant> given, long atMs, int min, int max) {
            double[] likely = new double[given.size()];
            for (int i = 0; i < likely.length; i++) {
                likely[i] = given.get(i).at(Math.max(atMs, given.get(i).asOfMs));
            }
            double within = within(likely, -1, min, max);
            if (within > 1e-9) {
                double[] posterior = new double[likely.length];
                for (int i = 0; i < likely.length; i++) {
                    posterior[i] = likely[i] * within(likely, i, min - 1, max - 1) / within;
                }
                for (int i = 0; i < likely.length; i++) {
                    given.get(i).becomes(posterior[i], Math.max(atMs, given.get(i).asOfMs));
                }
            } else if (min > 0) {
                given.forEach(occupant -> occupant.becomes(1, Math.max(atMs, occupant.asOfMs)));
            }
            for (Iterator<Occupant> all = occupants.iterator(); all.hasNext(); ) {
                Occupant occupant = all.next();
                if (occupant.probability < NEGLIGIBLE && occupant.releasedMs < 0) {
                    all.remove();
                }
            }
        }

        /** Returns the earliest time from now on at which a call that is released then finds a slot, likely enough. */
        long freeAtMs(long nowMs, int limit) {
            occupants.removeIf(occupant -> occupant.releasedMs < 0 && occupant.at(nowMs) < NEGLIGIBLE);
            if (free(nowMs, limit) >= threshold) {
                return nowMs;
            }
            long low = nowMs;
            long step = 50;
            while (step < MAX_WAIT_MS && free(nowMs + step, limit) < threshold) {
                low = nowMs + step;
                step *= 2;
            }
            long high = nowMs + step;
            while (high - low > PRECISION_MS) {
                long middle = (low + high) / 2;
                if (free(middle, limit) >= threshold) {
                    high = middle;
                } else {
                    low = middle;
                }
            }
            return high;
        }

        /** Returns the probability that a call finds a slot; calls under way count as accepted. */
        private double free(long releasedMs, int limit) {
            double[] likely = new double[occupants.size()];
            for (int i = 0; i < likely.length; i++) {
                Occupant occupant = occupants.get(i);
                likely[i] = occupant.releasedMs >= 0 ? 1 : occupant.at(releasedMs + callMs);
            }
            return within(likely, -1, 0, limit - 1);
        }
    }

    /** Returns the probability that the number of events is within bounds, without one of them; -1 for with all. */
    private static double within(double[] likely, int without, int min, int max) {
        if (max < 0) {
            return 0;
        }
        double[] count = new double[likely.length + 1];
        count[0] = 1;
        int events = 0;
        for (int i = 0; i < likely.length; i++) {
            if (i != without) {
                events++;
                for (int n = events; n > 0; n--) {
                    count[n] = count[n] * (1 - likely[i]) + count[n - 1] * likely[i];
                }
                count[0] *= 1 - likely[i];
            }
        }
        double sum = 0;
        for (int n = Math.max(0, min); n <= Math.min(max, events); n++) {
            sum += count[n];
        }
        return sum;
    }
}
