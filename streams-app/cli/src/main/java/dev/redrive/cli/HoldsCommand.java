package dev.redrive.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.redrive.cli.CommandFailure.Reason;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** {@code redrive holds}: holds retries back, through the HTTP API. */
@Command(
        name = "holds",
        synopsisSubcommandLabel = "COMMAND",
        description = {
            "Hold the retries of a user, a service, an operation or all, and end holds.",
            "",
            "Intake goes on meanwhile: retries are blocked by the gate OPERATOR until the hold ends, and then ramp up."
        },
        subcommands = {HoldsCommand.AddCommand.class, HoldsCommand.EndCommand.class})
final class HoldsCommand extends Subcommand {

    @Override
    public Integer call() {
        throw new ParameterException(spec().commandLine(), "a command is missing: add or end");
    }

    /** Prints the answers of the partitions. */
    private static final class Text {

        private Text() {}

        static BiConsumer<JsonNode, LineOutput> of(@Nullable Instant until) {
            return (command, out) -> {
                out.line(command.path("state").asText() + " by "
                        + command.path("answered").asText() + " of "
                        + command.path("partitions").asText() + " partitions"
                        + (until == null ? "" : " until " + until));
                command.path("rejections").forEach(rejection -> out.line("rejected: " + rejection.asText()));
            };
        }
    }

    /** What a hold covers, and why. */
    static final class Scope {

        @Option(names = "--user", paramLabel = "ID", description = "Retries of this user.")
        private @Nullable String user;

        @Option(names = "--service", paramLabel = "NAME", description = "Retries of this service.")
        private @Nullable String service;

        @Option(names = "--operation", paramLabel = "NAME", description = "Retries of this operation.")
        private @Nullable String operation;

        @Option(names = "--all", description = "All retries.")
        private boolean all;

        @Option(names = "--reason", paramLabel = "TEXT", required = true, description = "Why, for the audit.")
        private String reason = "";

        @Mixin
        private ObjectOption view = new ObjectOption();

        @Mixin
        private ApiOptions api = new ApiOptions();

        /**
         * Returns the exit code: a failure where a partition has rejected it.
         *
         * @throws CommandFailure if the options contradict each other, or the API refuses
         */
        int send(Terminal terminal, String path, @Nullable Instant until) {
            Map<String, Object> body = new LinkedHashMap<>();
            put(body, "user", user);
            put(body, "service", service);
            put(body, "operation", operation);
            if (body.isEmpty() != all) {
                throw new CommandFailure(Reason.USAGE, "give --user, --service, --operation, or --all alone");
            }
            put(body, "all", all ? Boolean.TRUE : null);
            body.put("reason", reason);
            put(body, "until", until == null ? null : until.toString());
            JsonNode answer = api.client(terminal).post(path, body);
            ApiRows.object(terminal, view, answer, Text.of(until));
            return answer.path("rejections").isEmpty() ? OK : FAILED;
        }

        private static void put(Map<String, Object> body, String name, @Nullable Object value) {
            if (value != null) {
                body.put(name, value);
            }
        }
    }

    /** {@code redrive holds add}. */
    @Command(
            name = "add",
            description = "Hold retries until an end, 7 days ahead at most.",
            footer = {
                "Examples:",
                "  redrive holds add --service music --for 1h --reason 'the provider is in maintenance'",
                "  redrive holds add --all --until 2026-12-24T12:00:00Z --reason migration"
            })
    static final class AddCommand extends Subcommand {

        @Mixin
        private Scope scope = new Scope();

        @Option(names = "--for", paramLabel = "DURATION", description = "How long, e.g. 60s, 10m, 1h.")
        private @Nullable Duration duration;

        @Option(names = "--until", paramLabel = "INSTANT", description = "Until when, e.g. 2026-12-24T12:00:00Z.")
        private @Nullable String instant;

        @Override
        public Integer call() {
            Instant until = DeadLettersCommand.end(terminal(), duration, instant);
            if (until == null) {
                throw new CommandFailure(Reason.USAGE, "a hold needs its end: --for or --until");
            }
            return scope.send(terminal(), "/v1/holds", until);
        }
    }

    /** {@code redrive holds end}. */
    @Command(
            name = "end",
            description = "End a hold now; its retries ramp up.",
            footer = {"Example:", "  redrive holds end --service music --reason 'the provider is back'"})
    static final class EndCommand extends Subcommand {

        @Mixin
        private Scope scope = new Scope();

        @Override
        public Integer call() {
            return scope.send(terminal(), "/v1/holds/release", null);
        }
    }
}
