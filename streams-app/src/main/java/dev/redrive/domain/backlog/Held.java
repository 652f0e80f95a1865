package dev.redrive.domain.backlog;

import dev.redrive.domain.gate.GateName;
import java.time.Instant;

/**
 * A gate holds retries.
 *
 * @param gate which
 * @param since since when without a break
 * @param until when it is asked again at the latest
 */
public record Held(GateName gate, Instant since, Instant until) {}
