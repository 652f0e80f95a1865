package dev.redrive.runtime;

import dev.redrive.runtime.AccessPlan.Access;
import dev.redrive.runtime.AccessPlan.Access.Operation;
import dev.redrive.runtime.AccessPlan.Access.Pattern;
import dev.redrive.runtime.AccessPlan.Access.Resource;
import java.util.Locale;

/** A deviation of the cluster from the pipeline's needs, with its remedy. */
public sealed interface Finding {

    /** Returns the subject, e.g. a topic's name. */
    String subject();

    /** Returns the stable word of the reason. */
    String word();

    /** Returns what was found and wanted, and the remedy, in one sentence. */
    String sentence();

    /** Returns whether the pipeline must not start with this finding. */
    boolean blocking();

    /**
     * A difference between a topic and the plan, with its remedy.
     *
     * @param topic the topic
     * @param reason what differs
     * @param found the value on the cluster; empty if there is none
     * @param wanted the value in the plan
     * @param remedy the remedy, one sentence
     */
    record TopicFinding(String topic, Reason reason, String found, String wanted, String remedy) implements Finding {

        /** What differs; the name is the stable word. */
        public enum Reason {
            /** The topic does not exist. */
            MISSING(true),
            /** The number of partitions differs; the records of one user would not meet in one task. */
            PARTITIONS_DIFFER(true),
            /** Records would be deleted while they are still needed. */
            RETENTION_TOO_SHORT(true),
            /** Compaction where all records must be kept, or deletion where the last one must be kept. */
            CLEANUP_POLICY_DIFFERS(true),
            /** The timestamp type is not the one that the pipeline relies on. */
            TIMESTAMP_TYPE_DIFFERS(true),
            /** The timestamp is the producer's, whose clock may be wrong; correct, but less exact. */
            TIMESTAMP_TYPE_ADVISED(false),
            /** Records that the plan allows would be refused. */
            MESSAGE_SIZE_TOO_SMALL(true),
            /** {@code min.insync.replicas} exceeds the number of replicas, so nothing can be written. */
            MIN_ISR_TOO_HIGH(true),
            /** Fewer replicas than planned; correct, but less durable. */
            REPLICATION_TOO_LOW(false),
            /** The client may not describe the topic. */
            NOT_AUTHORIZED(true);

            private final boolean blocking;

            Reason(boolean blocking) {
                this.blocking = blocking;
            }

            /** Returns whether the pipeline must not start with this difference. */
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
     * A right that the pipeline needs and this client lacks.
     *
     * @param resource the kind of resource
     * @param name the resource's name, or the prefix of several names
     * @param pattern how the name is matched
     * @param operation what the client may not do
     * @param reason always the same; the name is the stable word
     */
    record AccessFinding(Resource resource, String name, Pattern pattern, Operation operation, Reason reason)
            implements Finding {

        /** Reasons; the names are stable words. */
        public enum Reason {
            /** The client may not do it. */
            NOT_AUTHORIZED
        }

        static AccessFinding of(Access rule, Operation missing) {
            return new AccessFinding(rule.resource(), rule.name(), rule.pattern(), missing, Reason.NOT_AUTHORIZED);
        }

        /** Returns e.g. {@code group redrive}, or {@code topic redrive-*} if the name is a prefix. */
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
