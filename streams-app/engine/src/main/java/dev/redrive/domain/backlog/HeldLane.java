package dev.redrive.domain.backlog;

import org.jspecify.annotations.Nullable;

/**
 * What a gate holds.
 *
 * @param service the service; {@code null} for a gate of the user, which holds all services
 * @param held by which gate
 */
public record HeldLane(@Nullable String service, Held held) {}
