package dev.redrive.domain.backlog;

import org.jspecify.annotations.Nullable;

/**
 * The retries that a gate blocks.
 *
 * @param service the service; {@code null} for a gate of the user, which blocks all services
 * @param held the gate
 */
public record HeldLane(@Nullable String service, Held held) {}
