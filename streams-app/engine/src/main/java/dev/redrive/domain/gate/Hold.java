package dev.redrive.domain.gate;

import dev.redrive.domain.service.Health.Recovering;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A person's order not to release some retries. After its end they are released with a ramp: the max number of releases
 * doubles every second, as in the recovery of a service.
 *
 * @param commandId the command that ordered it
 * @param scope what it covers
 * @param reason why, in the words of the person
 * @param since when it began
 * @param until when it ends by itself
 * @param endedAt when it ended, which begins the ramp; {@code null} while it is in force
 * @param second which second of the ramp the last release was in
 * @param released number of retries released in that second; not stored, so a restart allows that second's again
 */
public record Hold(
        String commandId,
        Scope scope,
        String reason,
        Instant since,
        Instant until,
        @Nullable Instant endedAt,
        long second,
        int released) {

    private static final Duration RAMP = Duration.ofSeconds(Recovering.SECONDS);

    /** Creates a hold that begins. */
    public static Hold begin(String commandId, Scope scope, String reason, Instant now, Instant until) {
        return new Hold(commandId, scope, reason, now, until, null, 0, 0);
    }

    /**
     * What a hold covers; each part that is missing covers all.
     *
     * @param userId the user; empty for all users of the task
     * @param service the service
     * @param operation the operation
     */
    public record Scope(
            String userId,
            @Nullable String service,
            @Nullable String operation) {

        /** Returns whether it covers retries of the user and service, of one operation or of all. */
        boolean touches(String ofUser, String ofService) {
            return (userId.isEmpty() || userId.equals(ofUser)) && (service == null || service.equals(ofService));
        }

        boolean covers(Subject subject) {
            return touches(subject.userId(), subject.service())
                    && (operation == null || operation.equals(subject.operation()));
        }
    }

    /** Returns whether it is in force, and not in its ramp. */
    public boolean inForce() {
        return endedAt == null;
    }

    /** Returns the verdict on retries that it covers. */
    Verdict verdict(Instant now) {
        Instant ramp = endedAt;
        if (ramp == null) {
            return new Verdict.Closed(GateName.OPERATOR, until, Opening.TIME);
        }
        long at = secondAt(ramp, now);
        boolean room = at >= Recovering.SECONDS || at != second || released < Recovering.allowed(at);
        return room
                ? Verdict.open()
                : new Verdict.Closed(GateName.OPERATOR, ramp.plusSeconds(at + 1), Opening.RECOVERY);
    }

    /** Returns whether its ramp is over. */
    boolean over(Instant now) {
        return endedAt != null && !endedAt.plus(RAMP).isAfter(now);
    }

    Hold end(Instant now) {
        return endedAt == null ? new Hold(commandId, scope, reason, since, until, now, 0, 0) : this;
    }

    /** Returns the hold after the release of a retry that it covers. */
    Hold released(Instant now) {
        if (endedAt == null) {
            return this;
        }
        long at = secondAt(endedAt, now);
        return new Hold(commandId, scope, reason, since, until, endedAt, at, at == second ? released + 1 : 1);
    }

    private static long secondAt(Instant ramp, Instant now) {
        return Math.max(0, Duration.between(ramp, now).toSeconds());
    }
}
