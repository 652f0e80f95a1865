package dev.redrive.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.redrive.cli.CommandFailure.Reason;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** {@code redrive redrives}: brings dead letters back in bulk, through the HTTP API. */
@Command(
        name = "redrives",
        synopsisSubcommandLabel = "COMMAND",
        description = {
            "Bring dead letters back in bulk: plan, start, follow, pause, resume, cancel.",
            "",
            "A plan is frozen: it covers the letters that it counted, and no later ones. It counts what is blocked and"
                    + " why, and expires after 15 minutes. Gates are respected, and keys are kept. Cancel is safe at any"
                    + " moment."
        },
        subcommands = {
            RedrivesCommand.PlanCommand.class,
            RedrivesCommand.StartCommand.class,
            RedrivesCommand.StatusCommand.class,
            RedrivesCommand.ResultsCommand.class,
            RedrivesCommand.PauseCommand.class,
            RedrivesCommand.ResumeCommand.class,
            RedrivesCommand.CancelCommand.class,
            RedrivesCommand.ListCommand.class
        })
final class RedrivesCommand extends Subcommand {

    private static final String PATH = "/v1/redrives";

    @Override
    public Integer call() {
        throw new ParameterException(
                spec().commandLine(),
                "a command is missing: plan, start, status, results, pause, resume, cancel or list");
    }

    /** {@code redrive redrives plan}. */
    @Command(
            name = "plan",
            description = {
                "Freeze a plan, and show what it covers; nothing is released before its start.",
                "",
                "The letters are those of a filter, of a file of ids, or those of a former redrive that failed again.",
                "With a canary, so many letters are released first; the others follow when the given share of them has"
                        + " succeeded, else the redrive is HALTED."
            },
            footer = {
                "Examples:",
                "  redrive redrives plan --filter 'code:INSUFFICIENT_CREDITS since:1h' --rate 500",
                "  redrive redrives plan --filter 'service:music' --canary 50 --min-success 95",
                "  redrive redrives plan --ids-file ids.txt --discard"
            })
    static final class PlanCommand extends Subcommand {

        private static final int MAX_IDS = 20_000;
        private static final int MAX_ID_CHARS = 36;

        @Mixin
        private FilterOption filter = new FilterOption();

        @Option(
                names = "--ids-file",
                paramLabel = "FILE",
                description = "A file with an id of a dead letter on each line, at most " + MAX_IDS
                        + "; - reads standard input.")
        private @Nullable Path idsFile;

        @Option(names = "--failed-of", paramLabel = "ID", description = "Letters of this redrive that failed again.")
        private @Nullable String failedOf;

        @Option(names = "--discard", description = "Discard the letters in place of redriving them.")
        private boolean discard;

        @Option(names = "--rate", paramLabel = "N", description = "Letters a second, 1 to 10000. Default: 100.")
        private @Nullable Integer rate;

        @Option(
                names = "--ramp",
                paramLabel = "DURATION",
                description = "Over how long the rate grows to its full value, up to 1h. Default: none.")
        private @Nullable Duration ramp;

        @Option(
                names = "--canary",
                paramLabel = "N",
                description = "Letters to release first, up to 10000. Default: 0.")
        private @Nullable Integer canary;

        @Option(
                names = "--canary-wait",
                paramLabel = "DURATION",
                description = "How long to wait for the outcomes of the canary, 1s to 1d. Default: 10m.")
        private @Nullable Duration canaryWait;

        @Option(
                names = "--min-success",
                paramLabel = "PERCENT",
                description = "Share of ended letters that must have succeeded, else it halts; 0 never. Default: 90.")
        private @Nullable Integer minSuccess;

        @Option(
                names = "--override",
                description = "Cover also letters that are known to be blocked, such as those redriven too often.")
        private boolean override;

        @Mixin
        private ObjectOption view = new ObjectOption();

        @Mixin
        private ApiOptions api = new ApiOptions();

        @Override
        public Integer call() {
            if ((filter.filter == null ? 0 : 1) + (idsFile == null ? 0 : 1) + (failedOf == null ? 0 : 1) != 1) {
                throw new CommandFailure(Reason.USAGE, "give one of --filter, --ids-file and --failed-of");
            }
            Map<String, Object> body = new LinkedHashMap<>();
            put(body, "action", discard ? "DISCARD" : "REDRIVE");
            put(body, "filter", filter.filter);
            put(body, "letters", idsFile == null ? null : ids(idsFile));
            put(body, "failedOf", failedOf);
            put(body, "ratePerSecond", rate);
            put(body, "rampSeconds", ramp == null ? null : ramp.toSeconds());
            put(body, "canary", canary);
            put(body, "canaryWaitSeconds", canaryWait == null ? null : canaryWait.toSeconds());
            put(body, "minSuccessPercent", minSuccess);
            put(body, "override", override ? Boolean.TRUE : null);
            ApiRows.object(terminal(), view, api.client(terminal()).post(PATH, body), RedriveText::plan);
            return OK;
        }

        private static void put(Map<String, Object> body, String name, @Nullable Object value) {
            if (value != null) {
                body.put(name, value);
            }
        }

        private List<String> ids(Path file) {
            List<String> ids = new ArrayList<>();
            boolean stdin = file.toString().equals("-");
            try (InputStream bytes = stdin ? terminal().in() : Files.newInputStream(file);
                    BufferedReader lines = new BufferedReader(new InputStreamReader(bytes, StandardCharsets.UTF_8))) {
                String line;
                for (int number = 1; (line = lines.readLine()) != null; number++) {
                    String id = line.strip();
                    if (id.length() > MAX_ID_CHARS) {
                        throw new CommandFailure(
                                Reason.INPUT_INVALID,
                                "line " + number + " is not an id: it is longer than 36 characters");
                    }
                    if (ids.size() == MAX_IDS) {
                        throw new CommandFailure(
                                Reason.TOO_MANY, "at most " + MAX_IDS + " ids can be listed; use a filter");
                    }
                    if (!id.isEmpty()) {
                        ids.add(id);
                    }
                }
            } catch (IOException e) {
                throw new CommandFailure(Reason.FILE_UNREADABLE, "cannot read the ids: " + e.getMessage(), e);
            }
            if (ids.isEmpty()) {
                throw new CommandFailure(Reason.INPUT_INVALID, "there are no ids in " + (stdin ? "the input" : file));
            }
            return ids;
        }
    }

    /** A command about one redrive. */
    abstract static class OneCommand extends Subcommand {

        @Parameters(index = "0", paramLabel = "ID", description = "Id of the redrive.")
        private String id = "";

        @Mixin
        private ObjectOption view = new ObjectOption();

        @Mixin
        private ApiOptions api = new ApiOptions();

        String path(String... more) {
            List<String> segments = new ArrayList<>(List.of("redrives", id));
            segments.addAll(List.of(more));
            return ApiClient.path(segments.toArray(String[]::new));
        }

        ApiClient client() {
            return api.client(terminal());
        }

        ObjectOption view() {
            return view;
        }
    }

    /** Shows one redrive. */
    private static final class Shown {

        private Shown() {}

        static int show(OneCommand command, JsonNode redrive) {
            ApiRows.object(command.terminal(), command.view(), redrive, RedriveText::status);
            return OK;
        }

        /** Shows the redrive, after its end if the user waits for it. */
        static int show(OneCommand command, ApiClient client, JsonNode redrive, RedriveWait wait) {
            if (!wait.asked()) {
                return show(command, redrive);
            }
            JsonNode ended = new RedriveWait.Following(wait).end(command.terminal(), client, command.path());
            show(command, ended);
            return RedriveWait.Following.lettersLeft(ended) ? LETTERS_LEFT : OK;
        }
    }

    /** {@code redrive redrives start}. */
    @Command(
            name = "start",
            description = {
                "Start a plan.",
                "",
                "Above 1,000 letters their number must be given, or typed when it is asked for on a terminal."
            },
            footer = {"Example:", "  redrive redrives start 6e1f… --reason 'allowances are refilled' --wait"})
    static final class StartCommand extends OneCommand {

        @Option(names = "--reason", paramLabel = "TEXT", required = true, description = "Why, for the audit.")
        private String reason = "";

        @Option(names = "--count", paramLabel = "N", description = "The plan's number of letters.")
        private @Nullable Long count;

        @Mixin
        private RedriveWait wait = new RedriveWait();

        @Override
        public Integer call() {
            ApiClient client = client();
            Map<String, Object> body = new LinkedHashMap<>();
            body.put("reason", reason);
            Long confirmed = count;
            if (confirmed == null) {
                JsonNode plan = client.get(path());
                confirmed = plan.path("countNeeded").asBoolean()
                        ? typed(plan.path("planned").asLong())
                        : null;
            }
            if (confirmed != null) {
                body.put("count", confirmed);
            }
            return Shown.show(this, client, client.post(path("start"), body), wait);
        }

        private Long typed(long planned) {
            if (!terminal().asks()) {
                throw new CommandFailure(
                        Reason.USAGE, "the plan covers more than 1,000 letters; give their number with --count");
            }
            String answer = terminal().answer("The plan covers " + planned + " letters. Type their number to start: ");
            if (!answer.strip().equals(Long.toString(planned))) {
                throw new CommandFailure(Reason.REJECTED, "it was not confirmed, and nothing was started");
            }
            return planned;
        }
    }

    /** {@code redrive redrives status}. */
    @Command(name = "status", description = "Show a redrive: its state, how far it is, and its letters by result.")
    static final class StatusCommand extends OneCommand {

        @Mixin
        private RedriveWait wait = new RedriveWait();

        @Override
        public Integer call() {
            ApiClient client = client();
            return Shown.show(this, client, client.get(path()), wait);
        }
    }

    /** A decision about a redrive. */
    abstract static class DecisionCommand extends OneCommand {

        private final String decision;

        @Option(names = "--reason", paramLabel = "TEXT", description = "Why, for the audit.")
        private @Nullable String reason;

        private DecisionCommand(String decision) {
            this.decision = decision;
        }

        String decisionPath() {
            return path(decision);
        }

        Map<String, String> body() {
            return reason == null ? Map.of() : Map.of("reason", reason);
        }

        @Override
        public Integer call() {
            return Shown.show(this, client().post(decisionPath(), body()));
        }
    }

    /** {@code redrive redrives pause}. */
    @Command(name = "pause", description = "Pause a redrive; what is released stays released.")
    static final class PauseCommand extends DecisionCommand {

        PauseCommand() {
            super("pause");
        }
    }

    /** {@code redrive redrives resume}. */
    @Command(
            name = "resume",
            description = "Resume a redrive that is paused or halted; the canary then counts as passed.")
    static final class ResumeCommand extends DecisionCommand {

        @Mixin
        private RedriveWait wait = new RedriveWait();

        ResumeCommand() {
            super("resume");
        }

        @Override
        public Integer call() {
            ApiClient client = client();
            return Shown.show(this, client, client.post(decisionPath(), body()), wait);
        }
    }

    /** {@code redrive redrives cancel}. */
    @Command(
            name = "cancel",
            description = "Cancel a redrive: no further letter is released. Letters that are left stay as they are.")
    static final class CancelCommand extends DecisionCommand {

        CancelCommand() {
            super("cancel");
        }
    }

    /** {@code redrive redrives results}. */
    @Command(
            name = "results",
            description = "List what became of each letter of a redrive.",
            footer = {
                "Examples:",
                "  redrive redrives results 6e1f… --result dead-again",
                "  redrive redrives plan --failed-of 6e1f…"
            })
    static final class ResultsCommand extends Subcommand {

        /** The API's results, in lower case with hyphens. */
        private static final List<String> RESULTS =
                List.of("blocked", "scheduled", "released", "retrying", "succeeded", "dead-again");

        @Parameters(index = "0", paramLabel = "ID", description = "Id of the redrive.")
        private String id = "";

        @Option(
                names = "--result",
                paramLabel = "RESULT",
                description = "Only blocked, scheduled, released, retrying, succeeded or dead-again.")
        private @Nullable String result;

        @Mixin
        private ApiRows.Options rows = new ApiRows.Options();

        @Mixin
        private ApiOptions api = new ApiOptions();

        @Override
        public Integer call() {
            Map<String, String> query = new LinkedHashMap<>();
            if (result != null) {
                String word = result.toLowerCase(Locale.ROOT).replace('_', '-');
                if (!RESULTS.contains(word)) {
                    throw new CommandFailure(Reason.USAGE, "--result takes one of " + String.join(", ", RESULTS));
                }
                query.put("result", word.replace('-', '_').toUpperCase(Locale.ROOT));
            }
            rows.rows(terminal(), RedriveText.resultColumns())
                    .print(api.client(terminal()), ApiClient.path("redrives", id, "results"), query, "results");
            return OK;
        }
    }

    /** {@code redrive redrives list}. */
    @Command(name = "list", description = "List redrives, the newest first.")
    static final class ListCommand extends Subcommand {

        @Mixin
        private ApiRows.Options rows = new ApiRows.Options();

        @Mixin
        private ApiOptions api = new ApiOptions();

        @Override
        public Integer call() {
            Instant now = terminal().clock().instant();
            rows.rows(terminal(), RedriveText.columns(now)).print(api.client(terminal()), PATH, Map.of(), "redrives");
            return OK;
        }
    }
}
