package dev.redrive.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code redrive explain}: asks the rules what becomes of a failure. */
@Command(
        name = "explain",
        description = {
            "Tell what becomes of a failure, and why: rule, class, disposition, due, key.",
            "",
            "The failure is described by options, or is a JSON object as 'redrive publish' takes it, where userId, jobId,"
                    + " service and operation may be absent too. Nothing is published, and no broker is needed."
        },
        footer = {
            "Examples:",
            "  redrive explain --status 429 --header 'Retry-After: 30'",
            "  redrive explain --status 503 --idempotency-key k1 --charged 3",
            "  redrive explain --code INSUFFICIENT_CREDITS --status 402 --config redrive.yaml",
            "  redrive explain failures.jsonl --output json"
        })
final class ExplainCommand extends Subcommand {

    @Parameters(
            paramLabel = "FILE",
            arity = "0..1",
            description = "A file of JSON lines or a JSON array, each a failure; - reads standard input.")
    private @Nullable String file;

    @Option(names = "--json", paramLabel = "OBJECT", description = "The failure as a JSON object.")
    private @Nullable String json;

    @Option(names = "--service", paramLabel = "NAME", description = "Service category, e.g. music.")
    private @Nullable String service;

    @Option(names = "--operation", paramLabel = "NAME", description = "Operation, e.g. music.song.generate.")
    private @Nullable String operation;

    @Option(names = "--method", paramLabel = "NAME", description = "HTTP method. Default: POST.")
    private @Nullable String method;

    @Option(
            names = "--cause",
            paramLabel = "WORD",
            description = "RESPONSE, NETWORK, TIMEOUT or ASYNC. Default: told by --status.")
    private @Nullable String cause;

    @Option(names = "--status", paramLabel = "NUMBER", description = "HTTP status of the response.")
    private @Nullable Integer status;

    @Option(names = "--code", paramLabel = "CODE", description = "Error code, as the API's envelope would tell it.")
    private @Nullable String code;

    @Option(names = "--body", paramLabel = "TEXT", description = "Body of the error response.")
    private @Nullable String body;

    @Option(
            names = "--header",
            paramLabel = "NAME:VALUE",
            description = "Response header, e.g. 'Retry-After: 30'; may be given several times.")
    private List<String> headers = List.of();

    @Option(names = "--idempotency-key", paramLabel = "KEY", description = "The key that the request carried.")
    private @Nullable String idempotencyKey;

    @Option(names = "--attempt", paramLabel = "N", description = "Number of the attempt that failed. Default: unknown.")
    private @Nullable Integer attempt;

    @Option(names = "--failed-at", paramLabel = "INSTANT", description = "When it failed, in ISO-8601. Default: now.")
    private @Nullable String failedAt;

    @Option(names = "--charged", paramLabel = "N", description = "Charged attempts that failed before. Default: 0.")
    private int charged;

    @Option(names = "--throttled", paramLabel = "N", description = "Throttled attempts before. Default: 0.")
    private int throttled;

    @Option(names = "--trace", description = "Show every rule that was asked, and why it did not match.")
    private boolean trace;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            defaultValue = "text",
            description = "${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    private Format format = Format.text;

    @Mixin
    private ConfigOption config = new ConfigOption();

    /** How to print. */
    enum Format {
        text,
        json
    }

    @Override
    public Integer call() {
        boolean described = !options().isEmpty() || !headers.isEmpty();
        int sources = (file == null ? 0 : 1) + (json == null ? 0 : 1) + (described ? 1 : 0);
        if (sources != 1) {
            throw new CommandFailure(
                    Reason.USAGE,
                    sources == 0
                            ? "describe a failure by options such as --status, or name a FILE"
                            : "a failure is described by options, by --json or in a FILE, not by several of them");
        }
        if (charged < 0 || throttled < 0) {
            throw new CommandFailure(Reason.USAGE, "--charged and --throttled take 0 or more");
        }
        ExplainRun run = new ExplainRun(
                terminal(),
                ConfigSource.load(config.file, terminal().environment()),
                new ExplainRun.History(charged, throttled),
                format == Format.json,
                trace);
        if (file != null) {
            return run.file(file);
        }
        return json != null ? run.object(json) : run.described(options(), headers);
    }

    /** What was given, by the names of the fields of a failure. */
    private Map<String, Object> options() {
        Map<String, Object> fields = new LinkedHashMap<>();
        put(fields, "service", service);
        put(fields, "operation", operation);
        put(fields, "method", method);
        put(fields, "cause", cause);
        put(fields, "httpStatus", status);
        put(fields, ExplainRun.CODE, code);
        put(fields, "errorBody", body);
        put(fields, "idempotencyKey", idempotencyKey);
        put(fields, "attempt", attempt);
        put(fields, "failedAt", failedAt);
        return fields;
    }

    private static void put(Map<String, Object> fields, String name, @Nullable Object value) {
        if (value != null) {
            fields.put(name, value);
        }
    }
}
