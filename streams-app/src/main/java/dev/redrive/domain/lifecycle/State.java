package dev.redrive.domain.lifecycle;

import dev.redrive.domain.user.UserState;

/**
 * What an input is applied to.
 *
 * @param job the job it is about; {@link JobState.Unseen} when it is about no job
 * @param user the user it is about
 */
public record State(JobState job, UserState user) {

    /** Nothing is known of job and user. */
    public static final State NEW = new State(JobState.Unseen.INSTANCE, UserState.NEW);
}
