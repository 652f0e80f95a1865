package dev.redrive.cli;

import dev.redrive.cli.CommandFailure.Reason;
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
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** {@code redrive topics}: commands for the pipeline's topics. */
@Command(
        name = "topics",
        synopsisSubcommandLabel = "COMMAND",
        description = "Create, check, list or export the pipeline's topics.",
        subcommands = {
            TopicsCommand.CreateCommand.class,
            TopicsCommand.CheckCommand.class,
            TopicsCommand.ListCommand.class,
            TopicsExport.class
        })
final class TopicsCommand extends Subcommand {

    @Override
    public Integer call() {
        throw new ParameterException(spec().commandLine(), "a command is missing: create, check, list or export");
    }

    /** {@code redrive topics create}. */
    @Command(
            name = "create",
            description = {
                "Create the topics that are missing.",
                "",
                "Existing topics are never changed; where they differ from the configuration, that is reported. Exit code 1 if a"
                        + " topic could not be made, or differs so that the pipeline must not start."
            })
    static final class CreateCommand extends Subcommand {

        @Mixin
        private Options options = new Options();

        @Override
        public Integer call() {
            return new Run(terminal(), options).create();
        }
    }

    /** {@code redrive topics check}. */
    @Command(
            name = "check",
            description = {
                "Check the topics against the configuration, and whether this client has the pipeline's rights.",
                "",
                "Clients must put records into the partition that murmur2 gives for the key. Java, franz-go, kafkajs 2,"
                        + " kafka-python and aiokafka do; librdkafka (Python, Go, .NET, Node, kcat) with"
                        + " partitioner=murmur2_random; sarama with a murmur2 partitioner of your own; kafka-go with"
                        + " Murmur2Balancer. A record in another partition is forwarded.",
                "",
                "Exit code 1 if a difference or a missing right keeps the pipeline from starting."
            })
    static final class CheckCommand extends Subcommand {

        @Mixin
        private Options options = new Options();

        @Override
        public Integer call() {
            return new Run(terminal(), options).check();
        }
    }

    /** {@code redrive topics list}. */
    @Command(
            name = "list",
            description = {"List the topics as they are on the brokers."})
    static final class ListCommand extends Subcommand {

        @Mixin
        private Options options = new Options();

        @Override
        public Integer call() {
            return new Run(terminal(), options).list();
        }
    }

    /** The common options of the topic commands. */
    static final class Options {

        @Option(
                names = "--partitions",
                paramLabel = "N",
                description = "Partitions of each topic, instead of the configuration's.")
        @Nullable
        Integer partitions;

        @Option(
                names = "--replication-factor",
                paramLabel = "N",
                description = "Copies of each partition, instead of the configuration's; -1 for the broker's default.")
        @Nullable
        Short replicationFactor;

        @Option(
                names = {"-o", "--output"},
                paramLabel = "FORMAT",
                defaultValue = "table",
                description = "${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
        OutputFormat output = OutputFormat.table;

        @Mixin
        ConnectionOptions connection = new ConnectionOptions();
    }

    /** One run of {@code redrive topics …}. */
    static final class Run {

        /** A requirement that a check of the topics cannot verify, because it is a client setting. */
        private static final String PARTITIONER =
                "note: clients must partition keys by murmur2, as Java's do; librdkafka"
                        + " (Python, Go, .NET, kcat) with partitioner=murmur2_random; others: 'redrive topics check --help'";

        private final Terminal terminal;
        private final LineOutput out;
        private final OutputFormat format;
        private final Connection connection;
        private final TopicPlan plan;
        private final String applicationId;

        Run(Terminal terminal, TopicsCommand.Options options) {
            this.terminal = terminal;
            this.out = new LineOutput(terminal.out());
            this.format = options.output;
            this.connection = options.connection.resolve(terminal.environment());
            RedriveConfig config = ConfigSource.load(options.connection.config, terminal.environment());
            this.plan = plan(
                    config,
                    options.connection.topicPrefix == null
                            ? config.topics().names()
                            : ConnectionOptions.topicNames(options.connection.topicPrefix),
                    options.partitions,
                    options.replicationFactor);
            this.applicationId = config.applicationId();
        }

        int create() {
            List<TopicCreation> created = connection.ask(admin -> admin.create(plan));
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
            List<Finding> findings = connection.ask(admin -> admin.check(plan, applicationId, Duration.ZERO));
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
                    + " and " + names.commands()
                    + " counts compressed bytes, and a record of 30 KB can take 1 GB of heap;"
                    + " 'redrive inputs skip --help' describes how to get past one";
        }

        int list() {
            List<TopicListing> listings = connection.ask(admin -> admin.list(plan));
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
            print(table, listings.stream().map(Run::json).toList());
            return Subcommand.OK;
        }

        /** Returns the configuration's topics, with names and figures overridden where given. */
        static TopicPlan plan(
                RedriveConfig config,
                TopicNames names,
                @Nullable Integer partitions,
                @Nullable Short replicationFactor) {
            TopicSettings from = Wiring.topics(config).settings();
            try {
                return TopicPlan.of(new TopicSettings(
                        names,
                        from.tiers(),
                        Objects.requireNonNullElse(partitions, from.partitions()),
                        Objects.requireNonNullElse(replicationFactor, from.replicationFactor()),
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
}
