package dev.redrive.sim;

import dev.redrive.sim.ApiBehaviour.Outage;
import dev.redrive.sim.ApiBehaviour.Plan;
import dev.redrive.sim.ApiUser.DueChange;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The simulated API for simulations: users and jobs are numbers, and no text is built. Times are in milliseconds since
 * the epoch and must not decrease. Used by one thread.
 */
final class Platform {

    private final ApiBehaviour behaviour;
    private final Jobs jobs;
    private final ApiUser[] users;
    private final short[] letIn;
    private final Dice broken;
    private int accepted;

    Platform(ApiBehaviour behaviour, Jobs jobs, long seed) {
        Dice dice = new Dice(seed);
        this.behaviour = behaviour.drawn(dice);
        this.jobs = jobs;
        this.broken = dice.about("broken");
        this.letIn = new short[jobs.count()];
        this.users = new ApiUser[jobs.users()];
        for (int user = 0; user < users.length; user++) {
            users[user] = behaviour.newUser(dice, Jobs.userId(user), jobs.startMs());
        }
    }

    /** Makes a call for a job; returns {@code null} if it is accepted. */
    @Nullable
    Reply call(int job, long nowMs) {
        ApiUser user = users[jobs.user(job)];
        Service service = jobs.service(job);
        Reply.Kind kind =
                behaviour.out(service, nowMs - jobs.startMs()) ? Reply.Kind.UNAVAILABLE : user.call(service, nowMs);
        if (kind == Reply.Kind.ACCEPTED) {
            // Keyed by the job's admissions, not by its attempt: so each job breaks equally often under every policy.
            if (broken.roll(job, letIn[job]++) >= behaviour.faults().internalError()) {
                user.jobStarted();
                accepted++;
                return null;
            }
            kind = Reply.Kind.INTERNAL_ERROR;
        }
        return user.reply(kind, service, nowMs, behaviour.hints());
    }

    void ended(int job) {
        users[jobs.user(job)].jobEnded();
    }

    /** Returns the duration of a job that is accepted now, in ms. */
    long lengthMs(int job, long nowMs) {
        return behaviour.lengths().msAt(jobs.lengthMs(job), nowMs - jobs.startMs());
    }

    /** Returns the duration of a stranger's job that is accepted now, in ms, by a number from 0 to 1. */
    long strangerMs(double number, long nowMs) {
        return behaviour.jobMs(number, nowMs - jobs.startMs());
    }

    /** Makes a call of a stranger; returns whether it is accepted. Strangers meet only the concurrency limit. */
    boolean strangerStarts(int user, long nowMs) {
        if (users[user].freeSlots(nowMs) == 0) {
            return false;
        }
        users[user].strangerStarted();
        return true;
    }

    void strangerEnds(int user) {
        users[user].jobEnded();
    }

    int freeSlots(int user, long nowMs) {
        return users[user].freeSlots(nowMs);
    }

    int concurrencyLimit(int user, long nowMs) {
        return users[user].concurrencyLimit(nowMs);
    }

    /** Returns the number of calls to a service that are admitted now, if enough slots are free. */
    int admits(int user, Service service, long nowMs) {
        return behaviour.out(service, nowMs - jobs.startMs()) ? 0 : users[user].admits(service, nowMs);
    }

    /** Returns when a user's call to a service is admitted at the earliest, given a free slot; not before now. */
    long opensAtMs(int user, Service service, long nowMs) {
        long outUntilMs = jobs.startMs() + behaviour.outUntilMs(service, nowMs - jobs.startMs());
        return outUntilMs > nowMs ? outUntilMs : users[user].opensAtMs(service, nowMs);
    }

    /** Returns the changes of a user's plan to come. */
    List<DueChange> changes(int user) {
        return users[user].changes();
    }

    /** Returns the outages, with their drawn times. */
    List<Outage> outages() {
        return behaviour.outages();
    }

    Plan plan(int user) {
        return users[user].plan();
    }

    /** Returns the number of accepted calls; each has used one call of an allowance. */
    int accepted() {
        return accepted;
    }
}
