package dev.redrive.domain.backlog;

import dev.redrive.domain.gate.GateName;
import dev.redrive.domain.gate.Opening;
import java.time.Instant;

/**
 * A gate that blocks retries.
 *
 * @param gate the gate
 * @param since since when, without interruption
 * @param until when it is evaluated again at the latest
 * @param opening what opens it
 */
public record Held(GateName gate, Instant since, Instant until, Opening opening) {}
