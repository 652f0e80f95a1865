package dev.redrive.runtime;

import dev.redrive.runtime.TopicAdminException.Reason;
import dev.redrive.runtime.TopicCreation.Result;
import dev.redrive.runtime.TopicListing.State;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;

/**
 * Makes the topics of a plan, and says how those on the cluster differ from it.
 *
 * <p>Every question to the cluster is bounded by the timeout given; {@link #create} asks three. It may be used by many threads; close it when done.
 */
public final class TopicAdmin implements AutoCloseable {

    private static final long SEEN_PAUSE_MS = 50;

    private final Admin admin;
    private final String bootstrapServers;
    private final long timeoutMs;

    /**
     * Connects lazily: an unreachable broker shows at the first call.
     *
     * @param clientConfig Kafka admin client configuration, with {@code bootstrap.servers}
     * @param timeout longest time that one question may take; from 1 s to 10 min
     * @throws TopicAdminException {@code FAILED} if the configuration cannot make a client
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
     * Makes the topics that are missing, and waits until they can be seen; what is there already is never changed. Asking
     * twice makes nothing more.
     *
     * @return one result per topic, in the plan's order
     * @throws TopicAdminException if the cluster cannot be asked, or does not show a topic that it made
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
        return listUntilSeen(plan, made).stream()
                .map(listing -> made.getOrDefault(listing.definition().name(), existing(listing)))
                .toList();
    }

    /** What came of it; {@code null} when somebody else had made the topic meanwhile, or it was not seen before. */
    private @Nullable TopicCreation created(TopicDefinition topic, KafkaFuture<Void> future) {
        Throwable failure = answer(future).failure();
        if (failure == null) {
            return new TopicCreation(topic.name(), Result.CREATED, "", List.of());
        }
        if (failure instanceof TopicExistsException) {
            return null;
        }
        if (unreachable(failure)) {
            throw failed(failure);
        }
        return new TopicCreation(topic.name(), Result.REFUSED, describe(failure), List.of());
    }

    /** Asks again while a topic that exists is not shown: a broker may learn of it later than the controller. */
    private List<TopicListing> listUntilSeen(TopicPlan plan, Map<String, TopicCreation> made) {
        long startNs = System.nanoTime();
        while (true) {
            List<TopicListing> listings = list(plan);
            boolean all =
                    listings.stream().allMatch(listing -> listing.state() != State.MISSING || refused(listing, made));
            if (all) {
                return listings;
            }
            if (System.nanoTime() - startNs > TimeUnit.MILLISECONDS.toNanos(timeoutMs)) {
                throw failed(new TimeoutException("topics were made, and are not shown"));
            }
            pause();
        }
    }

    private static boolean refused(TopicListing listing, Map<String, TopicCreation> made) {
        TopicCreation creation = made.get(listing.definition().name());
        return creation != null && creation.result() == Result.REFUSED;
    }

    private void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(SEEN_PAUSE_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failed(e);
        }
    }

    private static TopicCreation existing(TopicListing listing) {
        List<TopicFinding> findings = TopicComparison.of(listing);
        String name = listing.definition().name();
        if (listing.state() == State.NOT_AUTHORIZED) {
            return new TopicCreation(name, Result.REFUSED, "the client may not look at the topic", findings);
        }
        return new TopicCreation(name, findings.isEmpty() ? Result.EXISTS : Result.DIFFERS, "", findings);
    }

    /**
     * Says how the topics on the cluster differ from the plan.
     *
     * @return the findings in the plan's order; none when all is well
     * @throws TopicAdminException if the cluster cannot be asked
     */
    public List<TopicFinding> check(TopicPlan plan) {
        return list(plan).stream()
                .flatMap(listing -> TopicComparison.of(listing).stream())
                .toList();
    }

    /**
     * Shows the planned topics as they stand on the cluster.
     *
     * @return one listing per topic, in the plan's order
     * @throws TopicAdminException if the cluster cannot be asked
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

    /** Either a value or what went wrong; a future of nothing has neither when all is well. */
    private record Answer<T>(@Nullable T value, @Nullable Throwable failure) {}

    private <T> Answer<T> answer(KafkaFuture<T> future) {
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

    private static boolean unreachable(Throwable failure) {
        return failure instanceof org.apache.kafka.common.errors.TimeoutException
                || failure instanceof TimeoutException
                || failure instanceof InterruptedException;
    }

    private TopicAdminException failed(Throwable failure) {
        if (unreachable(failure)) {
            return new TopicAdminException(
                    Reason.UNREACHABLE,
                    "no broker at " + bootstrapServers + " answered within " + timeoutMs
                            + " ms; check that it runs and that bootstrap.servers names it",
                    failure);
        }
        if (failure instanceof AuthorizationException || failure instanceof AuthenticationException) {
            return new TopicAdminException(
                    Reason.NOT_AUTHORIZED,
                    "the cluster at " + bootstrapServers + " refused this client: " + describe(failure),
                    failure);
        }
        return new TopicAdminException(
                Reason.FAILED, "the cluster at " + bootstrapServers + " answered: " + describe(failure), failure);
    }

    private static String describe(Throwable failure) {
        return failure.getClass().getSimpleName() + ": " + failure.getMessage();
    }

    @Override
    public void close() {
        admin.close(Duration.ofSeconds(5));
    }
}
