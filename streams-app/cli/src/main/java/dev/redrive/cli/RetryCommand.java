package dev.redrive.cli;

import dev.redrive.cli.CommandFailure.Reason;
import dev.redrive.codec.DomainMapper;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A command on pending retries; the pipeline executes it and publishes the outcome. */
abstract class RetryCommand extends Subcommand {

    /** Not {@code CommandKind}: every command is instantiated at each start, and help must not load Avro. */
    private final String kind;

    @Mixin
    private Options options = new Options();

    @Mixin
    private ConnectionOptions connection = new ConnectionOptions();

    private RetryCommand(String kind) {
        this.kind = kind;
    }

    @Override
    public Integer call() {
        options.check();
        return new RetryCommandRun(
                        terminal(), kind, options, connection.resolve(terminal().environment()), System::nanoTime)
                .run(clients());
    }

    /** {@code redrive cancel}. */
    @Command(
            name = "cancel",
            description = {
                "Withdraw pending retries, so that they are never released.",
                "",
                "A job whose retry is withdrawn is finished; what it still reports is counted as stale. Writes a command to the commands topic and waits for its outcome, which names the same command id."
                        + " A command that was written takes effect, whether it is waited for or not. Exit code 1 if it was"
                        + " rejected, or its outcome did not come in time."
            },
            footer = {
                "Examples:",
                "  redrive cancel --user u1 --job j1",
                "  redrive cancel --user u1",
                "  redrive cancel --operation music.song.generate --yes"
            })
    static final class Cancel extends RetryCommand {

        Cancel() {
            super("CANCEL");
        }
    }

    /** {@code redrive expedite}. */
    @Command(
            name = "expedite",
            description = {
                "Make pending retries due now.",
                "",
                "The gates still apply: a blocked retry is released when its gate opens. Writes a command to the commands topic and waits for its outcome, which names the same command id."
                        + " A command that was written takes effect, whether it is waited for or not. Exit code 1 if it was"
                        + " rejected, or its outcome did not come in time."
            },
            footer = {
                "Examples:",
                "  redrive expedite --user u1 --job j1",
                "  redrive expedite --user u1",
                "  redrive expedite --operation music.song.generate --yes"
            })
    static final class Expedite extends RetryCommand {

        Expedite() {
            super("EXPEDITE");
        }
    }

    /** The options of {@code cancel} and {@code expedite}. */
    static final class Options {

        @Option(names = "--user", paramLabel = "ID", description = "Retries of this user.")
        @Nullable
        String user;

        @Option(names = "--job", paramLabel = "ID", description = "With --user: the retry of this job alone.")
        @Nullable
        String job;

        @Option(
                names = "--operation",
                paramLabel = "NAME",
                description = "All pending retries of this operation; without --user those of all users.")
        @Nullable
        String operation;

        @Option(names = "--issued-by", paramLabel = "NAME", description = "Who asks, for the audit. Default: $USER.")
        @Nullable
        String issuedBy;

        @Option(names = "--yes", description = "For all users: do not ask whether it is meant.")
        boolean yes;

        @Option(names = "--no-wait", description = "Do not wait for the outcome; it comes in the outcomes topic.")
        boolean noWait;

        @Option(
                names = "--timeout",
                paramLabel = "DURATION",
                defaultValue = "90s",
                description = "Wait so long for the outcome, e.g. 500ms, 30s, 10m. Default: ${DEFAULT-VALUE}.")
        Duration timeout = Duration.ZERO;

        @Option(
                names = {"-o", "--output"},
                paramLabel = "FORMAT",
                defaultValue = "table",
                description = "${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
        OutputFormat output = OutputFormat.table;

        /** @throws CommandFailure if the options contradict each other */
        void check() {
            if (job != null && user == null) {
                throw usage("--job goes with --user");
            }
            if (user == null && operation == null) {
                throw usage("name whose retries: --user, or --operation, or both");
            }
            if (job != null && operation != null) {
                throw usage("--job and --operation do not go together");
            }
            requireId("--user", user);
            requireId("--job", job);
            requireId("--operation", operation);
        }

        private static void requireId(String option, @Nullable String id) {
            if (id != null && (id.isEmpty() || id.length() > DomainMapper.MAX_ID_CHARS)) {
                throw usage(option + " takes 1 to " + DomainMapper.MAX_ID_CHARS + " characters, not " + id.length());
            }
        }

        private static CommandFailure usage(String sentence) {
            return new CommandFailure(Reason.USAGE, sentence);
        }
    }
}
