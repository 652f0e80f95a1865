package dev.redrive.domain.gate;

import java.time.Instant;

/** What the gates say to a retry that is due. */
public sealed interface Verdict {

    /** It may go. */
    record Open() implements Verdict {

        static final Open VERDICT = new Open();
    }

    /**
     * It can't succeed now.
     *
     * @param gate which gate is closed
     * @param until when to ask again at the latest: the instant at which the gate opens where that is known; where it opens
     *     by an event, what opens it if the event never comes
     * @param opening what opens it
     */
    record Closed(GateName gate, Instant until, Opening opening) implements Verdict {

        /** A gate that opens at a known instant. */
        public Closed(GateName gate, Instant until) {
            this(gate, until, Opening.TIME);
        }
    }

    /** It may go. */
    static Verdict open() {
        return Open.VERDICT;
    }
}
