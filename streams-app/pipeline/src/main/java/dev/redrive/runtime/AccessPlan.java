package dev.redrive.runtime;

import dev.redrive.runtime.AccessPlan.Access.Operation;
import dev.redrive.runtime.AccessPlan.Access.Pattern;
import dev.redrive.runtime.AccessPlan.Access.Resource;
import dev.redrive.runtime.Topic.Use;
import dev.redrive.runtime.TopicPlan.TopicDefinition;
import dev.redrive.state.StoreNames;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The minimum rights of each party to a pipeline: the pipeline itself, the batch systems that publish failures, the
 * workers that make attempts, people and tools that read the results, and operators who inspect pending jobs and issue
 * commands. The pipeline also writes its inputs, to move records to their key's partition and as its server, which
 * reads its outputs; it creates only its own internal topics.
 *
 * @param pipeline the principal of the pipeline; the names of the others are it with a suffix
 * @param rules the rights of each principal
 */
public record AccessPlan(String pipeline, List<Access> rules) {

    private static final List<Operation> READ = List.of(Operation.READ);
    private static final List<Operation> WRITE = List.of(Operation.WRITE);

    /** Copies the list. */
    public AccessPlan {
        rules = List.copyOf(rules);
    }

    /**
     * Returns the minimum rights for a pipeline and its clients.
     *
     * @param plan the topics
     * @param applicationId the pipeline's group; prefix of its internal topics and transactional ids
     * @param principal the pipeline's principal, without {@code User:}
     */
    public static AccessPlan of(TopicPlan plan, String applicationId, String principal) {
        List<Access> rules = new ArrayList<>();
        pipeline(plan, applicationId, principal, rules);
        topics(principal + "-publishers", WRITE, plan.names(Use.PUBLISHERS_WRITE), rules);
        topics(principal + "-workers", READ, plan.names(Use.WORKERS_READ), rules);
        topics(principal + "-workers", WRITE, plan.names(Use.WORKERS_WRITE), rules);
        ownGroups(principal + "-workers", rules);
        topics(principal + "-readers", READ, plan.names(Use.READERS_READ), rules);
        ownGroups(principal + "-readers", rules);
        topics(principal + "-operators", WRITE, plan.names(Use.OPERATORS_WRITE), rules);
        List<String> seen = new ArrayList<>(new TreeSet<>(plan.names(Use.OPERATORS_READ)));
        // Pending retries exist only in the changelog of the due queue.
        seen.add(StoreNames.changelog(applicationId, StoreNames.DUE));
        topics(principal + "-operators", READ, seen, rules);
        ownGroups(principal + "-operators", rules);
        return new AccessPlan(principal, rules);
    }

    private static void pipeline(TopicPlan plan, String applicationId, String principal, List<Access> into) {
        Set<String> read = new TreeSet<>(plan.names(Use.PIPELINE_READS));
        read.addAll(plan.names(Use.SERVER_READS));
        for (TopicDefinition topic : plan.topics()) {
            // The configuration of each topic is checked at every start.
            Set<Operation> operations = EnumSet.of(Operation.DESCRIBE_CONFIGS, Operation.WRITE);
            if (read.contains(topic.name())) {
                operations.add(Operation.READ);
            }
            into.add(new Access(
                    principal, Resource.TOPIC, topic.name(), Pattern.LITERAL, List.copyOf(new TreeSet<>(operations))));
        }
        String own = applicationId + "-";
        into.add(new Access(
                principal,
                Resource.TOPIC,
                own,
                Pattern.PREFIXED,
                List.of(Operation.READ, Operation.WRITE, Operation.CREATE)));
        into.add(new Access(principal, Resource.GROUP, applicationId, Pattern.LITERAL, READ));
        into.add(new Access(principal, Resource.GROUP, own, Pattern.PREFIXED, READ));
        into.add(new Access(principal, Resource.TRANSACTIONAL_ID, own, Pattern.PREFIXED, WRITE));
    }

    private static void topics(String principal, List<Operation> operations, List<String> topics, List<Access> into) {
        topics.forEach(topic -> into.add(new Access(principal, Resource.TOPIC, topic, Pattern.LITERAL, operations)));
    }

    private static void ownGroups(String principal, List<Access> into) {
        into.add(new Access(principal, Resource.GROUP, principal, Pattern.PREFIXED, READ));
    }

    /** Returns the rules of the pipeline itself. */
    public List<Access> ofPipeline() {
        return rules.stream().filter(rule -> rule.principal().equals(pipeline)).toList();
    }

    /** Returns the rules of each principal, sorted by name. */
    public Map<String, List<Access>> byPrincipal() {
        Map<String, List<Access>> byPrincipal = new TreeMap<>();
        rules.forEach(rule -> byPrincipal
                .computeIfAbsent(rule.principal(), missing -> new ArrayList<>())
                .add(rule));
        return byPrincipal;
    }

    /**
     * The operations that a principal may perform on one resource.
     *
     * @param principal the principal, without {@code User:}
     * @param resource the kind of resource
     * @param name the resource's name, or the prefix of several names
     * @param pattern how the name is matched
     * @param operations the operations, in order
     */
    public record Access(
            String principal, Resource resource, String name, Pattern pattern, List<Operation> operations) {

        /** Copies the list. */
        public Access {
            operations = List.copyOf(operations);
        }

        /** Kinds of resources. */
        public enum Resource {
            /** A topic. */
            TOPIC,
            /** A consumer group. */
            GROUP,
            /** A producer's transactional id. */
            TRANSACTIONAL_ID
        }

        /** How a name is matched. */
        public enum Pattern {
            /** Exactly. */
            LITERAL,
            /** As a prefix. */
            PREFIXED
        }

        /** Kafka's operations, as far as they are needed; READ and WRITE include DESCRIBE. */
        public enum Operation {
            /** Read records, or take part in a group. */
            READ,
            /** Write records, or use a transactional id. */
            WRITE,
            /** Create topics of such names. */
            CREATE,
            /** See that the resource exists. */
            DESCRIBE,
            /** Read its configuration. */
            DESCRIBE_CONFIGS;

            /** Returns Kafka's name of the operation. */
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
}
