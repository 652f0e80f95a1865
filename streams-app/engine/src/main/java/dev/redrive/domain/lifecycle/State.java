package dev.redrive.domain.lifecycle;

import dev.redrive.domain.service.ServiceState;
import dev.redrive.domain.user.UserState;

/**
 * The state that an input is applied to.
 *
 * @param job the job of the input; {@link JobState.Unseen} if it has none
 * @param user the user of the input
 * @param service the service that the job calls; {@link ServiceState#NEW} if the input has no job
 */
public record State(JobState job, UserState user, ServiceState service) {

    /** Nothing is known of job, user and service. */
    public static final State NEW = new State(JobState.Unseen.INSTANCE, UserState.NEW, ServiceState.NEW);

    State with(JobState newJob, UserState newUser) {
        return new State(newJob, newUser, service);
    }

    State with(ServiceState newService) {
        return new State(job, user, newService);
    }
}
