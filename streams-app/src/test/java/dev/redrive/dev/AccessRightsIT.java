package dev.redrive.dev;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.redrive.config.ConfigLoader;
import dev.redrive.config.RedriveConfig;
import dev.redrive.publish.ApiResponse;
import dev.redrive.publish.FailurePublisher;
import dev.redrive.publish.JobContext;
import dev.redrive.runtime.Access;
import dev.redrive.runtime.AccessPlan;
import dev.redrive.runtime.Readiness;
import dev.redrive.runtime.RedrivePipeline;
import dev.redrive.runtime.TopicAdmin;
import dev.redrive.runtime.TopicFinding;
import dev.redrive.runtime.TopicPlan;
import dev.redrive.runtime.Wiring;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The access rights that are exported, held against a broker that enforces them. */
class AccessRightsIT {

    private static final Duration TIMEOUT = Duration.ofSeconds(60);
    private static final List<String> PRINCIPALS = List.of(
            "admin", "redrive", "redrive-publishers", "redrive-workers", "redrive-readers", "redrive-operators");

    @TempDir
    Path directory;

    private EmbeddedBroker broker;
    private DevRegistry registry;
    private RedriveConfig config;

    @BeforeEach
    void start() throws Exception {
        broker = EmbeddedBroker.start(
                directory.resolve("broker"), LoopbackPorts.free(), LoopbackPorts.free(), enforcing());
        registry = DevRegistry.start(directory.resolve("registry"), 0);
        config = ConfigLoader.load(configFile(), Map.of());
        TopicPlan topics = Wiring.topics(config);
        try (TopicAdmin admin = new TopicAdmin(client("admin"), TIMEOUT)) {
            admin.create(topics);
        }
        try (Admin admin = Admin.create(client("admin"))) {
            List<AclBinding> granted = AccessPlan.of(topics, config.applicationId(), "redrive").rules().stream()
                    .flatMap(AccessRightsIT::bindings)
                    .toList();
            admin.createAcls(granted).all().get();
            awaitOnBroker(admin, granted);
        }
    }

    /** Waits until the broker itself knows the rights: the controller that took them tells it a moment later. */
    private static void awaitOnBroker(Admin admin, List<AclBinding> granted) throws Exception {
        long start = System.nanoTime();
        while (!admin.describeAcls(AclBindingFilter.ANY).values().get().containsAll(granted)) {
            assertThat(System.nanoTime() - start).isLessThan(TIMEOUT.toNanos());
        }
    }

    @AfterEach
    void stop() {
        registry.close();
        broker.close();
    }

    @Test
    void shouldSufficeForTheWholeWayOfAFailure() throws Exception {
        try (TopicAdmin admin = new TopicAdmin(client("redrive"), TIMEOUT);
                RedrivePipeline pipeline = Wiring.pipeline(config, null);
                KafkaConsumer<byte[], byte[]> ready = consumer("redrive-workers", "retry.ready");
                KafkaConsumer<byte[], byte[]> dead = consumer("redrive-readers", "dead-letters")) {
            assertThat(admin.check(Wiring.topics(config)))
                    .filteredOn(finding -> finding.reason().blocking())
                    .extracting(TopicFinding::toString)
                    .isEmpty();
            pipeline.start();
            assertThat(pipeline.awaitRunning(TIMEOUT)).isTrue();

            publish("again", 503);
            publish("never", 400);

            assertThat(first(ready)).isEqualTo(1);
            assertThat(first(dead)).isEqualTo(1);
            assertThat(pipeline.readiness()).isEqualTo(Readiness.READY);
            assertThat(pipeline.otherFailures()).isZero();
        }
    }

    @Test
    void shouldGiveWorkersNoMoreThanTheirOwn() {
        try (KafkaConsumer<byte[], byte[]> dead = consumer("redrive-workers", "dead-letters")) {
            assertThatThrownBy(() -> first(dead)).isInstanceOf(AuthorizationException.class);
        }
        try (KafkaConsumer<byte[], byte[]> ready = consumer("redrive-publishers", "retry.ready")) {
            assertThatThrownBy(() -> first(ready)).isInstanceOf(AuthorizationException.class);
        }
    }

    private void publish(String job, int status) throws Exception {
        try (FailurePublisher publisher = FailurePublisher.create(
                withRegistry(client("redrive-publishers")), config.topics().names())) {
            JobContext context = JobContext.of("user", job, "music", "music.song.generate")
                    .attempt(1)
                    .request("POST", "/v1/music/songs")
                    .idempotencyKey("key-" + job)
                    .build();
            publisher.failed(context, new ApiResponse(status, Map.of(), null)).get();
        }
    }

    private static int first(KafkaConsumer<byte[], byte[]> consumer) {
        long deadline = System.nanoTime() + TIMEOUT.toNanos();
        while (System.nanoTime() - deadline < 0) {
            ConsumerRecords<byte[], byte[]> records = consumer.poll(Duration.ofMillis(200));
            if (!records.isEmpty()) {
                return records.count();
            }
        }
        return 0;
    }

    private KafkaConsumer<byte[], byte[]> consumer(String principal, String topic) {
        Map<String, Object> settings = client(principal);
        settings.put("group.id", principal + "-test");
        settings.put("auto.offset.reset", "earliest");
        settings.put("isolation.level", "read_committed");
        KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        consumer.subscribe(List.of("jobs." + topic));
        return consumer;
    }

    private Map<String, Object> withRegistry(Map<String, Object> client) {
        client.put("schema.registry.url", registry.url());
        return client;
    }

    private Map<String, Object> client(String principal) {
        Map<String, Object> settings = new HashMap<>();
        settings.put("bootstrap.servers", broker.bootstrapServers());
        settings.put("security.protocol", "SASL_PLAINTEXT");
        settings.put("sasl.mechanism", "PLAIN");
        settings.put("sasl.jaas.config", jaas(principal, ""));
        return settings;
    }

    private static String jaas(String principal, String users) {
        return "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"" + principal
                + "\" password=\"p\"" + users + ";";
    }

    private static Map<String, String> enforcing() {
        String users =
                PRINCIPALS.stream().map(name -> " user_" + name + "=\"p\"").collect(Collectors.joining());
        return Map.of(
                "listener.security.protocol.map",
                "PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT",
                "inter.broker.listener.name",
                "PLAINTEXT",
                "sasl.enabled.mechanisms",
                "PLAIN",
                "sasl.mechanism.inter.broker.protocol",
                "PLAIN",
                "listener.name.plaintext.plain.sasl.jaas.config",
                jaas("admin", users),
                "authorizer.class.name",
                "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
                "super.users",
                "User:admin;User:ANONYMOUS");
    }

    private Path configFile() throws IOException {
        return Files.writeString(directory.resolve("redrive.yaml"), """
                kafka:
                  bootstrapServers: [%s]
                  properties:
                    security.protocol: SASL_PLAINTEXT
                    sasl.mechanism: PLAIN
                    sasl.jaas.config: '%s'
                schemaRegistry:
                  url: [%s]
                topics:
                  partitions: 2
                  replicationFactor: 1
                streams:
                  stateDir: %s
                """.formatted(
                        broker.bootstrapServers(), jaas("redrive", ""), registry.url(), directory.resolve("state")));
    }

    private static Stream<AclBinding> bindings(Access rule) {
        ResourcePattern pattern = new ResourcePattern(
                ResourceType.valueOf(rule.resource().name()),
                rule.name(),
                PatternType.valueOf(rule.pattern().name()));
        return rule.operations().stream()
                .map(operation -> new AclBinding(
                        pattern,
                        new AccessControlEntry(
                                "User:" + rule.principal(),
                                "*",
                                AclOperation.valueOf(operation.name()),
                                AclPermissionType.ALLOW)));
    }
}
