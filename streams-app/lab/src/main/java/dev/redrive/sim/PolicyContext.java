package dev.redrive.sim;

/** The world as a policy may touch it. */
interface PolicyContext {

    /** The time, in ms since the epoch. */
    long nowMs();

    /**
     * Asks for a job's next attempt. Between two answers there can be one.
     *
     * @param atMs when it is released, in ms since the epoch; what is past is now
     * @throws IllegalStateException if no attempt of the job has failed since the last was asked for
     */
    void attempt(int job, long atMs);

    /**
     * Sets a timer; it can't be taken back.
     *
     * @param token comes back when it is due; 0 to 2^56 - 1
     * @param atMs when, in ms since the epoch; what is past is now
     */
    void timer(long token, long atMs);
}
