package dev.redrive.config;

import dev.redrive.config.ClientProperties.Secret;
import dev.redrive.config.ConfigException.InvalidSetting;
import dev.redrive.config.ConfigException.Require;
import dev.redrive.contract.TopicNames;
import dev.redrive.domain.classify.Classification.Disposition;
import dev.redrive.domain.classify.Profile.Profiles;
import dev.redrive.domain.decide.Decider;
import dev.redrive.domain.gate.GateName;
import dev.redrive.domain.lifecycle.JobState.Memo;
import java.net.URI;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The whole configuration. The components are the top-level keys of the YAML file, except the profiles, which are in
 * the rules file, and the last, which has no key.
 *
 * @param applicationId identity of this pipeline among the brokers' clients; determines its consumer group and internal
 *     topics
 * @param kafka connection to the brokers
 * @param schemaRegistry connection to the schema registry
 * @param topics the topics
 * @param retry when jobs are retried
 * @param quota what happens to jobs whose user's allowance is exhausted
 * @param gates what a retry waits for besides its due
 * @param redrives limits of bringing dead letters back
 * @param rules the location of the classification rules
 * @param release how due retries are released
 * @param users retention of users
 * @param jobs retention of jobs
 * @param errorRates how failures are counted
 * @param limits maximum sizes of inputs and outputs
 * @param streams the settings of Kafka Streams
 * @param clock limits of trust in clocks
 * @param management the HTTP port for health and metrics
 * @param server the HTTP API and the dead-letter index
 * @param profiles how failures are read and classified
 * @param referred the values that are never shown
 */
public record RedriveConfig(
        String applicationId,
        KafkaSettings kafka,
        SchemaRegistrySettings schemaRegistry,
        TopicsSettings topics,
        RetrySettings retry,
        QuotaSettings quota,
        GateSettings gates,
        RedrivesSettings redrives,
        RulesSettings rules,
        ReleaseSettings release,
        UserSettings users,
        JobSettings jobs,
        ErrorRateSettings errorRates,
        LimitSettings limits,
        StreamsSettings streams,
        ClockSettings clock,
        ManagementSettings management,
        ServerSettings server,
        Profiles profiles,
        ReferredPaths referred) {

    public RedriveConfig {
        Require.that(
                applicationId.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,99}"),
                "applicationId",
                "must be 1 to 100 letters, digits, '.', '_' and '-'; write e.g. redrive");
        Require.that(
                !quota.redriveOnReset() || buriesTheSpent(profiles, gates),
                "quota.redriveOnReset",
                "every rule about allowance and spend cap parks its jobs, so there would be nothing to redrive; "
                        + "write false, or quota.disposition: DEAD_LETTER");
        Duration lastTier = retry.tiers().get(retry.tiers().size() - 1);
        Duration longestRest = lastTier.compareTo(retry.maxPark()) > 0 ? lastTier : retry.maxPark();
        Require.that(
                gates.maxHold().compareTo(retry.maxPark()) >= 0,
                "gates.maxHold",
                "a parked job waits for its gate, so this must be at least retry.maxPark; write at least "
                        + DurationText.format(retry.maxPark()));
        longestRest = gates.maxHold().compareTo(longestRest) > 0 ? gates.maxHold() : longestRest;
        Duration longestLife = longestRest.compareTo(retry.maxAge()) > 0 ? longestRest : retry.maxAge();
        Require.that(
                jobs.retention().compareTo(longestLife) >= 0,
                "jobs.retention",
                "a job must be remembered as long as it may rest (retry.maxPark, gates.maxHold, retry.maxAge); write"
                        + " at least "
                        + DurationText.format(longestLife));
        Require.that(
                users.retention().compareTo(jobs.retention()) >= 0,
                "users.retention",
                "a user must be remembered as long as its jobs; write at least "
                        + DurationText.format(jobs.retention()));
    }

    /** Returns the configuration as {@link ConfigPrinter} writes it: without secrets. */
    @Override
    public String toString() {
        return ConfigPrinter.print(this);
    }

    /** Returns whether a job can be dead-lettered for lack of allowance; parked ones wait for their gate instead. */
    private static boolean buriesTheSpent(Profiles profiles, GateSettings gates) {
        Set<Disposition> burying = gates.names().contains(GateName.QUOTA)
                ? EnumSet.of(Disposition.DEAD_LETTER)
                : EnumSet.of(Disposition.DEAD_LETTER, Disposition.PARK);
        return profiles.all().stream()
                .flatMap(profile -> profile.rules().rules().stream())
                .filter(rule -> rule.failureClass().quota())
                .anyMatch(rule -> burying.contains(rule.disposition()));
    }

    /** Returns the decider of failures under this configuration. */
    public Decider decider() {
        return new Decider(profiles, retry.policy(gates.names()));
    }

    /**
     * {@code kafka}: connection to the brokers.
     *
     * @param bootstrapServers {@code host:port} of some brokers; 1 to 100
     * @param properties passed through to every Kafka client, e.g. for SASL and TLS
     */
    public record KafkaSettings(List<String> bootstrapServers, ClientProperties properties) {

        private static final Pattern HOST_PORT = Pattern.compile("(?:[^:/\\s\\[\\]]+|\\[[0-9A-Fa-f:.]+\\]):[0-9]{1,5}");

        /** Settings that Redrive's guarantees depend on, or that have a key of their own. */
        private static final Set<String> OWN = Set.of(
                "bootstrap.servers",
                "application.id",
                "group.id",
                "group.instance.id",
                "group.protocol",
                "client.id",
                "processing.guarantee",
                "isolation.level",
                "transactional.id",
                "enable.auto.commit",
                "enable.idempotence",
                "acks",
                "state.dir",
                "num.stream.threads",
                "num.standby.replicas",
                "commit.interval.ms");

        private static final Pattern CLIENT =
                Pattern.compile("(?:(?:main|restore|global)\\.)?consumer\\.|producer\\.|admin\\.");

        public KafkaSettings {
            bootstrapServers = List.copyOf(bootstrapServers);
            Require.between("bootstrapServers", bootstrapServers.size(), 1, 100);
            for (String server : bootstrapServers) {
                Require.that(
                        HOST_PORT.matcher(server).matches(),
                        "bootstrapServers",
                        "'" + server + "' is no broker; write host:port, e.g. localhost:9092");
            }
            List<String> own = properties.values().keySet().stream()
                    .filter(KafkaSettings::isOwn)
                    .toList();
            Require.that(
                    own.isEmpty(),
                    "properties",
                    "Redrive itself sets " + String.join(", ", own) + "; leave " + (own.size() == 1 ? "it" : "them")
                            + " out here");
        }

        /** Returns whether Redrive sets the key, for all clients or for one kind of them. */
        private static boolean isOwn(String key) {
            String passed = ClientProperties.unmarked(key);
            return OWN.contains(CLIENT.matcher(passed).replaceFirst("")) || OWN.contains(passed);
        }
    }

    /**
     * {@code schemaRegistry}: connection to the schema registry.
     *
     * @param url addresses, tried in order; 1 to 10; credentials go into {@code properties}
     * @param properties passed through to the serde, by Confluent's names, e.g. {@code basic.auth.user.info}
     */
    public record SchemaRegistrySettings(List<String> url, ClientProperties properties) {

        private static final Set<String> SCHEMES = Set.of("http", "https", "mock");

        public SchemaRegistrySettings {
            url = List.copyOf(url);
            Require.between("url", url.size(), 1, 10);
            url.forEach(SchemaRegistrySettings::check);
            Require.that(
                    !properties.passed().containsKey("schema.registry.url"),
                    "properties",
                    "'schema.registry.url' has a place of its own; write schemaRegistry.url");
        }

        private static void check(String address) {
            URI uri;
            try {
                uri = URI.create(address);
            } catch (IllegalArgumentException e) {
                throw new InvalidSetting("url", "this is no address; write e.g. http://localhost:8081");
            }
            Require.that(
                    uri.getScheme() != null && SCHEMES.contains(uri.getScheme()) && uri.getRawAuthority() != null,
                    "url",
                    "this is no address; write e.g. http://localhost:8081");
            Require.that(
                    uri.getRawQuery() == null && uri.getRawFragment() == null,
                    "url",
                    "an address ends with its path; write credentials under schemaRegistry.properties");
            Require.that(
                    !uri.getRawAuthority().contains("@"),
                    "url",
                    "credentials do not belong here; write basic.auth.credentials.source: USER_INFO and"
                            + " basic.auth.user.info: ${file:/path} under schemaRegistry.properties");
        }
    }

    /**
     * {@code topics}: names and settings of the pipeline's topics.
     *
     * @param prefix prefix of every name
     * @param partitions number of partitions of each topic, 1 to 1000; all topics have the same number
     * @param replicationFactor replicas of each partition, 1 to 32767; -1 for the broker's default
     * @param minInsyncReplicas minimum number of replicas that acknowledge a write; {@code null} for the broker's
     *     default
     * @param retention retention of records
     */
    public record TopicsSettings(
            String prefix,
            int partitions,
            int replicationFactor,
            @Nullable Integer minInsyncReplicas,
            Retention retention) {

        public TopicsSettings {
            try {
                new TopicNames(prefix);
            } catch (IllegalArgumentException e) {
                throw new InvalidSetting("prefix", String.valueOf(e.getMessage()));
            }
            Require.between("partitions", partitions, 1, 1000);
            Require.that(
                    replicationFactor == -1 || replicationFactor >= 1 && replicationFactor <= Short.MAX_VALUE,
                    "replicationFactor",
                    replicationFactor + " is out of range; write 1 to 32767, or -1 for the broker's default");
            if (minInsyncReplicas != null) {
                Require.between("minInsyncReplicas", minInsyncReplicas, 1, Short.MAX_VALUE);
                Require.that(
                        replicationFactor == -1 || minInsyncReplicas <= replicationFactor,
                        "minInsyncReplicas",
                        "must not be more than topics.replicationFactor, or nothing can be written");
            }
        }

        /** Returns the names of the topics. */
        public TopicNames names() {
            return new TopicNames(prefix);
        }

        /**
         * {@code topics.retention}: retention of records; an hour to ten years. Retries are kept for their tier's
         * maximum delay and a margin, users for as long as their state.
         *
         * @param records inputs, attempts to make, outcomes and error rates
         * @param deadLetters dead letters, alerts and quarantined inputs
         */
        public record Retention(Duration records, Duration deadLetters) {

            private static final Duration MIN = Duration.ofHours(1);
            private static final Duration MAX = Duration.ofDays(3650);

            public Retention {
                Require.between("records", records, MIN, MAX);
                Require.between("deadLetters", deadLetters, MIN, MAX);
            }
        }
    }

    /**
     * {@code quota}: what happens to jobs whose user's allowance is exhausted.
     *
     * @param disposition {@code DEAD_LETTER}, or {@code PARK} until a known reset; a rule's own disposition takes
     *     precedence
     * @param redriveOnReset whether such jobs, once dead-lettered, are redriven when the user can spend again
     */
    public record QuotaSettings(Disposition disposition, boolean redriveOnReset) {

        public QuotaSettings {
            Require.that(
                    disposition == Disposition.DEAD_LETTER || disposition == Disposition.PARK,
                    "disposition",
                    disposition + " is not possible here; write DEAD_LETTER or PARK");
        }
    }

    /**
     * {@code redrives}: limits of bringing dead letters back.
     *
     * @param maxPerJob max redrives of one job; a command beyond needs its override; 1 to 16
     */
    public record RedrivesSettings(int maxPerJob) {

        public RedrivesSettings {
            Require.between("maxPerJob", maxPerJob, 1, Memo.MAX_REDRIVES);
        }
    }

    /**
     * {@code rules}: the classification.
     *
     * @param file a rules file that replaces the built-in one; relative to the configuration file; {@code null} for the built-in one
     */
    public record RulesSettings(@Nullable String file) {

        public RulesSettings {
            Require.that(file == null || !file.isBlank(), "file", "is empty; write a path, or leave it out");
        }
    }

    /**
     * {@code release}: how due retries are released.
     *
     * @param interval between two slices; 1 ms to 10 s
     * @param sliceMaxRecords maximum number of releases per slice and task; 1 to 100000
     * @param sliceMax maximum duration of one slice; the rest waits for the next; 10 ms to 500 ms, because a longer one
     *     endangers the transaction
     */
    public record ReleaseSettings(Duration interval, int sliceMaxRecords, Duration sliceMax) {

        public ReleaseSettings {
            Require.between("interval", interval, Duration.ofMillis(1), Duration.ofSeconds(10));
            Require.between("sliceMaxRecords", sliceMaxRecords, 1, 100_000);
            Require.between("sliceMax", sliceMax, Duration.ofMillis(10), Duration.ofMillis(500));
        }
    }

    /**
     * {@code users}: retention of users.
     *
     * @param activeLease a job whose end is never reported stops counting as active after this; 1 s to 7 d
     * @param retention a user without input for this long is deleted; 1 h to 3650 d
     * @param publishInterval how often changed users are published; 100 ms to 1 m
     */
    public record UserSettings(Duration activeLease, Duration retention, Duration publishInterval) {

        public UserSettings {
            Require.between("activeLease", activeLease, Duration.ofSeconds(1), Duration.ofDays(7));
            Require.between("retention", retention, Duration.ofHours(1), Duration.ofDays(3650));
            Require.between("publishInterval", publishInterval, Duration.ofMillis(100), Duration.ofMinutes(1));
            Require.that(retention.compareTo(activeLease) > 0, "retention", "must be longer than users.activeLease");
        }
    }

    /**
     * {@code jobs}: retention of jobs.
     *
     * @param retention a job without input for this long is deleted, and its duplicates are no longer detected; 1 h to
     *     366 d
     */
    public record JobSettings(Duration retention) {

        public JobSettings {
            Require.between("retention", retention, Duration.ofHours(1), Duration.ofDays(366));
        }
    }

    /**
     * {@code errorRates}: how failures are counted.
     *
     * @param window length of a window; 1 s to 1 d
     * @param grace how long after its end a window still accepts failures; at most 1 d
     * @param flush how often partial sums are sent; 100 ms to {@code window}
     * @param maxSeriesPerWindow maximum number of combinations of service, operation, class and code in a window and
     *     task; further codes count as OTHER
     */
    public record ErrorRateSettings(Duration window, Duration grace, Duration flush, int maxSeriesPerWindow) {

        public ErrorRateSettings {
            Require.between("window", window, Duration.ofSeconds(1), Duration.ofDays(1));
            Require.between("grace", grace, Duration.ZERO, Duration.ofDays(1));
            Require.between("flush", flush, Duration.ofMillis(100), window);
            Require.between("maxSeriesPerWindow", maxSeriesPerWindow, 10, 1_000_000);
        }
    }

    /**
     * {@code limits}: maximum sizes of inputs and outputs.
     *
     * @param maxRecordBytes size of one input record's value; a larger one is quarantined; 16 KiB to 1 MiB
     * @param maxOutputBytes size of one output record's value; outputs embed inputs, so at least 64 KiB more; to
     *     2,000,000 B
     * @param maxErrorBodyBytes how much of an error body is read; a larger one is still passed on whole; 256 B to 1 MiB
     */
    public record LimitSettings(int maxRecordBytes, int maxOutputBytes, int maxErrorBodyBytes) {

        private static final int KIB = 1024;

        /** Below the 2 MiB of a request and of a topic, because key, headers and batch are added. */
        private static final int MAX_OUTPUT_BYTES = 2_000_000;

        public LimitSettings {
            Require.between("maxRecordBytes", maxRecordBytes, 16 * KIB, KIB * KIB);
            Require.between("maxOutputBytes", maxOutputBytes, 80 * KIB, MAX_OUTPUT_BYTES);
            Require.between("maxErrorBodyBytes", maxErrorBodyBytes, 256, KIB * KIB);
            Require.that(
                    maxOutputBytes >= maxRecordBytes + 64 * KIB,
                    "maxOutputBytes",
                    "must fit an input and 64 KiB more; write at least " + (maxRecordBytes + 64 * KIB)
                            + ", or lower limits.maxRecordBytes");
        }
    }

    /**
     * {@code clock}: limits of trust in clocks, the instance's own and the publishers'.
     *
     * @param probeInterval between two measurements of the instance's clock against the brokers'; 1 s to 5 m
     * @param maxOffset an instance whose clock differs by more than this from the brokers' is not ready; 100 ms to 5 m
     * @param maxPublishDelay a failure whose response carried no {@code Date} is assumed to have ended at most this
     *     long before its record; 0 to 1 d
     */
    public record ClockSettings(Duration probeInterval, Duration maxOffset, Duration maxPublishDelay) {

        public ClockSettings {
            Require.between("probeInterval", probeInterval, Duration.ofSeconds(1), Duration.ofMinutes(5));
            Require.between("maxOffset", maxOffset, Duration.ofMillis(100), Duration.ofMinutes(5));
            Require.between("maxPublishDelay", maxPublishDelay, Duration.ZERO, Duration.ofDays(1));
        }
    }

    /**
     * {@code management}: the HTTP port for health and metrics.
     *
     * @param host the address to listen on; one beyond loopback requires a token
     * @param port the port, 0 to 65535; 0 for a free one; {@code null} for no port
     * @param token the bearer token required in {@code Authorization}; 16 to 512 characters; {@code null} for none
     */
    public record ManagementSettings(
            String host, @Nullable Integer port, @Nullable Secret token) {

        static final Pattern LOOPBACK = Pattern.compile("localhost|127(?:\\.[0-9]{1,3}){3}|\\[?::1]?");
        private static final Pattern BEARER = Pattern.compile("[A-Za-z0-9._~+/-]{16,512}=*");

        public ManagementSettings {
            Require.that(!host.isBlank(), "host", "is empty; write an address, e.g. 127.0.0.1");
            if (port != null) {
                Require.between("port", port, 0, 65_535);
            }
            Require.that(
                    token == null || BEARER.matcher(token.reveal()).matches(),
                    "token",
                    "must be 16 to 512 letters, digits and '-._~+/' (RFC 6750); make one with e.g. openssl rand -hex"
                            + " 32");
            Require.that(
                    port == null || token != null || LOOPBACK.matcher(host).matches(),
                    "host",
                    "others could ask there without a token; write management.token: ${file:/path}, or host 127.0.0.1");
        }
    }

    /**
     * The values set by reference to a file or to the environment, which are therefore never shown.
     *
     * @param paths YAML paths, e.g. {@code streams.instanceId}
     */
    public record ReferredPaths(Set<String> paths) {

        public ReferredPaths {
            paths = Set.copyOf(paths);
        }
    }
}
