package dev.redrive.domain.gate;

import java.time.Instant;

/** What a gate says to a retry that is due. */
public sealed interface Verdict {

    /** It may go. */
    record Open() implements Verdict {}

    /**
     * It can't succeed before a known instant, which becomes its new due.
     *
     * @param gate stable name of the gate
     * @param until when the gate opens
     */
    record ClosedUntil(String gate, Instant until) implements Verdict {}
}
