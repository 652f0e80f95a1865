package dev.redrive.domain.lifecycle;

import dev.redrive.domain.service.ServiceState;
import dev.redrive.domain.user.UserState;

/**
 * What an input is applied to.
 *
 * @param job the job it is about; {@link JobState.Unseen} when it is about no job
 * @param user the user it is about
 * @param service the service that the job calls; {@link ServiceState#NEW} when it is about no job
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
