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
     */
    record Closed(GateName gate, Instant until) implements Verdict {}

    /** It may go. */
    static Verdict open() {
        return Open.VERDICT;
    }
}
