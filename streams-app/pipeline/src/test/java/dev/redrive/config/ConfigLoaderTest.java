package dev.redrive.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;

import dev.redrive.config.ConfigException.Problem;
import dev.redrive.config.ServerSettings.WebhookSettings;
import dev.redrive.domain.classify.Classification.Disposition;
import dev.redrive.domain.classify.FailureClass;
import dev.redrive.domain.classify.RuleSet.Rule.Backoff;
import dev.redrive.domain.decide.RetryPolicy.BeyondMaxDelay;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@NullMarked
class ConfigLoaderTest {

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path dir;

    private Path file(String... lines) throws IOException {
        Path file = dir.resolve("redrive.yaml");
        Files.writeString(file, String.join("\n", lines));
        return file;
    }

    private RedriveConfig load(String... lines) throws IOException {
        return ConfigLoader.load(file(lines), Map.of());
    }

    private static List<Problem> problems(Path file, Map<String, String> env) {
        ConfigException refused = catchThrowableOfType(ConfigException.class, () -> ConfigLoader.load(file, env));
        assertThat(refused).as("the configuration is refused").isNotNull();
        return refused.problems();
    }

    private Problem problem(String... lines) throws IOException {
        List<Problem> problems = problems(file(lines), Map.of());
        assertThat(problems).hasSize(1);
        return problems.get(0);
    }

    @Test
    void shouldLoadTheBuiltInDefaults() {
        RedriveConfig config = ConfigLoader.builtIn();

        assertThat(config.applicationId()).isEqualTo("redrive");
        assertThat(config.retry().tierList()).extracting("name").containsExactly("10s", "1m", "10m", "1h", "1d");
        assertThat(config.retry().maxAttemptsByClass()).containsEntry(FailureClass.PROVIDER_FAILED, 3);
        assertThat(config.retry().beyondMaxDelay()).isEqualTo(BeyondMaxDelay.PARK);
        assertThat(config.topics().names().failures()).isEqualTo("jobs.failures");
        assertThat(config.topics().minInsyncReplicas()).isNull();
        assertThat(config.decider()).isNotNull();
    }

    @Test
    void shouldHoldStateInAQuarterOfTheHeapUnlessAskedForMore() throws IOException {
        StreamsSettings unasked = ConfigLoader.builtIn().streams();
        assertThat(unasked.heapBytes(1_000_000_000L)).isEqualTo(250_000_000);
        assertThat(unasked.heapBytes(100_000_000_000L)).isEqualTo(512_000_000);

        RedriveConfig asked = ConfigLoader.load(file("streams: {heldMaxBytes: 1000000000}"), Map.of());
        assertThat(asked.streams().heapBytes(1_000_000_000L)).isEqualTo(1_000_000_000);

        assertThat(problem("streams: {heldMaxBytes: 999999}").path()).isEqualTo("streams.heldMaxBytes");
    }

    @Test
    void shouldRefuseSmallerTransactionsForABacklog() throws IOException {
        assertThat(problem("streams: {commitInterval: 2s}").toString())
                .contains("streams.backlogCommitInterval: 1s is out of range; write 2s to 10s");
    }

    @Test
    void shouldOverrideDefaultsByTheFileAndTheFileByTheEnvironment() throws IOException {
        Path file = file(
                "retry:",
                "  maxAttempts: 7",
                "  tiers: [5s, 60s]",
                "  maxDelay: 60s",
                "  backoff: {cap: 30s}",
                "  backoffByClass: {RATE_LIMITED: {cap: 30s}}",
                "kafka:",
                "  properties: {security.protocol: PLAINTEXT}",
                "quota:");

        RedriveConfig config = ConfigLoader.load(
                file,
                Map.of(
                        "REDRIVE_RETRY__MAX_ATTEMPTS", "9",
                        "REDRIVE_RETRY__BACKOFF_BY_CLASS__RATE_LIMITED__BASE", "2s",
                        "REDRIVE_KAFKA__BOOTSTRAP_SERVERS", "a:1, b:2",
                        "REDRIVE_KAFKA__PROPERTIES__SECURITY_PROTOCOL", "SASL_SSL",
                        "REDRIVE_KAFKA__PROPERTIES__SASL_MECHANISM", "PLAIN",
                        "REDRIVE_CONFIG", "ignored",
                        "PATH", "ignored"));

        assertThat(config.retry().maxAttempts()).isEqualTo(9);
        assertThat(config.retry().tierList()).extracting("name").containsExactly("5s", "1m");
        assertThat(config.retry().backoff().cap()).isEqualTo(Duration.ofSeconds(30));
        assertThat(config.retry().backoff().base()).isEqualTo(Duration.ofSeconds(1));
        assertThat(config.retry().backoffByClass().get(FailureClass.RATE_LIMITED))
                .isEqualTo(new Backoff(Duration.ofSeconds(2), 2, Duration.ofSeconds(30)));
        assertThat(config.kafka().bootstrapServers()).containsExactly("a:1", "b:2");
        assertThat(config.kafka().properties().values())
                .containsExactlyInAnyOrderEntriesOf(Map.of("security.protocol", "SASL_SSL", "sasl.mechanism", "PLAIN"));
        assertThat(config.quota().disposition()).isEqualTo(Disposition.DEAD_LETTER);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "kafka: {properties: {acks: 0, group.id: x}} | kafka.properties | sets acks, group.id; leave them out",
                "retry: {maxAttemps: 3}            | retry.maxAttemps | did you mean maxAttempts?",
                "retry: {max_attempts: 3}          | retry.max_attempts | did you mean maxAttempts?",
                "retrys: {}                        | retrys | did you mean retry?",
                "kafka: {servers: x}               | kafka.servers | write one of bootstrapServers, properties",
                "retry: {maxAge: 10}               | retry.maxAge | write a whole number with its unit, e.g. 500ms,"
                        + " 10s",
                "retry: {maxAge: 1.5h}             | retry.maxAge | '1.5h' is no duration",
                "retry: {tiers: [1m, 10s]}         | retry.tiers | write tiers in ascending order",
                "retry: {tiers: [10s, 60s, 1m]}    | retry.tiers | 1m does not come after 1m",
                "retry: {tiers: []}                | retry.tiers | 0 is out of range; write 1 to 20",
                "retry: {maxDelay: 2d}             | retry.maxDelay | longer than the last tier; write at most 1d",
                "retry: {maxPark: 1h}              | retry.maxPark | must be at least retry.maxDelay (1d)",
                "retry: {backoff: {cap: 2d}}       | retry.backoff.cap | write at most 1d",
                "retry: {backoff: {base: 1ms}}     | retry.backoff | base must be at least 50ms",
                "retry: {backoff: {factor: 0.5}}   | retry.backoff | factor must be from 1 to 10",
                "retry: {beyondMaxDelay: PAKR}     | retry.beyondMaxDelay | did you mean PARK?",
                "retry: {maxAttempts: ten}         | retry.maxAttempts | 'ten' is no whole number",
                "retry: {maxAttempts: 4294967301}  | retry.maxAttempts | too large",
                "retry: {maxAttempts: ٥}           | retry.maxAttempts | is no whole number",
                "retry: {maxAttempts: 0}           | retry.maxAttempts | 0 is out of range; write 1 to 1000",
                "retry: {retryUnsafe: yes}         | retry.retryUnsafe | write true or false",
                "retry: {retryAfterJitter: 1.5}    | retry.retryAfterJitter | write 0 to 1",
                "retry: {unreadableHintDelay: 2d}  | retry.unreadableHintDelay | out of range",
                "retry: {unreadableHintDelay: 0s}  | retry.unreadableHintDelay | out of range",
                "retry: {maxAttemptsByClass: {TRANSIENTS: 2}} | retry.maxAttemptsByClass | did you mean TRANSIENT?",
                "retry: {maxAttemptsByClass: {RATE_LIMITED: 2}} | retry.maxAttemptsByClass.RATE_LIMITED |"
                        + " retry.maxThrottles bounds it",
                "retry: {maxAge: null}             | retry.maxAge | is missing",
                "retry: 5                          | retry | must be a section",
                "applicationId: [a]                | applicationId | must be a single value",
                "applicationId: a b                | applicationId | write e.g. redrive",
                "kafka: {bootstrapServers: localhost} | kafka.bootstrapServers | write host:port",
                "kafka: {properties: {group.id: x}} | kafka.properties | sets group.id; leave it out here",
                "schemaRegistry: {url: localhost}  | schemaRegistry.url | write e.g. http://localhost:8081",
                "schemaRegistry: {url: 'http://u:hidden@h'} | schemaRegistry.url | credentials do not belong here",
                "topics: {prefix: 'a b'}           | topics.prefix | a topic prefix takes letters",
                "topics: {replicationFactor: 0}    | topics.replicationFactor | -1 for the broker's default",
                "topics: {replicationFactor: 2, minInsyncReplicas: 3} | topics.minInsyncReplicas | must not be more",
                "quota: {redriveOnReset: yes}      | quota.redriveOnReset | write true or false",
                "quota: {disposition: PARK, redriveOnReset: true} | quota.redriveOnReset | there would be nothing to"
                        + " redrive",
                "quota: {disposition: RETRY}       | quota.disposition | write DEAD_LETTER or PARK",
                "release: {sliceMax: 2s}           | release.sliceMax | write 10ms to 500ms",
                "users: {activeLease: 0s}          | users.activeLease | write 1s to 7d",
                "users: {retention: 2d}            | users.retention | write at least 7d",
                "jobs: {retention: 1d}             | jobs.retention | write at least 7d",
                "errorRates: {flush: 2m}           | errorRates.flush | write 100ms to 1m",
                "limits: {maxOutputBytes: 1000001} | limits.maxOutputBytes | write at least 1065536",
                "streams: {threads: 0}             | streams.threads | write 1 to 64",
                "streams: {sessionTimeout: 5s}     | streams.sessionTimeout | write 6s to 5m",
                "streams: {groupProtocol: classic} | streams.groupProtocol | CLASSIC",
                "streams: {groupProtocol: STREAMS, instanceId: a} | streams.instanceId | leave it out",
                "kafka: {properties: {group.protocol: streams}} | kafka.properties | sets group.protocol; leave it out",
                "server: {port: 70000}             | server.port | write 0 to 65535",
                "server: {host: 0.0.0.0, port: 1}  | server.host | others could ask there without a token",
                "server: {host: 0.0.0.0, port: 1, tokens: /t} | server.host | tokens would be sent in clear text",
                "server: {tls: {keyStore: /k}}     | server.tls.keyStore | has no password",
                "server: {tls: {password: x}}      | server.tls.password | is a secret; write ${file:/path}",
                "server: {allowedHosts: ['http://a']} | server.allowedHosts | 'http://a' is no name of a host",
                "server: {redact: [email]}         | server.redact | 'email' is no JSON Pointer",
                "server: {payloadsVisibleTo: [ALL]} | server.payloadsVisibleTo | 'ALL' is not known",
                "server: {webhooks: {A: {secrets: []}}} | server.webhooks.A.secrets | write 1 to 5",
                "server: {webhooks: {a: {secrets: [x]}}} | server.webhooks.a.secrets | is a secret; write ${file:/path}",
                "a: &x 1                           | a | anchors and aliases are not taken",
                "applicationId: !foo a             | applicationId | tags are not taken; leave out !foo",
                "retry: {maxAge: 9999999999d}      | retry.maxAge | is no duration",
                "retry: {maxAge: 999999999d}       | retry.maxAge | 999999999d is out of range",
            })
    void shouldNameLinePathAndWhatToWrite(String line, String path, String advice) throws IOException {
        List<Problem> problems = problems(file("# comment", line), Map.of());

        assertThat(problems).anySatisfy(problem -> {
            assertThat(problem.line()).isEqualTo(2);
            assertThat(problem.path()).isEqualTo(path);
            assertThat(problem.message()).contains(advice);
            assertThat(problem.toString()).startsWith(dir.resolve("redrive.yaml") + ":2: " + path + ": ");
        });
        assertThat(problems.toString()).doesNotContain("hidden");
    }

    @Test
    void shouldTellAllMistakesAtOnce() throws IOException {
        assertThat(problems(
                        file("retry:", "  maxAge: 5", "streams:", "  threads: x", "nonsense: 1"),
                        Map.of("REDRIVE_USERS__ACTIVE_LEASE", "never")))
                .extracting(Problem::line, Problem::path)
                .containsExactlyInAnyOrder(
                        tuple(2, "retry.maxAge"),
                        tuple(4, "streams.threads"),
                        tuple(5, "nonsense"),
                        tuple(0, "users.activeLease"));
    }

    @Test
    void shouldRefuseAKeyThatStandsTwice() throws IOException {
        Problem problem = problem("streams:", "  threads: 1", "", "  threads: 2");

        assertThat(problem.line()).isEqualTo(4);
        assertThat(problem.message()).isEqualTo("is written twice, first in line 2; write it once");
    }

    @Test
    void shouldRefuseWhatIsNotOnePlainDocument() throws IOException {
        assertThat(problem("a: 1", "---", "b: 2").message()).contains("several documents");
        assertThat(problem("retry: {", "x").toString()).contains("is no YAML");
        assertThat(problem("", " ").message()).contains("is empty");
        assertThat(problem("- a").message()).contains("must be keys and values");
        assertThat(problem("[".repeat(60)).message()).contains("is no YAML");
        assertThat(problem("# " + "x".repeat(1024 * 1024)).message()).contains("is larger than");
        Files.write(dir.resolve("latin.yaml"), "applicationId: caf\u00e9".getBytes(StandardCharsets.ISO_8859_1));
        assertThat(problems(dir.resolve("latin.yaml"), Map.of()).toString()).contains("save it in UTF-8");
        assertThat(problems(dir.resolve("absent.yaml"), Map.of()).toString()).contains("there is no such file");
    }

    @ParameterizedTest
    @CsvSource({
        "REDRIVE_RETRY__MAX_ATTEMPS, did you mean REDRIVE_RETRY__MAX_ATTEMPTS?",
        "REDRIVE_RETRY, did you mean",
        "REDRIVE_PROFILES, there is none like it",
        "REDRIVE_RETRY__BACKOFF_BY_CLASS__NOBODY__CAP, names no setting",
    })
    void shouldRefuseVariablesThatNameNoSetting(String name, String advice) throws IOException {
        List<Problem> problems = problems(file("# nothing"), Map.of(name, "1"));

        assertThat(problems).hasSize(1);
        assertThat(problems.get(0).source()).isEqualTo("environment variable " + name);
        assertThat(problems.get(0).message()).contains("names no setting");
        assertThat(problems.get(0).message()).contains(advice);
    }

    @ParameterizedTest
    @CsvSource({
        "REDRIVE_PORT, tcp://10.0.0.1:9464",
        "REDRIVE_SERVICE_HOST, 10.0.0.1",
        "REDRIVE_SERVICE_HOST, fd00::1",
        "REDRIVE_SERVICE_PORT, 9464",
        "REDRIVE_SERVICE_PORT_MANAGEMENT, 9464",
        "REDRIVE_PORT_9464_TCP, tcp://10.0.0.1:9464",
        "REDRIVE_PORT_9464_TCP_PROTO, tcp",
        "REDRIVE_PORT_9464_TCP_PORT, 9464",
        "REDRIVE_PORT_9464_TCP_ADDR, 10.0.0.1",
        "REDRIVE_PORT_53_UDP, udp://[fd00::1]:53",
        "REDRIVE_KAFKA_PORT, tcp://10.0.0.1:9092",
        "REDRIVE_KAFKA_SERVICE_HOST, 10.0.0.1",
    })
    void shouldPassOverWhatKubernetesSetsForAServiceOfItsName(String name, String value) throws IOException {
        assertThat(ConfigLoader.load(file("# nothing"), Map.of(name, value))).isNotNull();
    }

    @ParameterizedTest
    @CsvSource({
        "REDRIVE_PORT, 9464",
        "REDRIVE_HOST, 10.0.0.1",
        "REDRIVE_SERVICE_HOST, my-host",
        "REDRIVE_SERVICE_PORT, http",
        "REDRIVE_MANAGEMENT_PORT, 9464",
        "REDRIVE_MANAGEMENT__PROT, 9464",
        "REDRIVE_PORT_9464_TCP_HOST, 10.0.0.1",
    })
    void shouldRefuseWhatOnlyLooksLikeKubernetesVariables(String name, String value) throws IOException {
        assertThat(problems(file("# nothing"), Map.of(name, value)))
                .extracting(Problem::message)
                .singleElement()
                .asString()
                .contains("names no setting");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "producer.acks",
                "consumer.isolation.level",
                "main.consumer.group.id",
                "admin.bootstrap.servers",
                "producer.transactional.id",
                "plugin.acks",
                "plugin.producer.enable.idempotence",
            })
    void shouldRefuseItsOwnSettingsForOneKindOfClientToo(String key) throws IOException {
        assertThat(problem("kafka: {properties: {" + key + ": x}}").message()).contains("Redrive itself sets " + key);
    }

    @Test
    void shouldRedriveOnResetOnlyWhereJobsAreDeadLetteredForIt() throws IOException {
        assertThat(load("quota: {disposition: DEAD_LETTER}").quota().redriveOnReset())
                .isFalse();
        assertThat(load("quota: {redriveOnReset: true}").quota().redriveOnReset())
                .isTrue();
        assertThat(load("quota: {redriveOnReset: true, disposition: PARK}\n"
                                + "gates: {enabled: [CONCURRENCY, RATE_WINDOW, SERVICE_HEALTH]}")
                        .quota()
                        .redriveOnReset())
                .as("without the gate, what has no known reset is dead-lettered")
                .isTrue();
    }

    @Test
    void shouldTakeTheQuotaDispositionIntoTheRulesThatNameNone() throws IOException {
        assertThat(load("quota: {disposition: PARK}")
                        .profiles()
                        .forService("any")
                        .rules()
                        .rules())
                .filteredOn(rule -> rule.disposition() == Disposition.PARK)
                .extracting("id")
                .containsExactly("insufficient-credits", "spending-limit", "payment-required");
    }

    @Test
    void shouldListenBeyondLoopbackOnlyWhereThatIsSpelledOut() throws IOException {
        RedriveConfig insecure = ConfigLoader.load(file("server: {host: 0.0.0.0, port: 1, insecure: true}"), Map.of());
        RedriveConfig idle = ConfigLoader.load(file("server: {host: 0.0.0.0}"), Map.of());

        assertThat(insecure.server().loopback()).isFalse();
        assertThat(idle.server().port()).isNull();
    }

    @Test
    void shouldReadWebhookSecretsByReferenceAndNeverPrintThem() throws IOException {
        RedriveConfig config = ConfigLoader.load(
                file("server: {webhooks: {music: {secrets: ['${env:NEW}', '${env:OLD}']}}}"),
                Map.of("NEW", "new-secret-0123456789", "OLD", "old-secret-0123456789"));

        assertThat(config.server().webhooks()).containsOnlyKeys("music");
        assertThat(config.server().webhooks().values())
                .flatExtracting(WebhookSettings::secrets)
                .extracting("value")
                .containsExactly("new-secret-0123456789", "old-secret-0123456789");
        assertThat(config.toString()).doesNotContain("0123456789");
    }
}
