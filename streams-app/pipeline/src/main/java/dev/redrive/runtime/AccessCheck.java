package dev.redrive.runtime;

import dev.redrive.runtime.AccessPlan.Access;
import dev.redrive.runtime.AccessPlan.Access.Operation;
import dev.redrive.runtime.AccessPlan.Access.Pattern;
import dev.redrive.runtime.Finding.AccessFinding;
import dev.redrive.runtime.TopicAdmin.Answer;
import dev.redrive.state.StoreNames;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.GroupAuthorizationException;
import org.apache.kafka.common.errors.TopicAuthorizationException;

/**
 * Finds the rights that a pipeline needs and this client lacks, without the right to list ACLs.
 *
 * <p>For existing topics brokers return what the client may do. The other rights are tried without lasting effect: a
 * topic is created for validation only; an offset is committed for a topic that does not exist, which is refused for
 * that reason, or earlier for a missing right; the producer of a unique transactional id is initialised, which leaves
 * one small entry that expires. Write access to internal topics can be checked only after the pipeline has created
 * them.
 *
 * <p>Only a refusal is a finding; what a cluster cannot answer is ignored.
 */
final class AccessCheck {

    private static final String PROBE = "access-probe";

    private final Admin admin;
    private final long timeoutMs;
    private final List<Access> rules;
    private final Map<String, KafkaFuture<TopicDescription>> topics;
    private final Set<AccessFinding> missing = new HashSet<>();

    private AccessCheck(Admin admin, long timeoutMs, List<Access> rules) {
        this.admin = admin;
        this.timeoutMs = timeoutMs;
        this.rules = rules;
        List<String> names = rules.stream().flatMap(AccessCheck::topicsOf).toList();
        this.topics = admin.describeTopics(names, new DescribeTopicsOptions().includeAuthorizedOperations(true))
                .topicNameValues();
    }

    /** Returns the missing rights, in the order of the rules. */
    static List<AccessFinding> missing(Admin admin, long timeoutMs, List<Access> rules) {
        return new AccessCheck(admin, timeoutMs, rules).run();
    }

    private List<AccessFinding> run() {
        for (Access rule : rules) {
            switch (rule.resource()) {
                case TOPIC -> topic(rule);
                case GROUP -> group(rule);
                case TRANSACTIONAL_ID -> transactionalId(rule);
            }
        }
        List<AccessFinding> inOrder = new ArrayList<>();
        for (Access rule : rules) {
            rule.operations().stream()
                    .map(operation -> AccessFinding.of(rule, operation))
                    .filter(missing::contains)
                    .forEach(inOrder::add);
        }
        return inOrder;
    }

    /** Returns the topic itself; for internal topics, all that the pipeline may create. */
    private static Stream<String> topicsOf(Access rule) {
        if (rule.resource() != Access.Resource.TOPIC) {
            return Stream.empty();
        }
        return rule.pattern() == Pattern.LITERAL
                ? Stream.of(rule.name())
                : Stream.concat(StoreNames.OF_USERS.stream(), StoreNames.OF_RATES.stream())
                        .map(store -> rule.name() + store + "-changelog");
    }

    private void topic(Access rule) {
        topicsOf(rule).forEach(topic -> described(rule, topic));
        if (rule.operations().contains(Operation.CREATE)) {
            create(rule);
        }
    }

    private void described(Access rule, String topic) {
        Answer<TopicDescription> answer = Answer.of(Objects.requireNonNull(topics.get(topic)), timeoutMs);
        Set<Operation> asked = EnumSet.copyOf(rule.operations());
        asked.remove(Operation.CREATE);
        if (answer.refused()) {
            // A right to read or write includes DESCRIBE; DESCRIBE_CONFIGS is separate.
            if (asked.contains(Operation.DESCRIBE_CONFIGS) && mayDescribeConfigs(topic)) {
                asked.remove(Operation.DESCRIBE_CONFIGS);
            }
            asked.forEach(operation -> add(rule, operation));
        }
        TopicDescription description = answer.value();
        Set<AclOperation> allowed = description == null ? null : description.authorizedOperations();
        if (allowed != null) {
            asked.stream()
                    .filter(operation -> !allowed.contains(AclOperation.valueOf(operation.name())))
                    .forEach(operation -> add(rule, operation));
        }
    }

    private boolean mayDescribeConfigs(String topic) {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        return !Answer.of(admin.describeConfigs(List.of(resource)).all(), timeoutMs)
                .refused();
    }

    private void create(Access rule) {
        NewTopic probe = new NewTopic(rule.name() + PROBE, Optional.empty(), Optional.empty());
        CreateTopicsOptions noMore = new CreateTopicsOptions().validateOnly(true);
        if (Answer.of(admin.createTopics(List.of(probe), noMore).all(), timeoutMs)
                .refused()) {
            add(rule, Operation.CREATE);
        }
    }

    /** Checks the group and the internal topics in one request. */
    private void group(Access rule) {
        for (Access internal : rules) {
            if (internal.resource() == Access.Resource.TOPIC && internal.pattern() == Pattern.PREFIXED) {
                commit(rule, internal);
            }
        }
    }

    private void commit(Access group, Access internal) {
        TopicPartition none = new TopicPartition(internal.name() + PROBE, 0);
        Map<TopicPartition, OffsetAndMetadata> offset = new HashMap<>();
        offset.put(none, new OffsetAndMetadata(0));
        Throwable failure = Answer.of(
                        admin.alterConsumerGroupOffsets(group.name(), offset).partitionResult(none), timeoutMs)
                .failure();
        if (failure instanceof GroupAuthorizationException) {
            add(group, Operation.READ);
        } else if (failure instanceof TopicAuthorizationException) {
            add(internal, Operation.READ);
        }
    }

    private void transactionalId(Access rule) {
        if (Answer.of(admin.fenceProducers(List.of(rule.name() + PROBE)).all(), timeoutMs)
                .refused()) {
            add(rule, Operation.WRITE);
        }
    }

    private void add(Access rule, Operation operation) {
        missing.add(AccessFinding.of(rule, operation));
    }
}
