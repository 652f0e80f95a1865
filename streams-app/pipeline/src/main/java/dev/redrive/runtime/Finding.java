package dev.redrive.runtime;

import dev.redrive.runtime.AccessPlan.Access;
import dev.redrive.runtime.AccessPlan.Access.Operation;
import dev.redrive.runtime.AccessPlan.Access.Pattern;
import dev.redrive.runtime.AccessPlan.Access.Resource;
import java.util.Locale;

/** Something on the cluster that is not as the pipeline needs it, and what to do about it. */
public sealed interface Finding {

    /** What it is about, e.g. a topic's name. */
    String subject();

    /** What is wrong; the stable word. */
    String word();

    /** What was found and wanted, and what to do, one sentence. */
    String sentence();

    /** Whether the pipeline must not start like this. */
    boolean blocking();

    /**
     * Something about a topic that differs from the plan, and what to do about it.
     *
     * @param topic the topic
     * @param reason what differs
     * @param found what stands on the cluster; empty where there is nothing
     * @param wanted what the plan says
     * @param remedy what to do, one sentence
     */
    record TopicFinding(String topic, Reason reason, String found, String wanted, String remedy) implements Finding {

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

    /**
     * A right that the pipeline needs and this client does not have.
     *
     * @param resource on what kind of thing
     * @param name the thing's name, or what the names of several begin with
     * @param pattern how the name is to be read
     * @param operation what the client may not do
     * @param reason always the same; the name is the stable word
     */
    record AccessFinding(Resource resource, String name, Pattern pattern, Operation operation, Reason reason)
            implements Finding {

        /** What is wrong. */
        public enum Reason {
            /** The client may not do it. */
            NOT_AUTHORIZED
        }

        static AccessFinding of(Access rule, Operation missing) {
            return new AccessFinding(rule.resource(), rule.name(), rule.pattern(), missing, Reason.NOT_AUTHORIZED);
        }

        /** E.g. {@code group redrive}, or {@code topic redrive-*} where the name is a beginning. */
        @Override
        public String subject() {
            String kind = resource.name().toLowerCase(Locale.ROOT).replace('_', ' ');
            return kind + " " + name + (pattern == Pattern.PREFIXED ? "*" : "");
        }

        @Override
        public String word() {
            return reason.name();
        }

        @Override
        public String sentence() {
            return "the operation " + operation.word()
                    + " is not allowed; grant it ('redrive topics export' prints all that the pipeline needs)";
        }

        @Override
        public boolean blocking() {
            return true;
        }

        @Override
        public String toString() {
            return reason + " " + subject() + ": " + sentence();
        }
    }
}
