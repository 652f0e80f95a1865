package dev.redrive.sim;

import dev.redrive.sim.ApiBehaviour.Plan;
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
        this.behaviour = behaviour;
        this.jobs = jobs;
        this.broken = dice.about("broken");
        this.letIn = new short[jobs.count()];
        this.users = new ApiUser[jobs.users()];
        for (int user = 0; user < users.length; user++) {
            users[user] = behaviour.newUser(dice, Jobs.userId(user), Jobs.START_MS);
        }
    }

    /** Makes a call for a job; returns {@code null} if it is accepted. */
    @Nullable
    Reply call(int job, long nowMs) {
        ApiUser user = users[jobs.user(job)];
        Service service = jobs.service(job);
        Reply.Kind kind = behaviour.out(nowMs - Jobs.START_MS) ? Reply.Kind.UNAVAILABLE : user.call(service, nowMs);
        if (kind == Reply.Kind.ACCEPTED) {
            // Keyed by the job's admissions, not by its attempt: so each job breaks equally often under every policy.
            if (broken.roll(job, letIn[job]++) >= behaviour.faults().internalError()) {
                user.jobStarted();
                accepted++;
                return null;
            }
            kind = Reply.Kind.INTERNAL_ERROR;
        }
        return user.reply(kind, service, nowMs);
    }

    void ended(int job) {
        users[jobs.user(job)].jobEnded();
    }

    boolean slotFree(int user) {
        return users[user].slotFree();
    }

    /** Returns when a user's call to a service is admitted at the earliest, given a free slot; not before now. */
    long opensAtMs(int user, Service service, long nowMs) {
        long outUntilMs = Jobs.START_MS + behaviour.outUntilMs(nowMs - Jobs.START_MS);
        return outUntilMs > nowMs ? outUntilMs : users[user].opensAtMs(service, nowMs);
    }

    Plan plan(int user) {
        return users[user].plan();
    }

    /** Returns the number of accepted calls; each has used one call of an allowance. */
    int accepted() {
        return accepted;
    }
}
