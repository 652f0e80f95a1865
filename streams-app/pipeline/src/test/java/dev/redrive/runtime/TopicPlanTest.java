package dev.redrive.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.redrive.contract.TopicNames;
import dev.redrive.domain.decide.RetryPolicy.Tier;
import dev.redrive.runtime.Finding.TopicFinding;
import dev.redrive.runtime.Finding.TopicFinding.Reason;
import dev.redrive.runtime.TopicAdmin.TopicListing;
import dev.redrive.runtime.TopicPlan.TopicDefinition;
import dev.redrive.runtime.TopicPlan.TopicSettings;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TopicPlanTest {

    private static final TopicPlan PLAN = TopicPlan.of(TestTopics.of(TopicNames.standard(), 6, 3));

    @Test
    void shouldHoldEveryTopicOnce() {
        assertThat(PLAN.topics())
                .extracting(TopicDefinition::name)
                .containsExactly(
                        "jobs.failures",
                        "jobs.lifecycle",
                        "jobs.accounts",
                        "jobs.commands",
                        "jobs.retry.10s",
                        "jobs.retry.1m",
                        "jobs.retry.10m",
                        "jobs.retry.1h",
                        "jobs.retry.1d",
                        "jobs.retry.ready",
                        "jobs.dead-letters",
                        "jobs.dead-letters.changes",
                        "jobs.users",
                        "jobs.outcomes",
                        "jobs.error-rates",
                        "jobs.error-rates.parts",
                        "jobs.alerts",
                        "jobs.redrives",
                        "jobs.audit",
                        "jobs.quarantine");
        assertThat(PLAN.topics()).allSatisfy(topic -> {
            assertThat(topic.partitions()).isEqualTo(6);
            assertThat(topic.replicationFactor()).isEqualTo((short) 3);
        });
    }

    @Test
    void shouldKeepRetriesLongerThanTheyRestByAppendTime() {
        for (Tier tier : PLAN.settings().tiers()) {
            Map<String, String> configs = topic("jobs.retry." + tier.name()).configs();

            assertThat(retention(configs)).isGreaterThan(tier.length().plusDays(1));
            assertThat(configs).containsEntry("message.timestamp.type", "LogAppendTime");
        }
    }

    @Test
    void shouldKeepTheLastTierLongerThanTheLongestPark() {
        assertThat(retention(topic("jobs.retry.1d").configs())).isEqualTo(Duration.ofDays(14));
        assertThat(topic("jobs.retry.1d").minRetention()).isEqualTo(Duration.ofDays(8));
    }

    @Test
    void shouldStampReleasesByTheBrokerAndCompactUsers() {
        assertThat(topic("jobs.retry.ready").configs()).containsEntry("message.timestamp.type", "LogAppendTime");
        assertThat(topic("jobs.users").configs())
                .containsEntry("cleanup.policy", "compact")
                .doesNotContainKey("retention.ms");
    }

    @ParameterizedTest
    @ValueSource(strings = {"jobs.failures", "jobs.lifecycle", "jobs.accounts", "jobs.commands"})
    void shouldStampInputsByTheBrokerAndTakeOthersWithAWarning(String input) {
        TopicDefinition definition = topic(input);
        assertThat(definition.configs()).containsEntry("message.timestamp.type", "LogAppendTime");
        Map<String, String> configs = new HashMap<>(definition.configs());
        configs.put("message.timestamp.type", "CreateTime");

        assertThat(findings(definition, 6, 3, configs)).containsExactly(Reason.TIMESTAMP_TYPE_ADVISED);
        assertThat(Reason.TIMESTAMP_TYPE_ADVISED.blocking()).isFalse();
    }

    @Test
    void shouldAskForInSyncReplicasOnlyWhereTold() {
        assertThat(topic("jobs.failures").configs()).doesNotContainKey("min.insync.replicas");

        TopicSettings settings = TestTopics.of(TopicNames.standard(), 6, 3, 2);
        assertThat(TopicPlan.of(settings).topics())
                .allSatisfy(topic -> assertThat(topic.configs()).containsEntry("min.insync.replicas", "2"));
    }

    @ParameterizedTest
    @CsvSource({
        "jobs.retry.1d, retention.ms, 600000, RETENTION_TOO_SHORT",
        "jobs.retry.1d, retention.bytes, 1000000, RETENTION_TOO_SHORT",
        "jobs.retry.1d, cleanup.policy, compact, CLEANUP_POLICY_DIFFERS",
        "jobs.users, cleanup.policy, delete, CLEANUP_POLICY_DIFFERS",
        "jobs.retry.ready, message.timestamp.type, CreateTime, TIMESTAMP_TYPE_DIFFERS",
        "jobs.dead-letters, max.message.bytes, 1048588, MESSAGE_SIZE_TOO_SMALL",
        "jobs.failures, min.insync.replicas, 4, MIN_ISR_TOO_HIGH",
    })
    void shouldFindAConfigurationThatBreaksThePipeline(String topic, String key, String value, Reason reason) {
        TopicDefinition definition = topic(topic);
        Map<String, String> configs = new HashMap<>(definition.configs());
        configs.put(key, value);

        assertThat(findings(definition, 6, 3, configs)).containsExactly(reason);
    }

    @Test
    void shouldFindNothingWhereLongerOrLargerIsHarmless() {
        TopicDefinition definition = topic("jobs.retry.10s");
        Map<String, String> configs = new HashMap<>(definition.configs());
        configs.put("retention.ms", "-1");
        configs.put("max.message.bytes", "9999999");

        assertThat(findings(definition, 6, 3, configs)).isEmpty();
        assertThat(findings(topic("jobs.alerts"), 1, 3, topic("jobs.alerts").configs()))
                .isEmpty();
    }

    @Test
    void shouldFindOtherPartitionsAndFewerReplicas() {
        TopicDefinition definition = topic("jobs.failures");

        assertThat(findings(definition, 5, 1, definition.configs()))
                .containsExactly(Reason.PARTITIONS_DIFFER, Reason.REPLICATION_TOO_LOW);
        assertThat(Reason.PARTITIONS_DIFFER.blocking()).isTrue();
        assertThat(Reason.REPLICATION_TOO_LOW.blocking()).isFalse();
    }

    @Test
    void shouldTellMissingFromForbidden() {
        TopicDefinition definition = topic("jobs.failures");

        assertThat(TopicComparison.of(TopicListing.absent(definition, TopicListing.State.MISSING)))
                .extracting(TopicFinding::reason)
                .containsExactly(Reason.MISSING);
        assertThat(TopicComparison.of(TopicListing.absent(definition, TopicListing.State.NOT_AUTHORIZED)))
                .extracting(TopicFinding::reason)
                .containsExactly(Reason.NOT_AUTHORIZED);
    }

    @Test
    void shouldRefuseTiersThatAreNotInOrderOrClashWithReady() {
        List<Tier> ready = List.of(new Tier("ready", Duration.ofSeconds(1)));
        assertThatThrownBy(() -> new TopicSettings(
                        TopicNames.standard(),
                        ready,
                        6,
                        (short) 1,
                        null,
                        Duration.ofDays(7),
                        Duration.ofDays(7),
                        Duration.ofDays(30)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("ready");
        List<Tier> unordered = List.of(new Tier("1m", Duration.ofMinutes(1)), new Tier("10s", Duration.ofSeconds(10)));
        assertThatThrownBy(() -> new TopicSettings(
                        TopicNames.standard(),
                        unordered,
                        6,
                        (short) 1,
                        null,
                        Duration.ofDays(7),
                        Duration.ofDays(7),
                        Duration.ofDays(30)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("10s");
    }

    private static List<Reason> findings(
            TopicDefinition definition, int partitions, int replicas, Map<String, String> configs) {
        TopicListing listing = new TopicListing(definition, TopicListing.State.PRESENT, partitions, replicas, configs);
        return TopicComparison.of(listing).stream().map(TopicFinding::reason).toList();
    }

    private static Duration retention(Map<String, String> configs) {
        return Duration.ofMillis(Long.parseLong(configs.getOrDefault("retention.ms", "-1")));
    }

    private static TopicDefinition topic(String name) {
        return PLAN.topics().stream()
                .filter(topic -> topic.name().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
