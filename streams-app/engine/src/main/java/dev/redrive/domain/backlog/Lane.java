package dev.redrive.domain.backlog;

/**
 * Retries of one user that the same gates hold and of which none is more urgent than another: they go in the order of
 * their due.
 *
 * @param userId the user
 * @param service the service
 * @param priority 0 to {@link #MAX_PRIORITY}; higher goes first
 */
public record Lane(String userId, String service, int priority) {

    /** The most urgent. */
    public static final int MAX_PRIORITY = 9;

    /** @throws IllegalArgumentException if the priority is out of range */
    public Lane {
        if (priority < 0 || priority > MAX_PRIORITY) {
            throw new IllegalArgumentException("priority takes 0 to " + MAX_PRIORITY + ", not " + priority);
        }
    }
}
