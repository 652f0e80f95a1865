package dev.redrive.cli;

import dev.redrive.avro.CommandKind;
import dev.redrive.codec.DomainMapper;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What {@code cancel} and {@code expedite} share. */
final class OrderOptions {

    @Option(names = "--user", paramLabel = "ID", description = "Retries of this user.")
    private @Nullable String user;

    @Option(names = "--job", paramLabel = "ID", description = "With --user: the retry of this job alone.")
    private @Nullable String job;

    @Option(
            names = "--operation",
            paramLabel = "NAME",
            description = "All pending retries of this operation; without --user those of all users.")
    private @Nullable String operation;

    @Option(names = "--issued-by", paramLabel = "NAME", description = "Who asks, for the audit. Default: $USER.")
    private @Nullable String issuedBy;

    @Option(names = "--yes", description = "For all users: do not ask whether it is meant.")
    boolean yes;

    @Option(names = "--no-wait", description = "Do not wait for the outcome; it will stand in the outcomes topic.")
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

    /** @throws CommandFailure if the options do not go together */
    Order order(CommandKind kind, Map<String, String> environment) {
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
        String by = issuedBy == null ? environment.getOrDefault("USER", "") : issuedBy;
        return new Order(kind, user, job, operation, by);
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
