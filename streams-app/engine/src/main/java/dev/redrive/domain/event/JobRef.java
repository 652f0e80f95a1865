package dev.redrive.domain.event;

import java.util.Objects;

/**
 * Identity of a job: one logical piece of work of one user, through every attempt.
 *
 * @param userId the owner, not empty
 * @param jobId the job within the user, not empty
 */
public record JobRef(String userId, String jobId) {

    /** @throws IllegalArgumentException if an id is empty */
    public JobRef {
        Objects.requireNonNull(userId, "userId");
        Objects.requireNonNull(jobId, "jobId");
        if (userId.isEmpty() || jobId.isEmpty()) {
            throw new IllegalArgumentException("userId and jobId must not be empty");
        }
    }

    /**
     * Spreads numbered ids widely, by 2^32 divided by the golden ratio (Fibonacci hashing); a record's default hash of
     * user and job yields few distinct values.
     */
    @Override
    public int hashCode() {
        return userId.hashCode() * 0x9E3779B9 + jobId.hashCode();
    }
}
