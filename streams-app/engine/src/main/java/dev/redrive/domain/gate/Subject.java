package dev.redrive.domain.gate;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The retries that a gate is asked about.
 *
 * @param userId their user
 * @param service their service
 * @param operation their operation; {@code null} if unknown, then no gate of one operation blocks them
 * @param holds the holds in force
 */
public record Subject(
        String userId, String service, @Nullable String operation, Holds holds) {

    /** Returns the verdict of the holds if they block the retries; {@code null} if not. */
    public Verdict.@Nullable Closed held(Instant now) {
        return holds.verdict(this, now) instanceof Verdict.Closed closed ? closed : null;
    }

    /** Returns the retries of a service, which no hold covers. */
    public static Subject of(String service) {
        return new Subject("", service, null, Holds.NONE);
    }
}
