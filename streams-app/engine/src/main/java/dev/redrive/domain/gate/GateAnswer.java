package dev.redrive.domain.gate;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a gate answers about a retry, for people: its verdict, and the figures that this rests on where they are known.
 *
 * @param gate the gate
 * @param verdict its verdict, by the rule that decides
 * @param since since when its present status lasts
 * @param limit max active jobs, or calls per window
 * @param used active jobs, or known calls in the window
 * @param remaining calls left, as reported
 * @param status the status of quota, service or hold
 * @param resetAt when it resets
 * @param reason the reason of a hold, or the error code that showed the status
 */
public record GateAnswer(
        GateName gate,
        Verdict verdict,
        @Nullable Instant since,
        @Nullable Long limit,
        @Nullable Long used,
        @Nullable Long remaining,
        @Nullable String status,
        @Nullable Instant resetAt,
        @Nullable String reason) {

    /** Returns an answer without figures. */
    static GateAnswer of(GateName gate, Verdict verdict) {
        return new GateAnswer(gate, verdict, null, null, null, null, null, null, null);
    }

    /** Returns the same answer with a status, and since when it lasts. */
    GateAnswer status(String newStatus, @Nullable Instant begun, @Nullable String why) {
        return new GateAnswer(gate, verdict, begun, limit, used, remaining, newStatus, resetAt, why);
    }

    /** Returns the same answer with the figures of a limit. */
    GateAnswer figures(@Nullable Long max, @Nullable Long now, @Nullable Long left, @Nullable Instant resets) {
        return new GateAnswer(gate, verdict, since, max, now, left, status, resets, reason);
    }
}
