package dev.redrive.runtime;

/**
 * Something about a topic that differs from the plan, and what to do about it.
 *
 * @param topic the topic
 * @param reason what differs
 * @param found what stands on the cluster; empty where there is nothing
 * @param wanted what the plan says
 * @param remedy what to do, one sentence
 */
public record TopicFinding(String topic, Reason reason, String found, String wanted, String remedy) implements Finding {

    /** What differs; the name is the stable word. */
    public enum Reason {
        /** The topic is not there. */
        MISSING(true),
        /** Another number of partitions; the records of one user would not meet in one task. */
        PARTITIONS_DIFFER(true),
        /** Records would be deleted while they are still needed. */
        RETENTION_TOO_SHORT(true),
        /** Compaction where records must all stay, or deletion where the last one must stay. */
        CLEANUP_POLICY_DIFFERS(true),
        /** The record's time is not the one that the pipeline relies on. */
        TIMESTAMP_TYPE_DIFFERS(true),
        /** The record's time is its producer's, whose clock may be wrong; correct, but less exact. */
        TIMESTAMP_TYPE_ADVISED(false),
        /** Records that the plan allows would be refused. */
        MESSAGE_SIZE_TOO_SMALL(true),
        /** More in-sync replicas are asked for than there are replicas, so nothing can be written. */
        MIN_ISR_TOO_HIGH(true),
        /** Fewer copies than planned; correct, but less durable. */
        REPLICATION_TOO_LOW(false),
        /** The client may not look at the topic. */
        NOT_AUTHORIZED(true);

        private final boolean blocking;

        Reason(boolean blocking) {
            this.blocking = blocking;
        }

        /** Whether the pipeline must not start like this. */
        public boolean blocking() {
            return blocking;
        }
    }

    @Override
    public String subject() {
        return topic;
    }

    @Override
    public String word() {
        return reason.name();
    }

    @Override
    public String sentence() {
        return "found " + (found.isEmpty() ? "nothing" : found) + ", wanted " + wanted + "; " + remedy;
    }

    @Override
    public boolean blocking() {
        return reason.blocking();
    }

    @Override
    public String toString() {
        return reason + " " + topic + ": " + sentence();
    }
}
