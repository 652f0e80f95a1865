package dev.redrive.runtime;

import dev.redrive.runtime.AccessPlan.Access;
import dev.redrive.runtime.Finding.AccessFinding;
import dev.redrive.runtime.Finding.TopicFinding;
import dev.redrive.runtime.TopicAdmin.TopicAdminException.Reason;
import dev.redrive.runtime.TopicAdmin.TopicCreation.Result;
import dev.redrive.runtime.TopicAdmin.TopicListing.State;
import dev.redrive.runtime.TopicPlan.TopicDefinition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.SslAuthenticationException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;

/**
 * Creates the topics of a plan, and compares those on the cluster with it.
 *
 * <p>Each request to the cluster is bounded by the given timeout; {@link #create} sends three. Safe for use by several
 * threads; close it when done.
 */
public final class TopicAdmin implements AutoCloseable {

    private static final long PAUSE_MS = 100;

    /** Placeholder principal: brokers identify a client by its connection, whatever its name. */
    private static final String THIS_CLIENT = "";

    private final Admin admin;
    private final String bootstrapServers;
    private final long timeoutMs;

    /**
     * Connects lazily: an unreachable broker fails the first call.
     *
     * @param clientConfig Kafka admin client configuration, with {@code bootstrap.servers}
     * @param timeout maximum duration of one request; from 1 s to 10 min
     * @throws TopicAdminException {@code FAILED} if the configuration is not valid for a client
     */
    public TopicAdmin(Map<String, ?> clientConfig, Duration timeout) {
        if (timeout.compareTo(Duration.ofSeconds(1)) < 0 || timeout.compareTo(Duration.ofMinutes(10)) > 0) {
            throw new IllegalArgumentException("the timeout is from 1 s to 10 min: " + timeout);
        }
        this.timeoutMs = timeout.toMillis();
        this.bootstrapServers = Objects.toString(
                clientConfig.get(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG), "(no bootstrap.servers)");
        Map<String, Object> config = new HashMap<>(clientConfig);
        config.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, (int) timeoutMs);
        config.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, (int) Math.max(1, timeoutMs / 2));
        try {
            this.admin = Admin.create(config);
        } catch (KafkaException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new TopicAdminException(
                    Reason.FAILED, "no client for " + bootstrapServers + ": " + cause.getMessage(), e);
        }
    }

    /**
     * Creates the missing topics, and waits until they are visible and the leader of each new partition responds;
     * existing topics are never changed. Idempotent.
     *
     * @return one result per topic, in the plan's order
     * @throws TopicAdminException if the cluster cannot be queried, or a created topic does not become visible or get a
     *     leader
     */
    public List<TopicCreation> create(TopicPlan plan) {
        List<TopicDefinition> missing = list(plan).stream()
                .filter(listing -> listing.state() == State.MISSING)
                .map(TopicListing::definition)
                .toList();
        Map<String, KafkaFuture<Void>> futures = admin.createTopics(
                        missing.stream().map(TopicDefinition::toNewTopic).toList(),
                        new CreateTopicsOptions().timeoutMs((int) timeoutMs))
                .values();
        Map<String, TopicCreation> made = new HashMap<>();
        for (TopicDefinition topic : missing) {
            TopicCreation creation = created(topic, Objects.requireNonNull(futures.get(topic.name())));
            if (creation != null) {
                made.put(topic.name(), creation);
            }
        }
        List<TopicListing> seen = listUntilSeen(plan, made);
        awaitLeaders(seen.stream()
                .filter(listing -> listing.state() == State.PRESENT
                        && made.containsKey(listing.definition().name()))
                .toList());
        return seen.stream()
                .map(listing -> made.getOrDefault(listing.definition().name(), existing(listing)))
                .toList();
    }

    /** Returns the result; {@code null} if another client created the topic meanwhile, or it was not visible before. */
    private @Nullable TopicCreation created(TopicDefinition topic, KafkaFuture<Void> future) {
        Throwable failure = answer(future).failure();
        if (failure == null) {
            return new TopicCreation(topic.name(), Result.CREATED, "", List.of());
        }
        if (failure instanceof TopicExistsException) {
            return null;
        }
        TopicAdminException refusal = failed(failure);
        if (refusal.reason() == Reason.UNREACHABLE) {
            throw refusal;
        }
        return new TopicCreation(topic.name(), Result.REFUSED, TopicAdminException.describe(failure), List.of());
    }

    /** Repeats the request while an existing topic is not visible. */
    private List<TopicListing> listUntilSeen(TopicPlan plan, Map<String, TopicCreation> made) {
        Predicate<List<TopicListing>> seen = listings ->
                listings.stream().allMatch(listing -> listing.state() != State.MISSING || refused(listing, made));
        List<TopicListing> listings = patience(Duration.ofMillis(timeoutMs)).ask(() -> list(plan), seen);
        if (!seen.test(listings)) {
            throw failed(new TimeoutException("topics were made, and are not shown"));
        }
        return listings;
    }

    /**
     * Requests the end offset of every partition from its leader; the client retries while a broker does not lead yet.
     *
     * <p>Records that are sent before a leader responds may be lost: of two requests in flight the first is refused and
     * the second, which finds a leader by then, sets the sequence that the first can no longer precede (KAFKA-15591,
     * before Kafka 4.5).
     */
    private void awaitLeaders(List<TopicListing> topics) {
        Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
        for (TopicListing topic : topics) {
            for (int partition = 0; partition < topic.partitions(); partition++) {
                ends.put(new TopicPartition(topic.definition().name(), partition), OffsetSpec.latest());
            }
        }
        Throwable failure = answer(admin.listOffsets(ends).all()).failure();
        if (failure != null) {
            throw failed(failure);
        }
    }

    private Patience patience(Duration longest) {
        return new Patience(longest, System::nanoTime, this::pause);
    }

    private static boolean refused(TopicListing listing, Map<String, TopicCreation> made) {
        TopicCreation creation = made.get(listing.definition().name());
        return creation != null && creation.result() == Result.REFUSED;
    }

    private void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(PAUSE_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failed(e);
        }
    }

    private static TopicCreation existing(TopicListing listing) {
        List<TopicFinding> findings = TopicComparison.of(listing);
        String name = listing.definition().name();
        if (listing.state() == State.NOT_AUTHORIZED) {
            return new TopicCreation(name, Result.REFUSED, "the client may not describe the topic", findings);
        }
        return new TopicCreation(name, findings.isEmpty() ? Result.EXISTS : Result.DIFFERS, "", findings);
    }

    /**
     * Compares the topics on the cluster with the plan.
     *
     * @return the findings in the plan's order; empty if there are none
     * @throws TopicAdminException if the cluster cannot be queried
     */
    public List<TopicFinding> check(TopicPlan plan) {
        return list(plan).stream()
                .flatMap(listing -> TopicComparison.of(listing).stream())
                .toList();
    }

    /**
     * Compares the topics with the plan, and finds the rights that the pipeline needs and this client lacks.
     *
     * @param applicationId the pipeline's group; prefix of its internal topics and transactional ids
     * @param patience how long requests are repeated while topics or rights are missing, since a broker may learn of
     *     both late; zero sends one
     * @return the findings about topics, then those about rights; empty if there are none
     * @throws TopicAdminException if the cluster cannot be queried
     */
    public List<Finding> check(TopicPlan plan, String applicationId, Duration patience) {
        List<Access> needed = AccessPlan.of(plan, applicationId, THIS_CLIENT).ofPipeline();
        return patience(patience).ask(() -> findings(plan, needed), TopicAdmin::settled);
    }

    private List<Finding> findings(TopicPlan plan, List<Access> needed) {
        List<TopicFinding> topics = check(plan);
        List<AccessFinding> rights = AccessCheck.missing(admin, timeoutMs, needed);
        Set<String> named = rights.stream().map(AccessFinding::name).collect(Collectors.toSet());
        List<Finding> findings = new ArrayList<>();
        // For a topic that may not be described, the missing right is reported.
        topics.stream()
                .filter(finding ->
                        finding.reason() != TopicFinding.Reason.NOT_AUTHORIZED || !named.contains(finding.topic()))
                .forEach(findings::add);
        findings.addAll(rights);
        return List.copyOf(findings);
    }

    private static boolean settled(List<Finding> findings) {
        return findings.stream()
                .noneMatch(finding -> finding instanceof AccessFinding
                        || (finding instanceof TopicFinding topic
                                && (topic.reason() == TopicFinding.Reason.MISSING
                                        || topic.reason() == TopicFinding.Reason.NOT_AUTHORIZED)));
    }

    /**
     * Returns the planned topics as they are on the cluster.
     *
     * @return one listing per topic, in the plan's order
     * @throws TopicAdminException if the cluster cannot be queried
     */
    public List<TopicListing> list(TopicPlan plan) {
        List<String> names = plan.topics().stream().map(TopicDefinition::name).toList();
        Map<String, KafkaFuture<TopicDescription>> descriptions =
                admin.describeTopics(names).topicNameValues();
        Map<ConfigResource, KafkaFuture<Config>> configs = admin.describeConfigs(
                        names.stream().map(TopicAdmin::resource).toList())
                .values();
        List<TopicListing> listings = new ArrayList<>();
        for (TopicDefinition topic : plan.topics()) {
            listings.add(listing(
                    topic,
                    Objects.requireNonNull(descriptions.get(topic.name())),
                    Objects.requireNonNull(configs.get(resource(topic.name())))));
        }
        return List.copyOf(listings);
    }

    private TopicListing listing(
            TopicDefinition topic, KafkaFuture<TopicDescription> description, KafkaFuture<Config> config) {
        Answer<TopicDescription> described = answer(description);
        Answer<Config> configured = answer(config);
        Throwable failure = described.failure() == null ? configured.failure() : described.failure();
        if (failure instanceof UnknownTopicOrPartitionException) {
            return TopicListing.absent(topic, State.MISSING);
        }
        if (failure instanceof AuthorizationException) {
            return TopicListing.absent(topic, State.NOT_AUTHORIZED);
        }
        if (failure != null) {
            throw failed(failure);
        }
        TopicDescription found = Objects.requireNonNull(described.value());
        Map<String, String> values = new HashMap<>();
        for (ConfigEntry entry : Objects.requireNonNull(configured.value()).entries()) {
            if (entry.value() != null) {
                values.put(entry.name(), entry.value());
            }
        }
        int replicas = found.partitions().get(0).replicas().size();
        return new TopicListing(topic, State.PRESENT, found.partitions().size(), replicas, values);
    }

    private static ConfigResource resource(String topic) {
        return new ConfigResource(ConfigResource.Type.TOPIC, topic);
    }

    private <T> Answer<T> answer(KafkaFuture<T> future) {
        return Answer.of(future, timeoutMs);
    }

    private TopicAdminException failed(Throwable failure) {
        return TopicAdminException.of(failure, bootstrapServers, timeoutMs);
    }

    @Override
    public void close() {
        admin.close(Duration.ofSeconds(5));
    }

    /**
     * One planned topic as it is on the cluster.
     *
     * @param definition the plan
     * @param state whether it is visible
     * @param partitions number of partitions; 0 unless present
     * @param replicationFactor of its first partition; 0 unless present
     * @param configs its effective configuration by Kafka's names; empty unless present
     */
    public record TopicListing(
            TopicDefinition definition,
            State state,
            int partitions,
            int replicationFactor,
            Map<String, String> configs) {

        /** Whether it is visible. */
        public enum State {
            /** It exists. */
            PRESENT,
            /** It does not exist. */
            MISSING,
            /** The client may not describe the topic. */
            NOT_AUTHORIZED
        }

        /** Copies the configuration. */
        public TopicListing {
            configs = Map.copyOf(configs);
        }

        static TopicListing absent(TopicDefinition definition, State state) {
            return new TopicListing(definition, state, 0, 0, Map.of());
        }
    }

    /**
     * The result of creating one topic.
     *
     * @param topic the topic
     * @param result the result
     * @param detail why it was refused, for people; empty otherwise
     * @param findings how it differs, for {@code DIFFERS}; empty otherwise
     */
    public record TopicCreation(String topic, Result result, String detail, List<TopicFinding> findings) {

        /** Results; the name is the stable word. */
        public enum Result {
            /** It was created now. */
            CREATED,
            /** It existed as planned. */
            EXISTS,
            /** It existed and differs from the plan; it was not changed. */
            DIFFERS,
            /** The cluster refused to create or describe it. */
            REFUSED
        }

        /** Copies the list. */
        public TopicCreation {
            findings = List.copyOf(findings);
        }
    }

    /**
     * Repeats a request while its answer may still change: a broker learns of topics and rights later than the
     * controller.
     *
     * @param longest maximum duration from the first request on; afterwards the last answer is final
     * @param nanos a monotonic clock, in nanoseconds
     * @param pause waits between two requests
     */
    record Patience(Duration longest, LongSupplier nanos, Runnable pause) {

        /** Returns the first settled answer, or the last one. */
        <T> T ask(Supplier<T> question, Predicate<T> settled) {
            long startNs = nanos.getAsLong();
            while (true) {
                T answer = question.get();
                if (settled.test(answer) || nanos.getAsLong() - startNs >= longest.toNanos()) {
                    return answer;
                }
                pause.run();
            }
        }
    }

    /**
     * The answer of a cluster.
     *
     * @param value the answer; {@code null} on failure, and for an answer without content
     * @param failure the failure; {@code null} if there is none
     */
    record Answer<T>(@Nullable T value, @Nullable Throwable failure) {

        /** Waits for the answer; an interruption stays set and is a failure. */
        static <T> Answer<T> of(KafkaFuture<T> future, long timeoutMs) {
            try {
                return new Answer<>(future.get(timeoutMs, TimeUnit.MILLISECONDS), null);
            } catch (ExecutionException e) {
                return new Answer<>(null, e.getCause() == null ? e : e.getCause());
            } catch (TimeoutException e) {
                return new Answer<>(null, e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return new Answer<>(null, e);
            }
        }

        boolean refused() {
            return failure instanceof AuthorizationException;
        }
    }

    /** The cluster could not be queried about topics at all; a problem of one topic is a {@link TopicFinding}. */
    public static final class TopicAdminException extends RuntimeException {

        /** The reason; the name is the stable word. */
        public enum Reason {
            /** No broker responded in time. */
            UNREACHABLE,
            /** Authentication of the client or the broker failed. */
            NOT_AUTHENTICATED,
            /** The client lacks the right to ask. */
            NOT_AUTHORIZED,
            /** The cluster returned another error; see the cause. */
            FAILED
        }

        private final Reason reason;

        TopicAdminException(Reason reason, String message, Throwable cause) {
            super(message, cause);
            this.reason = reason;
        }

        /** Converts a failure of a request to a message for people. */
        static TopicAdminException of(Throwable failure, String bootstrapServers, long timeoutMs) {
            String cluster = "the cluster at " + bootstrapServers;
            if (failure instanceof TimeoutException
                    || failure instanceof org.apache.kafka.common.errors.TimeoutException
                    || failure instanceof InterruptedException) {
                String message = "no broker at " + bootstrapServers + " answered within " + timeoutMs
                        + " ms; check that it runs and that bootstrap.servers names it";
                return new TopicAdminException(Reason.UNREACHABLE, message, failure);
            }
            if (failure instanceof SslAuthenticationException) {
                String message = "no secure connection to " + cluster + ": " + describe(root(failure))
                        + "; check ssl.truststore.* and that the broker's certificate names its host";
                return new TopicAdminException(Reason.NOT_AUTHENTICATED, message, failure);
            }
            if (failure instanceof AuthenticationException) {
                String message = cluster + " does not take this client's credentials: " + describe(failure)
                        + "; check sasl.mechanism and sasl.jaas.config";
                return new TopicAdminException(Reason.NOT_AUTHENTICATED, message, failure);
            }
            if (failure instanceof AuthorizationException) {
                return new TopicAdminException(
                        Reason.NOT_AUTHORIZED, cluster + " refused this client: " + describe(failure), failure);
            }
            return new TopicAdminException(Reason.FAILED, cluster + " answered: " + describe(failure), failure);
        }

        static String describe(Throwable failure) {
            return failure.getClass().getSimpleName() + ": " + failure.getMessage();
        }

        /** Returns the root cause of a failure. */
        static Throwable root(Throwable failure) {
            Throwable root = failure;
            while (root.getCause() != null) {
                root = root.getCause();
            }
            return root;
        }

        /** Returns the reason. */
        public Reason reason() {
            return reason;
        }
    }
}
