package dev.redrive.sim;

import dev.redrive.sim.ApiBehaviour.Plan;
import org.jspecify.annotations.Nullable;

/**
 * The simulated API as a simulation asks it: users and jobs are numbers, and nothing is made of text. Times are in
 * milliseconds since the epoch and must not step back. Belongs to one thread.
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

    /** A call for a job; {@code null} when it is accepted. */
    @Nullable
    Reply call(int job, long nowMs) {
        ApiUser user = users[jobs.user(job)];
        Service service = jobs.service(job);
        Reply.Kind kind = behaviour.out(nowMs - Jobs.START_MS) ? Reply.Kind.UNAVAILABLE : user.call(service, nowMs);
        if (kind == Reply.Kind.ACCEPTED) {
            // By how often the job was let in, not by its attempt: so each job breaks as often under every policy.
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

    /** The earliest time at which a user's call to a service is let in, if a slot is free then; not before now. */
    long opensAtMs(int user, Service service, long nowMs) {
        long outUntilMs = Jobs.START_MS + behaviour.outUntilMs(nowMs - Jobs.START_MS);
        return outUntilMs > nowMs ? outUntilMs : users[user].opensAtMs(service, nowMs);
    }

    Plan plan(int user) {
        return users[user].plan();
    }

    /** Calls that were accepted, each of which has cost one of an allowance. */
    int accepted() {
        return accepted;
    }
}
