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
 * The least that each party to a pipeline must be allowed: the pipeline itself, the batch systems that publish failures,
 * the workers that make attempts, people and tools that read what came of it, and operators who
 * look at what is pending and give commands. The pipeline writes its inputs too, for it moves records to their key's
 * partition, and makes its own internal topics and no other.
 *
 * @param pipeline the principal of the pipeline; the names of the others are it and a word
 * @param rules what each may do
 */
public record AccessPlan(String pipeline, List<Access> rules) {

    private static final List<Operation> READ = List.of(Operation.READ);
    private static final List<Operation> WRITE = List.of(Operation.WRITE);

    /** Copies the list. */
    public AccessPlan {
        rules = List.copyOf(rules);
    }

    /**
     * The least that a pipeline and those around it need.
     *
     * @param plan the topics
     * @param applicationId the pipeline's group; the names of its internal topics and transactional ids begin with it
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
        // What is pending stands nowhere but in the changelog of the due queue.
        seen.add(StoreNames.changelog(applicationId, StoreNames.DUE));
        topics(principal + "-operators", READ, seen, rules);
        ownGroups(principal + "-operators", rules);
        return new AccessPlan(principal, rules);
    }

    private static void pipeline(TopicPlan plan, String applicationId, String principal, List<Access> into) {
        Set<String> read = Set.copyOf(plan.names(Use.PIPELINE_READS));
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
        into.add(new Access(principal, Resource.TRANSACTIONAL_ID, own, Pattern.PREFIXED, WRITE));
    }

    private static void topics(String principal, List<Operation> operations, List<String> topics, List<Access> into) {
        topics.forEach(topic -> into.add(new Access(principal, Resource.TOPIC, topic, Pattern.LITERAL, operations)));
    }

    private static void ownGroups(String principal, List<Access> into) {
        into.add(new Access(principal, Resource.GROUP, principal, Pattern.PREFIXED, READ));
    }

    /** The rules of the pipeline itself. */
    public List<Access> ofPipeline() {
        return rules.stream().filter(rule -> rule.principal().equals(pipeline)).toList();
    }

    /** The rules of each principal, in the order of their names. */
    public Map<String, List<Access>> byPrincipal() {
        Map<String, List<Access>> byPrincipal = new TreeMap<>();
        rules.forEach(rule -> byPrincipal
                .computeIfAbsent(rule.principal(), missing -> new ArrayList<>())
                .add(rule));
        return byPrincipal;
    }

    /**
     * One thing that a principal may do: some operations on one resource.
     *
     * @param principal who, without {@code User:}
     * @param resource on what kind of thing
     * @param name the thing's name, or what the names of several begin with
     * @param pattern how the name is to be read
     * @param operations what, in order
     */
    public record Access(
            String principal, Resource resource, String name, Pattern pattern, List<Operation> operations) {

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
}
