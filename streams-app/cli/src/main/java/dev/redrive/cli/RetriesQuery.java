package dev.redrive.cli;

import dev.redrive.domain.gate.GateName;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Which pending retries to show.
 *
 * @param changelog the changelog topic of the due queue
 * @param user only of this user
 * @param heldBy only those behind this gate
 * @param service only for this service
 * @param operation only of this operation
 * @param max at most so many, those that are due first
 * @param timeout how long the reading may take
 */
record RetriesQuery(
        String changelog,
        @Nullable String user,
        @Nullable GateName heldBy,
        @Nullable String service,
        @Nullable String operation,
        int max,
        OutputFormat output,
        Duration timeout) {}
