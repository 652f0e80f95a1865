package dev.redrive.sim;

import dev.redrive.sim.Policy.PolicyContext;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;

/**
 * Has access to the API's state at every instant: a failed job's next call is sent so that it reaches the API at the
 * first instant at which it is accepted. Jobs of a user go in the order of their first failure; jobs whose service is
 * closed are skipped. It does not foresee a {@code 500}.
 *
 * <p>A call cannot be sent before its job's failure is known, and has the same latency as under any policy; only the
 * knowledge is free. If all jobs take the same time, no policy finishes earlier. Otherwise another order of jobs may by
 * chance be better by less than one job (Graham: Bounds on multiprocessing timing anomalies, 1969).
 */
final class OraclePolicy implements Policy {

    /** Tokens of timers: a job that can be sent, or, from this value on, a user whose API may be open. */
    private static final long USER = 1L << 40;

    private final Jobs jobs;
    private final Platform platform;
    private final World world;
    private final Waiting[] waiting;

    OraclePolicy(Jobs jobs, World world) {
        this.jobs = jobs;
        this.platform = world.platform();
        this.world = world;
        this.waiting = new Waiting[jobs.users()];
        for (int user = 0; user < waiting.length; user++) {
            waiting[user] = new Waiting();
        }
    }

    @Override
    public void failed(FailedAttempt failure, PolicyContext context) {
        long soonestMs = context.nowMs() + world.requestMs(failure.job(), failure.attempt() + 1);
        context.timer(failure.job(), soonestMs);
    }

    @Override
    public void timer(long token, PolicyContext context) {
        if (token >= USER) {
            int user = (int) (token - USER);
            waiting[user].wakesAtMs = Long.MAX_VALUE;
            serve(user, context);
            return;
        }
        int job = (int) token;
        int user = jobs.user(job);
        waiting[user].of(jobs.service(job)).add(job);
        serve(user, context);
    }

    /** Handles what may admit a call of a user: the end of a job, a change of its plan, the end of an outage. */
    void opened(int user, PolicyContext context) {
        serve(user, context);
    }

    private void serve(int user, PolicyContext context) {
        Waiting own = waiting[user];
        while (platform.freeSlots(user, context.nowMs()) > 0) {
            long opensMs = Long.MAX_VALUE;
            int next = Integer.MAX_VALUE;
            for (PriorityQueue<Integer> queue : own.byService) {
                Integer head = queue.peek();
                if (head != null) {
                    long atMs = platform.opensAtMs(user, jobs.service(head), context.nowMs());
                    opensMs = Math.min(opensMs, atMs);
                    next = atMs <= context.nowMs() ? Math.min(next, head) : next;
                }
            }
            if (next == Integer.MAX_VALUE) {
                own.wakeAt(opensMs, user, context);
                return;
            }
            own.of(jobs.service(next)).remove();
            world.attemptReachingNow(next);
        }
    }

    /** A user's waiting jobs, by service, in order of arrival. */
    private static final class Waiting {

        private final List<PriorityQueue<Integer>> byService = new ArrayList<>();
        private long wakesAtMs = Long.MAX_VALUE;

        Waiting() {
            for (int service = 0; service < Service.KNOWN; service++) {
                byService.add(new PriorityQueue<>());
            }
        }

        PriorityQueue<Integer> of(Service service) {
            return byService.get(service.ordinal());
        }

        void wakeAt(long atMs, int user, PolicyContext context) {
            if (atMs < wakesAtMs) {
                wakesAtMs = atMs;
                context.timer(USER + user, atMs);
            }
        }
    }
}
