package dev.redrive.cli;

import dev.redrive.config.DurationText;
import dev.redrive.config.RedriveConfig;
import dev.redrive.contract.TopicNames;
import dev.redrive.runtime.Finding;
import dev.redrive.runtime.Finding.TopicFinding;
import dev.redrive.runtime.TopicAdmin.TopicCreation;
import dev.redrive.runtime.TopicAdmin.TopicListing;
import dev.redrive.runtime.TopicPlan;
import dev.redrive.runtime.TopicPlan.TopicSettings;
import dev.redrive.runtime.Wiring;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** One run of {@code redrive topics …}. */
final class TopicsRun {

    /** What no check of the topics can find out, since it is the clients' setting. */
    private static final String PARTITIONER = "note: clients must partition keys by murmur2, as Java's do; librdkafka"
            + " (Python, Go, .NET, kcat) with partitioner=murmur2_random; others: 'redrive topics check --help'";

    private final Terminal terminal;
    private final LineOutput out;
    private final OutputFormat format;
    private final Topics topics;
    private final TopicPlan plan;
    private final String applicationId;

    TopicsRun(Terminal terminal, TopicsOptions options) {
        this.terminal = terminal;
        this.out = new LineOutput(terminal.out());
        this.format = options.output;
        this.topics = new Topics(options.connection.resolve(terminal.environment()));
        RedriveConfig config = ConfigSource.load(options.connection.config, terminal.environment());
        this.plan = plan(options, config);
        this.applicationId = config.applicationId();
    }

    int create() {
        List<TopicCreation> created = topics.ask(admin -> admin.create(plan));
        TextTable table = new TextTable("TOPIC", "RESULT", "DETAIL");
        for (TopicCreation creation : created) {
            table.row(creation.topic(), creation.result(), creation.detail());
            creation.findings().forEach(finding -> table.row("", finding.reason(), finding.sentence()));
        }
        print(table, created);
        boolean fit = created.stream()
                .allMatch(creation -> creation.result() != TopicCreation.Result.REFUSED
                        && creation.findings().stream().noneMatch(TopicFinding::blocking));
        return fit ? Subcommand.OK : Subcommand.FAILED;
    }

    int check() {
        List<Finding> findings = topics.ask(admin -> admin.check(plan, applicationId, Duration.ZERO));
        TextTable table = new TextTable("WHAT", "REASON", "DETAIL");
        findings.forEach(finding -> table.row(finding.subject(), finding.word(), finding.sentence()));
        if (findings.isEmpty() && format == OutputFormat.table) {
            out.line("all " + plan.topics().size() + " topics are as they should be, and no right is missing");
            out.flush();
        } else {
            print(table, findings);
        }
        if (format == OutputFormat.table) {
            terminal.message(PARTITIONER);
            terminal.message(compressed());
        }
        boolean fit = findings.stream().noneMatch(Finding::blocking);
        return fit ? Subcommand.OK : Subcommand.FAILED;
    }

    private String compressed() {
        TopicNames names = plan.settings().names();
        return "note: max.message.bytes of " + names.failures() + ", " + names.lifecycle() + ", " + names.accounts()
                + " and " + names.commands() + " counts compressed bytes, and a record of 30 KB can take 1 GB of heap;"
                + " 'redrive inputs skip --help' tells how to get past one";
    }

    int list() {
        List<TopicListing> listings = topics.ask(admin -> admin.list(plan));
        TextTable table = new TextTable("TOPIC", "STATE", "PARTITIONS", "REPLICAS", "CLEANUP", "RETENTION", "WHAT");
        for (TopicListing listing : listings) {
            Map<String, String> configs = listing.configs();
            boolean compacted = configs.getOrDefault("cleanup.policy", "").contains("compact");
            table.row(
                    listing.definition().name(),
                    listing.state(),
                    listing.partitions(),
                    listing.replicationFactor(),
                    configs.getOrDefault("cleanup.policy", ""),
                    compacted ? "" : retention(configs.getOrDefault("retention.ms", "")),
                    listing.definition().what());
        }
        print(table, listings.stream().map(TopicsRun::json).toList());
        return Subcommand.OK;
    }

    private static TopicPlan plan(TopicsOptions options, RedriveConfig config) {
        TopicSettings from = Wiring.topics(config).settings();
        String prefix = options.connection.topicPrefix;
        try {
            return TopicPlan.of(new TopicSettings(
                    prefix == null ? from.names() : ConnectionOptions.topicNames(prefix),
                    from.tiers(),
                    Objects.requireNonNullElse(options.partitions, from.partitions()),
                    Objects.requireNonNullElse(options.replicationFactor, from.replicationFactor()),
                    from.minInsyncReplicas(),
                    from.longestPark(),
                    from.retention(),
                    from.deadLetterRetention()));
        } catch (IllegalArgumentException e) {
            throw new CommandFailure(Reason.USAGE, String.valueOf(e.getMessage()), e);
        }
    }

    private void print(TextTable table, List<?> values) {
        if (format == OutputFormat.table) {
            table.lines().forEach(out::line);
        } else {
            values.forEach(value -> out.line(JsonLine.of(value)));
        }
        out.flush();
    }

    private static Map<String, Object> json(TopicListing listing) {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("topic", listing.definition().name());
        values.put("what", listing.definition().what());
        values.put("state", listing.state().name());
        values.put("partitions", listing.partitions());
        values.put("replicationFactor", listing.replicationFactor());
        values.put("configs", listing.configs());
        return values;
    }

    private static String retention(String millis) {
        if (!millis.matches("[0-9]{1,18}")) {
            return millis.equals("-1") ? "forever" : millis;
        }
        return DurationText.format(Duration.ofMillis(Long.parseLong(millis)));
    }
}
