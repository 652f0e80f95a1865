package dev.redrive.runtime;

import java.util.List;

/**
 * One thing that a principal may do: some operations on one resource.
 *
 * @param principal who, without {@code User:}
 * @param resource on what kind of thing
 * @param name the thing's name, or what the names of several begin with
 * @param pattern how the name is to be read
 * @param operations what, in order
 */
public record Access(String principal, Resource resource, String name, Pattern pattern, List<Operation> operations) {

    /** Copies the list. */
    public Access {
        operations = List.copyOf(operations);
    }

    /** Kinds of things. */
    public enum Resource {
        /** A topic. */
        TOPIC,
        /** A consumer group. */
        GROUP,
        /** A producer's transactional id. */
        TRANSACTIONAL_ID
    }

    /** How a name is to be read. */
    public enum Pattern {
        /** Of one thing. */
        LITERAL,
        /** As the beginning of several things' names. */
        PREFIXED
    }

    /** Kafka's operations, as far as they are needed; reading and writing include describing. */
    public enum Operation {
        /** Read records, or take part in a group. */
        READ,
        /** Write records, or use a transactional id. */
        WRITE,
        /** Make topics of such names. */
        CREATE,
        /** See that it is there. */
        DESCRIBE,
        /** See its configuration. */
        DESCRIBE_CONFIGS;

        /** Kafka's own word for it. */
        public String word() {
            return switch (this) {
                case READ -> "Read";
                case WRITE -> "Write";
                case CREATE -> "Create";
                case DESCRIBE -> "Describe";
                case DESCRIBE_CONFIGS -> "DescribeConfigs";
            };
        }
    }
}
