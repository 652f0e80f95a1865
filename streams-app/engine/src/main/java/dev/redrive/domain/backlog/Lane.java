package dev.redrive.domain.backlog;

import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

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

    /**
     * The place of a retry in its lane; ordered by due, then by job.
     *
     * @param dueAtMs when it is due, epoch milliseconds
     * @param jobId the job
     */
    public record Slot(long dueAtMs, String jobId) implements Comparable<Slot> {

        @Override
        public int compareTo(Slot other) {
            int byDue = Long.compare(dueAtMs, other.dueAtMs);
            return byDue != 0 ? byDue : compareUtf8(jobId, other.jobId);
        }

        /** Compares in the order of UTF-8 bytes, which is that of code points and not of chars. */
        private static int compareUtf8(String a, String b) {
            int length = Math.min(a.length(), b.length());
            for (int i = 0; i < length; i++) {
                char x = a.charAt(i);
                char y = b.charAt(i);
                if (x != y) {
                    boolean surrogates = Character.isSurrogate(x) != Character.isSurrogate(y);
                    return surrogates ? (Character.isSurrogate(x) ? 1 : -1) : Character.compare(x, y);
                }
            }
            return Integer.compare(a.length(), b.length());
        }
    }

    /** Sorted store of all pending retries; reads fetch only the next few of a lane. */
    public interface Shelf {

        /**
         * Returns the next retries of a lane.
         *
         * @param lane the lane
         * @param after start after this one; {@code null} for the first
         * @param max maximum number; fewer only if there are no more
         */
        List<Slot> next(Lane lane, @Nullable Slot after, int max);

        /** Visits the first retry of every non-empty lane, without reading the others. */
        void lanes(BiConsumer<Lane, Slot> visitor);
    }
}
