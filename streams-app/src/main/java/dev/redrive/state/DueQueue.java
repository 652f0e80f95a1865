package dev.redrive.state;

import dev.redrive.domain.event.JobRef;
import java.util.List;

/**
 * The pending retries of one task, in the order of their due; those with the same due in an order that stays. An
 * entry leaves when it is released, withdrawn or moved, so the queue needs no expiry: no due lies further ahead than the
 * longest time that a job may be parked.
 *
 * <p>One thread owns a queue.
 */
public interface DueQueue {

    /**
     * Puts a retry in; one that is there already under the same due is replaced.
     *
     * @param dueAtMs when it is due, epoch milliseconds
     * @param job the job
     * @param payload what is to be released
     */
    void add(long dueAtMs, JobRef job, byte[] payload);

    /** Takes a retry out, if it is there. */
    void remove(long dueAtMs, JobRef job);

    /** Moves a retry to another due, if it is there. */
    void move(long fromMs, long toMs, JobRef job);

    /**
     * The first retries that are due, without taking them out.
     *
     * @param nowMs retries due at this instant or before it
     * @param maxEntries at most so many
     * @param maxBytes no more once their payloads have reached so many bytes
     */
    List<Entry> due(long nowMs, int maxEntries, long maxBytes);

    /** A lower bound of the next due, epoch milliseconds; {@code Long.MAX_VALUE} when the queue is known to be empty. */
    long nextDueMs();

    /**
     * A retry in the queue.
     *
     * @param dueAtMs when it is due, epoch milliseconds
     * @param job the job
     * @param payload what is to be released
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared; a copy per retry would be waste
    record Entry(long dueAtMs, JobRef job, byte[] payload) {}
}
