package dev.redrive.dev;

import java.time.Instant;

/** Events per second over the last ten full seconds. */
final class RateMeter {

    private static final int SECONDS = 10;

    private final long[] second = new long[SECONDS + 1];
    private final long[] count = new long[SECONDS + 1];

    void mark(Instant at) {
        long now = at.getEpochSecond();
        int slot = (int) Math.floorMod(now, (long) second.length);
        if (second[slot] > now) {
            return;
        }
        if (second[slot] < now) {
            second[slot] = now;
            count[slot] = 0;
        }
        count[slot]++;
    }

    double perSecond(Instant at) {
        long now = at.getEpochSecond();
        long sum = 0;
        for (int i = 0; i < second.length; i++) {
            if (second[i] < now && second[i] >= now - SECONDS) {
                sum += count[i];
            }
        }
        return (double) sum / SECONDS;
    }
}
