package dev.redrive.domain.backlog;

import dev.redrive.domain.gate.GateName;
import dev.redrive.domain.gate.Opening;
import java.time.Instant;

/**
 * A gate holds retries.
 *
 * @param gate which
 * @param since since when without a break
 * @param until when it is asked again at the latest
 * @param opening what opens it
 */
public record Held(GateName gate, Instant since, Instant until, Opening opening) {}
