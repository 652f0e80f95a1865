package dev.redrive.runtime;

import java.util.List;

/**
 * What came of creating one topic.
 *
 * @param topic the topic
 * @param result what came of it
 * @param detail why it was refused, for people; empty otherwise
 * @param findings how it differs, for {@code DIFFERS}; empty otherwise
 */
public record TopicCreation(String topic, Result result, String detail, List<TopicFinding> findings) {

    /** What came of it; the name is the stable word. */
    public enum Result {
        /** It was made now. */
        CREATED,
        /** It was there, as planned. */
        EXISTS,
        /** It was there, and differs from the plan; it was not changed. */
        DIFFERS,
        /** The cluster refused to make it, or to let it be looked at. */
        REFUSED
    }

    /** Copies the list. */
    public TopicCreation {
        findings = List.copyOf(findings);
    }
}
