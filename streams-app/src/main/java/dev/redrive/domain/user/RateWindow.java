package dev.redrive.domain.user;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The last that was seen of a user's rate limit for one service.
 *
 * @param limit calls per window
 * @param remaining calls left in the window
 * @param resetAt when the window is over
 * @param closedUntil no call succeeds before this instant
 * @param observedAt when this was seen
 */
public record RateWindow(
        @Nullable Integer limit,
        @Nullable Integer remaining,
        @Nullable Instant resetAt,
        @Nullable Instant closedUntil,
        Instant observedAt) {}
