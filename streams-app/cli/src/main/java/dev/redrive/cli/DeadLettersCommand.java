package dev.redrive.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.redrive.cli.ApiRows.Column;
import dev.redrive.cli.CommandFailure.Reason;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** {@code redrive dead-letters}: finds dead letters and decides about them, through the HTTP API. */
@Command(
        name = "dead-letters",
        synopsisSubcommandLabel = "COMMAND",
        description = {
            "Find dead letters, and decide about them.",
            "",
            "Asks the HTTP API of a serving instance. What comes back in bulk is redriven or discarded by a plan: see"
                    + " redrive redrives --help."
        },
        subcommands = {
            DeadLettersCommand.ListCommand.class,
            DeadLettersCommand.ShowCommand.class,
            DeadLettersCommand.CountCommand.class,
            DeadLettersCommand.GroupsCommand.class,
            DeadLettersCommand.DiscardCommand.class,
            DeadLettersCommand.NoteCommand.class,
            DeadLettersCommand.IgnoreCommand.class,
            DeadLettersCommand.ResolveCommand.class,
            DeadLettersCommand.ReopenCommand.class
        })
final class DeadLettersCommand extends Subcommand {

    @Override
    public Integer call() {
        throw new ParameterException(
                spec().commandLine(),
                "a command is missing: list, show, count, groups, discard, note, ignore, resolve or reopen");
    }

    /** {@code redrive dead-letters list}. */
    @Command(
            name = "list",
            description = "List dead letters, the newest first.",
            footer = {
                "Examples:",
                "  redrive dead-letters list --filter 'state:OPEN code:INSUFFICIENT_CREDITS since:1h'",
                "  redrive dead-letters list --filter 'user:u1' --limit 1000 --output csv > letters.csv"
            })
    static final class ListCommand extends Subcommand {

        @Mixin
        private FilterOption filter = new FilterOption();

        @Mixin
        private ApiRows.Options rows = new ApiRows.Options();

        @Mixin
        private ApiOptions api = new ApiOptions();

        @Override
        public Integer call() {
            rows.rows(terminal(), LetterText.columns(terminal().clock().instant()))
                    .print(api.client(terminal()), "/v1/dead-letters", filter.query(), "letters");
            return OK;
        }
    }

    /** {@code redrive dead-letters show}. */
    @Command(
            name = "show",
            description = {
                "Show one dead letter: its job, its attempts, its message and its request.",
                "",
                "The payload is shown to the roles that may see it (server.payloadsVisibleTo)."
            })
    static final class ShowCommand extends Subcommand {

        @Parameters(paramLabel = "ID", description = "Id of the dead letter.")
        private String id = "";

        @Mixin
        private ObjectOption view = new ObjectOption();

        @Mixin
        private ApiOptions api = new ApiOptions();

        @Override
        public Integer call() {
            JsonNode answer = api.client(terminal()).get(ApiClient.path("dead-letters", id));
            ApiRows.object(terminal(), view, answer, LetterText::detail);
            return OK;
        }
    }

    /** {@code redrive dead-letters count}. */
    @Command(
            name = "count",
            description = "Count dead letters, all together or by a field.",
            footer = {"Example:", "  redrive dead-letters count --filter 'state:OPEN service:music' --by code"})
    static final class CountCommand extends Subcommand {

        @Mixin
        private FilterOption filter = new FilterOption();

        @Option(
                names = "--by",
                paramLabel = "FIELD",
                description = "Count by code, class, reason, service, operation, status or group.")
        private @Nullable String by;

        @Mixin
        private ObjectOption view = new ObjectOption();

        @Mixin
        private ApiOptions api = new ApiOptions();

        @Override
        public Integer call() {
            Map<String, String> query = filter.query();
            if (by != null) {
                query.put("by", by);
            }
            JsonNode answer = api.client(terminal()).get("/v1/dead-letters/counts", query);
            ApiRows.object(terminal(), view, answer, LetterText::counts);
            return OK;
        }
    }

    /** {@code redrive dead-letters groups}. */
    @Command(
            name = "groups",
            description = {
                "List groups of dead letters with the same fingerprint, those with the newest letters first.",
                "",
                "Terms of the filter about users, batches, labels, states and times are ignored here: sums are over all"
                        + " letters of a group. REGRESSED is a group with new letters since it was resolved."
            },
            footer = {"Example:", "  redrive dead-letters groups --filter 'service:music'"})
    static final class GroupsCommand extends Subcommand {

        @Mixin
        private FilterOption filter = new FilterOption();

        @Mixin
        private ApiRows.Options rows = new ApiRows.Options();

        @Mixin
        private ApiOptions api = new ApiOptions();

        @Override
        public Integer call() {
            List<Column> columns = LetterText.groupColumns(terminal().clock().instant());
            rows.rows(terminal(), columns)
                    .print(api.client(terminal()), "/v1/dead-letters/groups", filter.query(), "groups");
            return OK;
        }
    }

    /** {@code redrive dead-letters discard}. */
    @Command(
            name = "discard",
            description = {
                "Close dead letters without bringing their jobs back.",
                "",
                "By their ids; many are discarded by a plan: redrive redrives plan --discard. Stops at the first that"
                        + " cannot be discarded; those before it stay discarded."
            },
            footer = {"Example:", "  redrive dead-letters discard 6e1f… --reason 'the customer has withdrawn it'"})
    static final class DiscardCommand extends Subcommand {

        @Parameters(paramLabel = "ID", arity = "1..100", description = "Ids of dead letters.")
        private List<String> ids = List.of();

        @Option(names = "--reason", paramLabel = "TEXT", required = true, description = "Why, for the audit.")
        private String reason = "";

        @Mixin
        private ObjectOption view = new ObjectOption();

        @Mixin
        private ApiOptions api = new ApiOptions();

        @Override
        public Integer call() {
            ApiClient client = api.client(terminal());
            for (String id : ids) {
                JsonNode answer = client.post(ApiClient.path("dead-letters", id, "discard"), Map.of("reason", reason));
                ApiRows.object(terminal(), view, answer, LetterText.discarded(id));
            }
            return OK;
        }
    }

    /** A decision about a group. */
    abstract static class GroupCommand extends Subcommand {

        private final String state;

        @Parameters(index = "0", paramLabel = "GROUP", description = "The group's fingerprint.")
        private String group = "";

        @Mixin
        private ObjectOption view = new ObjectOption();

        @Mixin
        private ApiOptions api = new ApiOptions();

        private GroupCommand(String state) {
            this.state = state;
        }

        /** Returns the note; {@code null} for none. */
        abstract @Nullable String note();

        /** Returns the end of the decision; {@code null} for none. */
        @Nullable
        Instant until() {
            return null;
        }

        @Override
        public Integer call() {
            Map<String, Object> body = new LinkedHashMap<>();
            body.put("state", state);
            String note = note();
            if (note != null) {
                body.put("note", note);
            }
            Instant until = until();
            if (until != null) {
                body.put("until", until.toString());
            }
            JsonNode answer = api.client(terminal()).post(ApiClient.path("dead-letters", "groups", group), body);
            ApiRows.object(terminal(), view, answer, LetterText::decided);
            return OK;
        }
    }

    /** {@code redrive dead-letters note}. */
    @Command(name = "note", description = "Attach a note to a group; its state stays.")
    static final class NoteCommand extends GroupCommand {

        @Parameters(index = "1", paramLabel = "TEXT", description = "The note, up to 500 characters.")
        private String text = "";

        NoteCommand() {
            super("NOTED");
        }

        @Override
        String note() {
            return text;
        }
    }

    /** {@code redrive dead-letters ignore}. */
    @Command(
            name = "ignore",
            description = "Ignore a group, until an instant or until it is opened again.",
            footer = {"Example:", "  redrive dead-letters ignore 3fd0… --for 7d --note 'fixed in the next release'"})
    static final class IgnoreCommand extends GroupCommand {

        @Option(names = "--note", paramLabel = "TEXT", description = "A note, up to 500 characters.")
        private @Nullable String note;

        @Option(names = "--for", paramLabel = "DURATION", description = "How long, e.g. 10m, 1h, 7d.")
        private @Nullable Duration duration;

        @Option(names = "--until", paramLabel = "INSTANT", description = "Until when, e.g. 2026-12-24T12:00:00Z.")
        private @Nullable String instant;

        IgnoreCommand() {
            super("IGNORED");
        }

        @Override
        @Nullable
        String note() {
            return note;
        }

        @Override
        @Nullable
        Instant until() {
            return end(terminal(), duration, instant);
        }
    }

    /**
     * Returns the instant that one of two options gives; {@code null} if neither is given.
     *
     * @throws CommandFailure if both are given, or the instant cannot be read
     */
    static @Nullable Instant end(Terminal terminal, @Nullable Duration duration, @Nullable String instant) {
        if (duration != null && instant != null) {
            throw new CommandFailure(Reason.USAGE, "--for and --until do not go together");
        }
        if (instant == null) {
            return duration == null ? null : terminal.clock().instant().plus(duration);
        }
        try {
            return Instant.parse(instant);
        } catch (DateTimeParseException e) {
            throw new CommandFailure(Reason.USAGE, "--until takes an instant such as 2026-12-24T12:00:00Z", e);
        }
    }

    /** {@code redrive dead-letters resolve}. */
    @Command(
            name = "resolve",
            description =
                    "Mark a group as resolved; further letters of it make it regressed. The letters stay as they are.")
    static final class ResolveCommand extends GroupCommand {

        @Option(names = "--note", paramLabel = "TEXT", description = "A note, up to 500 characters.")
        private @Nullable String note;

        ResolveCommand() {
            super("RESOLVED");
        }

        @Override
        @Nullable
        String note() {
            return note;
        }
    }

    /** {@code redrive dead-letters reopen}. */
    @Command(name = "reopen", description = "Open a group that is ignored or resolved.")
    static final class ReopenCommand extends GroupCommand {

        @Option(names = "--note", paramLabel = "TEXT", description = "A note, up to 500 characters.")
        private @Nullable String note;

        ReopenCommand() {
            super("OPEN");
        }

        @Override
        @Nullable
        String note() {
            return note;
        }
    }
}
