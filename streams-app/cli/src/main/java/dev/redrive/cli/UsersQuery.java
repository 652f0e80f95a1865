package dev.redrive.cli;

import dev.redrive.domain.gate.GateName;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Which users to show.
 *
 * @param user only this one, with all that is known
 * @param heldBy only those of whom this gate holds something
 * @param max at most so many
 * @param timeout how long the reading may take
 */
record UsersQuery(@Nullable String user, @Nullable GateName heldBy, int max, OutputFormat output, Duration timeout) {}
