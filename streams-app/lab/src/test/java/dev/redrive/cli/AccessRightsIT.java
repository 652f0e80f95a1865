package dev.redrive.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.redrive.config.ConfigLoader;
import dev.redrive.config.RedriveConfig;
import dev.redrive.dev.DevRegistry;
import dev.redrive.dev.SecuredBroker;
import dev.redrive.publish.ApiResponse;
import dev.redrive.publish.FailurePublisher;
import dev.redrive.publish.JobContext;
import dev.redrive.runtime.AccessPlan;
import dev.redrive.runtime.RedrivePipeline;
import dev.redrive.runtime.RedrivePipeline.Readiness;
import dev.redrive.runtime.TopicAdmin;
import dev.redrive.runtime.TopicPlan;
import dev.redrive.runtime.Wiring;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The access rights that are exported, held against a broker that enforces them, over SASL_SSL. */
class AccessRightsIT {

    private static final Duration TIMEOUT = Duration.ofSeconds(60);
    private static final List<String> USERS =
            List.of("redrive", "redrive-publishers", "redrive-workers", "redrive-readers", "redrive-operators");

    @TempDir
    static Path directory;

    private static SecuredBroker broker;
    private static DevRegistry registry;
    private static RedriveConfig config;

    @BeforeAll
    static void start() throws Exception {
        broker = SecuredBroker.start(directory, USERS);
        registry = DevRegistry.start(directory.resolve("registry"), 0);
        Path file = broker.configFile(directory, "redrive", "redrive", registry.url());
        config = ConfigLoader.load(file, Map.of("CA_FILE", broker.certificate().toString()));
        TopicPlan topics = Wiring.topics(config);
        try (TopicAdmin admin = new TopicAdmin(broker.administrator(), TIMEOUT)) {
            admin.create(topics);
        }
        broker.grant(AccessPlan.of(topics, config.applicationId(), "redrive").rules().stream()
                .flatMap(SecuredBroker::bindings)
                .toList());
    }

    @AfterAll
    static void stop() {
        registry.close();
        broker.close();
    }

    @Test
    void shouldSufficeForTheWholeWayOfAFailure() throws Exception {
        try (TopicAdmin admin = new TopicAdmin(broker.client("redrive"), TIMEOUT);
                RedrivePipeline pipeline = Wiring.pipeline(config, null);
                KafkaConsumer<byte[], byte[]> ready = consumer("redrive-workers", "retry.ready");
                KafkaConsumer<byte[], byte[]> dead = consumer("redrive-readers", "dead-letters")) {
            assertThat(admin.check(Wiring.topics(config), config.applicationId(), Duration.ZERO))
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
    void shouldPublishAndTailByTheCommandLineWithSecretsFromFiles() throws Exception {
        try (RedrivePipeline pipeline = Wiring.pipeline(config, null)) {
            pipeline.start();
            TestTerminal publisher = terminal("""
                {"userId":"cli","jobId":"j","attempt":1,"service":"music","operation":"o","httpStatus":400}
                """);
            TestTerminal reader = terminal("");

            int published = publisher.run("publish", "-c", file("redrive-publishers"), "-");
            int tailed = reader.run(
                    "tail",
                    "dead-letters",
                    "-c",
                    file("redrive-readers"),
                    "--user",
                    "cli",
                    "--from-beginning",
                    "--max",
                    "1",
                    "--timeout",
                    "60s");

            assertThat(publisher.err()).doesNotContain("secret-of");
            assertThat(published).isZero();
            assertThat(tailed).isZero();
            assertThat(reader.out()).contains("INVALID_REQUEST");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"run", "topics check"})
    void shouldSayInOneSentenceThatThePasswordIsWrong(String command) throws Exception {
        String file = file("redrive");
        Files.writeString(directory.resolve("redrive.password"), "secret-of-nobody");
        try {
            assertSays(
                    command,
                    file,
                    broker.certificate(),
                    "redrive: NOT_AUTHENTICATED: the cluster at " + broker.bootstrapServers()
                            + " does not take this client's credentials: SaslAuthenticationException: Authentication"
                            + " failed during authentication due to invalid credentials with SASL mechanism"
                            + " SCRAM-SHA-512; check sasl.mechanism and sasl.jaas.config");
        } finally {
            file("redrive");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"run", "topics check"})
    void shouldSayInOneSentenceThatTheCertificateIsNotTrusted(String command) throws Exception {
        Path other = directory.resolve("other.crt");
        if (Files.notExists(other)) {
            SecuredBroker.certificate(directory.resolve("other.p12"), "other");
        }

        assertSays(
                command,
                file("redrive"),
                other,
                "redrive: NOT_AUTHENTICATED: no secure connection to the cluster at " + broker.bootstrapServers()
                        + ": SunCertPathBuilderException: unable to find valid certification path to requested target;"
                        + " check ssl.truststore.* and that the broker's certificate names its host");
    }

    /** Holds what a process of its own leaves on standard error, its log included. */
    private static void assertSays(String command, String file, Path certificate, String sentence) throws Exception {
        List<String> words = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.redrive.Main"));
        words.addAll(List.of(command.split(" ")));
        words.addAll(List.of("-c", file));
        Path output = directory.resolve("output.txt");
        ProcessBuilder builder =
                new ProcessBuilder(words).redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment().put("CA_FILE", certificate.toString());

        assertThat(builder.start().waitFor()).isEqualTo(1);

        List<String> lines = Files.readAllLines(output);
        assertThat(lines).last().isEqualTo(sentence);
        assertThat(lines).noneMatch(line -> line.startsWith("\tat ") || line.contains("secret-of"));
        // A pipeline logs its connections.
        assertThat(lines).hasSizeLessThanOrEqualTo(command.equals("run") ? 2 : 1);
    }

    @Test
    void shouldNameTheRightsThatAreMissingBeforeItStarts() throws Exception {
        List<AclBinding> right = rights("redrive", "redrive")
                .filter(binding -> binding.pattern().resourceType() == ResourceType.GROUP)
                .toList();
        broker.revoke(right);
        try {
            assertThat(failing("run", file("redrive"), broker.certificate()))
                    .containsExactly(
                            "NOT_AUTHORIZED group redrive: the operation Read is not allowed; grant it"
                                    + " ('redrive topics export' prints all that the pipeline needs)",
                            "NOT_AUTHORIZED group redrive-*: the operation Read is not allowed; grant it"
                                    + " ('redrive topics export' prints all that the pipeline needs)",
                            "redrive: NOT_AUTHORIZED: the brokers do not allow what the pipeline needs");
        } finally {
            broker.grant(right);
        }
    }

    /** Before internal topics exist nobody can be asked whether they may be written. */
    @Test
    void shouldNameTheRightThatShowsAtTheFirstStartOnly() throws Exception {
        broker.grant(rights("fresh", "redrive-operators")
                .filter(binding -> !(binding.pattern().patternType() == PatternType.PREFIXED
                        && binding.pattern().resourceType() == ResourceType.TOPIC
                        && binding.entry().operation() == AclOperation.WRITE))
                .toList());
        Path file = Path.of(file("redrive-operators"));
        Files.writeString(file, Files.readString(file).replace("applicationId: redrive", "applicationId: fresh"));

        assertThat(failing("run", file.toString(), broker.certificate()))
                .containsExactly(
                        "NOT_AUTHORIZED topic fresh-*: the operation Write is not allowed; grant it"
                                + " ('redrive topics export' prints all that the pipeline needs)",
                        "redrive: NOT_AUTHORIZED: the brokers do not allow what the pipeline needs");
    }

    /** What stands on standard error after a command that ends with 1. */
    private static List<String> failing(String command, String file, Path certificate) {
        TestTerminal terminal = new TestTerminal("", Map.of("CA_FILE", certificate.toString()));
        List<String> words = new ArrayList<>(List.of(command.split(" ")));
        words.addAll(List.of("-c", file));

        assertThat(terminal.run(words.toArray(String[]::new))).isEqualTo(1);

        assertThat(terminal.err()).doesNotContain("secret-of");
        return terminal.errLines();
    }

    private static TestTerminal terminal(String in) {
        return new TestTerminal(in, Map.of("CA_FILE", broker.certificate().toString()));
    }

    /** The configuration of a user's clients. */
    private static String file(String user) throws IOException {
        return broker.configFile(directory, user, user, registry.url()).toString();
    }

    private static Stream<AclBinding> rights(String applicationId, String principal) {
        return AccessPlan.of(Wiring.topics(config), applicationId, principal).rules().stream()
                .flatMap(SecuredBroker::bindings)
                .filter(binding -> binding.entry().principal().equals("User:" + principal));
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
                withRegistry(broker.client("redrive-publishers")),
                config.topics().names())) {
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
        Map<String, Object> settings = broker.client(principal);
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
}
