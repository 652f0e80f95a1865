package dev.redrive.domain.gate;

import java.time.Instant;

/** The gates' decision on a due retry. */
public sealed interface Verdict {

    /** The retry may be released. */
    record Open() implements Verdict {

        static final Open VERDICT = new Open();
    }

    /**
     * The retry cannot succeed now.
     *
     * @param gate which gate is closed
     * @param until when to evaluate again at the latest: the instant at which the gate opens, if known; for a gate that
     *     opens by an event, the fallback if the event never comes
     * @param opening what opens it
     */
    record Closed(GateName gate, Instant until, Opening opening) implements Verdict {

        /** Creates the verdict of a gate that opens at a known instant. */
        public Closed(GateName gate, Instant until) {
            this(gate, until, Opening.TIME);
        }
    }

    /** The retry may be released. */
    static Verdict open() {
        return Open.VERDICT;
    }
}
