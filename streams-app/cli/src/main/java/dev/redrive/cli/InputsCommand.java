package dev.redrive.cli;

import dev.redrive.cli.CommandFailure.Reason;
import dev.redrive.config.RedriveConfig;
import dev.redrive.runtime.InputSkip;
import dev.redrive.runtime.TopicAdmin.TopicAdminException;
import dev.redrive.runtime.TopicPlan;
import java.time.Duration;
import java.util.Objects;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** {@code redrive inputs}: commands for the pipeline's input records. */
@Command(
        name = "inputs",
        synopsisSubcommandLabel = "COMMAND",
        description = "Skip an input record that the pipeline cannot get past.",
        subcommands = InputsCommand.SkipCommand.class)
final class InputsCommand extends Subcommand {

    @Override
    public Integer call() {
        throw new ParameterException(spec().commandLine(), "a command is missing: skip");
    }

    /** {@code redrive inputs skip}. */
    @Command(
            name = "skip",
            description = {
                "Skip one input record that the pipeline cannot fetch, while every instance is stopped.",
                "",
                "The record goes to the quarantine by reference: topic, partition and offset, not its bytes. The outcome"
                        + " QUARANTINED with reason SKIPPED goes to the outcomes, and the group's offset moves past the record,"
                        + " all in one transaction. Only the record at the pipeline's position can be skipped; health names"
                        + " it, and so does the metric redrive_stuck_input_offset. Exit code 1 if it was refused:"
                        + " GROUP_ACTIVE, WRONG_OFFSET or NOT_FOUND."
            },
            footer = {
                "Example:",
                "  redrive inputs skip --topic jobs.failures --partition 3 --offset 1042 --reason '1 GB of zeros'"
            })
    static final class SkipCommand extends Subcommand {

        @SuppressWarnings("NullAway.Init")
        @Option(
                names = "--topic",
                paramLabel = "NAME",
                required = true,
                description = "The topic that the record is in.")
        private String topic;

        @Option(names = "--partition", paramLabel = "N", required = true, description = "Its partition.")
        private int partition;

        @Option(names = "--offset", paramLabel = "N", required = true, description = "Its offset.")
        private long offset;

        @Option(names = "--reason", paramLabel = "TEXT", description = "Why, for the audit.")
        private @Nullable String reason;

        @Option(names = "--issued-by", paramLabel = "NAME", description = "Who asks, for the audit. Default: $USER.")
        private @Nullable String issuedBy;

        @Option(names = "--yes", description = "Do not ask whether it is meant.")
        private boolean yes;

        @Mixin
        private ConnectionOptions connection = new ConnectionOptions();

        @Override
        public Integer call() {
            if (partition < 0 || offset < 0) {
                throw new CommandFailure(Reason.USAGE, "--partition and --offset take 0 or more");
            }
            if (!yes && !terminal().asks()) {
                throw new CommandFailure(
                        Reason.USAGE,
                        "a skipped record is lost to the pipeline: confirm it by --yes, for there is no terminal"
                                + " to ask at");
            }
            new Run(this).skip();
            return OK;
        }

        /** One run; a class of its own, because help must not load Kafka's exceptions. */
        private static final class Run {

            private static final Duration TIMEOUT = Duration.ofSeconds(10);

            private final SkipCommand command;
            private final Terminal terminal;

            Run(SkipCommand command) {
                this.command = command;
                this.terminal = command.terminal();
            }

            void skip() {
                Connection to = command.connection.resolve(terminal.environment());
                RedriveConfig config = ConfigSource.load(command.connection.config, terminal.environment());
                Reachability.requireBroker(to);
                TopicPlan plan = TopicsCommand.Run.plan(config, to.topics(), null, null);
                try (InputSkip skip =
                        new InputSkip(plan, config.applicationId(), to.clientConfig(), to.serdeConfig(), TIMEOUT)) {
                    skip(skip);
                } catch (InputSkip.RefusedException e) {
                    throw new CommandFailure(reason(e.refusal()), String.valueOf(e.getMessage()), e);
                } catch (TopicAdminException e) {
                    throw Connection.failure(e);
                } catch (KafkaException e) {
                    throw to.failure(e);
                }
                LineOutput out = new LineOutput(terminal.out());
                out.line("SKIPPED " + command.topic + ", partition " + command.partition + ", offset " + command.offset
                        + "; it is in the quarantine by reference. Start the pipeline again.");
                out.flush();
            }

            private void skip(InputSkip skip) {
                TopicPartition at = new TopicPartition(command.topic, command.partition);
                skip.check(at, command.offset);
                if (!command.yes) {
                    terminal.confirm(
                            "skip offset " + command.offset + " of " + command.topic + ", partition "
                                    + command.partition + "?",
                            "nothing was changed");
                }
                skip.skip(
                        at,
                        command.offset,
                        terminal.issuedBy(command.issuedBy),
                        Objects.requireNonNullElse(command.reason, "no reason given"),
                        terminal.clock().instant());
            }

            private static Reason reason(InputSkip.Refusal refusal) {
                return switch (refusal) {
                    case NOT_FOUND -> Reason.NOT_FOUND;
                    case GROUP_ACTIVE -> Reason.GROUP_ACTIVE;
                    case WRONG_OFFSET -> Reason.WRONG_OFFSET;
                };
            }
        }
    }
}
