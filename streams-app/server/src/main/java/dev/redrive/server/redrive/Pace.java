package dev.redrive.server.redrive;

import dev.redrive.avro.Redrive;
import dev.redrive.server.index.LetterResult;
import java.util.Map;

/**
 * Decides how many letters of a redrive may be released now: its rate, its ramp, its canary and its stop-loss. It holds
 * no I/O and no clock.
 */
final class Pace {

    /** Below so many ended letters their success says too little to halt for. */
    private static final int MIN_ENDED = 20;

    /** What was not released in this time is not caught up with later, so that no burst follows a pause. */
    private static final long MAX_DEBT_MS = 1_000;

    private final Redrive plan;
    private final long startedAtMs;
    private double allowed;
    private long allowedAtMs;
    private long canaryAtMs = -1;
    private boolean canaryPassed;

    /**
     * Creates the pace of a redrive that begins, or goes on, now.
     *
     * @param nowMs epoch milliseconds
     */
    Pace(Redrive plan, long nowMs) {
        this.plan = plan;
        this.startedAtMs = nowMs;
        this.allowedAtMs = nowMs;
    }

    /** What is to be done now. */
    sealed interface Decision {

        /** Nothing yet. */
        record Wait() implements Decision {}

        /** Up to so many letters may be released. */
        record Release(int max) implements Decision {}

        /** Too few letters have succeeded. */
        record Halt(String why) implements Decision {}
    }

    /** Returns whether the canary has succeeded, as far as was decided here. */
    boolean canaryPassed() {
        return canaryPassed;
    }

    /**
     * Decides.
     *
     * @param progress how far the redrive is
     * @param results its letters by result
     * @param nowMs epoch milliseconds
     */
    Decision decide(Redrive progress, Map<LetterResult, Long> results, long nowMs) {
        long succeeded = results.getOrDefault(LetterResult.SUCCEEDED, 0L);
        long failed =
                results.getOrDefault(LetterResult.DEAD_AGAIN, 0L) + results.getOrDefault(LetterResult.RETRYING, 0L);
        long left = Long.MAX_VALUE;
        if (plan.getCanary() > 0 && !progress.getCanaryPassed() && !canaryPassed) {
            left = plan.getCanary() - progress.getIssued();
            if (left <= 0) {
                return canary(succeeded, failed, results.getOrDefault(LetterResult.BLOCKED, 0L), nowMs);
            }
        } else if (losing(succeeded, failed, results.getOrDefault(LetterResult.RELEASED, 0L))) {
            return new Decision.Halt("LOSS_STOPPED");
        }
        int max = (int) Math.min(left, (long) allowed(nowMs));
        return max < 1 ? new Decision.Wait() : new Decision.Release(max);
    }

    private Decision canary(long succeeded, long failed, long blocked, long nowMs) {
        if (canaryAtMs < 0) {
            canaryAtMs = nowMs;
        }
        boolean ended = succeeded + failed + blocked >= plan.getCanary();
        boolean over = nowMs - canaryAtMs >= plan.getCanaryWaitMs();
        if (!ended && !over) {
            return new Decision.Wait();
        }
        if (succeeded + failed == 0) {
            return new Decision.Halt("CANARY_SILENT");
        }
        if (tooFew(succeeded, failed)) {
            return new Decision.Halt("CANARY_FAILED");
        }
        canaryPassed = true;
        return new Decision.Wait();
    }

    /** Where successes are not reported, an attempt that is not known to have failed counts as one. */
    private boolean losing(long succeeded, long failed, long released) {
        long well = succeeded == 0 ? released : succeeded;
        return well + failed >= MIN_ENDED && tooFew(well, failed);
    }

    private boolean tooFew(long succeeded, long failed) {
        return 100 * succeeded < plan.getMinSuccessPercent() * (succeeded + failed);
    }

    /** Returns how many letters the rate allows by now; it grows with time, and shrinks by {@link #released}. */
    private double allowed(long nowMs) {
        double rate = plan.getRatePerSecond();
        long rampMs = 1_000L * plan.getRampSeconds();
        if (nowMs - startedAtMs < rampMs) {
            rate = Math.max(1, rate * (nowMs - startedAtMs) / rampMs);
        }
        long elapsedMs = Math.max(0, nowMs - allowedAtMs);
        allowedAtMs = nowMs;
        allowed = Math.min(allowed + rate * elapsedMs / 1000, Math.max(1, rate * MAX_DEBT_MS / 1000));
        return allowed;
    }

    /** Takes note of released letters. */
    void released(int letters) {
        allowed -= letters;
    }
}
