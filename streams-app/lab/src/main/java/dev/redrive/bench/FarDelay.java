package dev.redrive.bench;

/** Delays of jobs that are to stay pending: an hour and more, spread over a day. */
final class FarDelay {

    private static final int LEAST_S = 3_600;
    private static final int SPREAD_S = 79_200;

    private FarDelay() {}

    /** The delay of a job, in seconds; at most 23 hours. */
    static int seconds(int job) {
        return LEAST_S + (int) Math.floorMod(job * 2_654_435_761L, (long) SPREAD_S);
    }
}
