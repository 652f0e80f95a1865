package dev.redrive.domain.backlog;

/**
 * Retries of one user with the same gates and the same priority: they are released in the order of their due.
 *
 * @param userId the user
 * @param service the service
 * @param priority 0 to {@link #MAX_PRIORITY}; higher goes first
 */
public record Lane(String userId, String service, int priority) {

    /** Max priority. */
    public static final int MAX_PRIORITY = 9;

    /** @throws IllegalArgumentException if the priority is out of range */
    public Lane {
        if (priority < 0 || priority > MAX_PRIORITY) {
            throw new IllegalArgumentException("priority takes 0 to " + MAX_PRIORITY + ", not " + priority);
        }
    }
}
