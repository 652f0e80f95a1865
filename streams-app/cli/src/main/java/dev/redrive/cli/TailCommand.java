package dev.redrive.cli;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code redrive tail}: a topic's records as JSON lines. */
@Command(
        name = "tail",
        description = {
            "Show a topic's records as JSON lines, as they come.",
            "",
            "Only new records are shown, unless --from-beginning is given; of transactions only what was committed. Each"
                    + " line is an object {topic, partition, offset, timestamp, key, headers, value}; bytes that cannot"
                    + " be decoded stand as base64. Ends by --max, by --timeout, or by Ctrl-C."
        },
        footer = {
            "Examples:",
            "  redrive tail ready --max 1 --timeout 30s",
            "  redrive tail dead-letters --from-beginning --timeout 0s --value-only | jq -r .reason | sort | uniq -c",
            "  redrive tail outcomes --user u1"
        })
final class TailCommand extends Subcommand {

    @Parameters(
            paramLabel = "TOPIC",
            completionCandidates = OutputTopic.Words.class,
            converter = OutputTopic.Converter.class,
            description = "One of ${COMPLETION-CANDIDATES}.")
    private OutputTopic topic = OutputTopic.READY;

    @Option(names = "--from-beginning", description = "Start with the oldest record that is kept.")
    private boolean fromBeginning;

    @Option(names = "--max", paramLabel = "N", description = "End after N records.")
    private @Nullable Long max;

    @Option(
            names = "--timeout",
            paramLabel = "DURATION",
            description =
                    "End when no record was shown for this long, e.g. 500ms, 30s, 10m; 0s ends with the last record"
                            + " that was there at the start. The exit code is 0 all the same.")
    private @Nullable Duration timeout;

    @Option(
            names = "--user",
            paramLabel = "ID",
            description =
                    "Only records with this key, which is the user's id (in error-rates service/operation, in alerts"
                            + " the fingerprint).")
    private @Nullable String user;

    @Option(
            names = "--tier",
            paramLabel = "TIER",
            split = ",",
            description = "retry: only these tiers, e.g. 10s,1m. Default: all that exist.")
    private List<String> tiers = List.of();

    @Option(names = "--value-only", description = "Print the value alone, without topic, key and headers.")
    private boolean valueOnly;

    @Mixin
    private ConnectionOptions connection = new ConnectionOptions();

    @Override
    public Integer call() {
        if (max != null && max < 1) {
            throw new CommandFailure(Reason.USAGE, "--max takes 1 or more, not " + max);
        }
        if (!tiers.isEmpty() && topic != OutputTopic.RETRY) {
            throw new CommandFailure(Reason.USAGE, "--tier goes with 'tail retry' alone");
        }
        TailQuery query = new TailQuery(topic, tiers, fromBeginning, max, timeout, user, valueOnly);
        return new TailRun(terminal(), query, connection.resolve(terminal().environment()), System::nanoTime)
                .run(clients());
    }
}
