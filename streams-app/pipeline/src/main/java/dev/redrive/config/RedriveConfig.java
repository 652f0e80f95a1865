package dev.redrive.config;

import dev.redrive.domain.classify.Classification.Disposition;
import dev.redrive.domain.classify.Profile.Profiles;
import dev.redrive.domain.decide.Decider;
import dev.redrive.domain.gate.GateName;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;

/**
 * The whole configuration. The components are the top-level keys of the YAML file, but for the profiles, which stand in
 * the rules file, and the last, which no key names.
 *
 * @param applicationId identity of this pipeline among the brokers' clients; names its consumer group and its internal topics
 * @param kafka how to reach the brokers
 * @param schemaRegistry how to reach the schema registry
 * @param topics the topics
 * @param retry when jobs come back
 * @param quota what becomes of jobs whose user has nothing left to spend
 * @param gates what a retry waits for besides its due
 * @param rules where the classification stands
 * @param release how due retries are looked for
 * @param users what is kept of users
 * @param jobs what is kept of jobs
 * @param errorRates how failures are counted
 * @param limits the largest inputs and outputs
 * @param streams how Kafka Streams runs
 * @param clock how far clocks are believed
 * @param management where health and metrics are asked
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
        RulesSettings rules,
        ReleaseSettings release,
        UserSettings users,
        JobSettings jobs,
        ErrorRateSettings errorRates,
        LimitSettings limits,
        StreamsSettings streams,
        ClockSettings clock,
        ManagementSettings management,
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
                "a parked job is held by its gate, so this must be at least retry.maxPark; write at least "
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

    /** As {@link ConfigPrinter} prints it: without secrets. */
    @Override
    public String toString() {
        return ConfigPrinter.print(this);
    }

    /** Whether a job can end in the dead letters for want of allowance; parked ones wait for their gate instead. */
    private static boolean buriesTheSpent(Profiles profiles, GateSettings gates) {
        Set<Disposition> burying = gates.names().contains(GateName.QUOTA)
                ? EnumSet.of(Disposition.DEAD_LETTER)
                : EnumSet.of(Disposition.DEAD_LETTER, Disposition.PARK);
        return profiles.all().stream()
                .flatMap(profile -> profile.rules().rules().stream())
                .filter(rule -> rule.failureClass().quota())
                .anyMatch(rule -> burying.contains(rule.disposition()));
    }

    /** What decides failures under this configuration. */
    public Decider decider() {
        return new Decider(profiles, retry.policy(gates.names()));
    }
}
