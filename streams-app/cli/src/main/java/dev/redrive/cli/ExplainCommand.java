package dev.redrive.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.redrive.avro.JobFailure;
import dev.redrive.cli.CommandFailure.Reason;
import dev.redrive.codec.DomainMapper;
import dev.redrive.codec.DomainMapper.InvalidFieldException;
import dev.redrive.codec.NaturalJson;
import dev.redrive.codec.NaturalJson.NaturalJsonResult;
import dev.redrive.codec.NaturalJson.NaturalJsonResult.Read;
import dev.redrive.codec.NaturalJson.NaturalJsonResult.Refused;
import dev.redrive.config.RedriveConfig;
import dev.redrive.domain.classify.Envelope;
import dev.redrive.domain.decide.Decider.Explanation;
import dev.redrive.domain.decide.Decider.Progress;
import dev.redrive.domain.event.Input.JobFailed;
import dev.redrive.domain.event.JobRef;
import dev.redrive.runtime.Wiring;
import java.io.IOException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code redrive explain}: shows how the rules handle a failure. */
@Command(
        name = "explain",
        description = {
            "Show what becomes of a failure, and why: rule, class, disposition, due, key.",
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
            description = "RESPONSE, NETWORK, TIMEOUT or ASYNC. Default: derived from --status.")
    private @Nullable String cause;

    @Option(names = "--status", paramLabel = "NUMBER", description = "HTTP status of the response.")
    private @Nullable Integer status;

    @Option(names = "--code", paramLabel = "CODE", description = "Error code, as in the API's error envelope.")
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

    @Option(names = "--trace", description = "Show every rule that was evaluated, and why it did not match.")
    private boolean trace;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            defaultValue = "text",
            description = "${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    private Format format = Format.text;

    @Mixin
    private ConfigSource.FileOption config = new ConfigSource.FileOption();

    /** The output format. */
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
        Run run = new Run(
                terminal(),
                ConfigSource.load(config.file, terminal().environment()),
                new Run.History(charged, throttled),
                format == Format.json,
                trace);
        if (file != null) {
            return run.file(file);
        }
        return json != null ? run.object(json) : run.described(options(), headers);
    }

    /** Returns the given options under the names of a failure's fields. */
    private Map<String, Object> options() {
        Map<String, Object> fields = new LinkedHashMap<>();
        put(fields, "service", service);
        put(fields, "operation", operation);
        put(fields, "method", method);
        put(fields, "cause", cause);
        put(fields, "httpStatus", status);
        put(fields, Run.CODE, code);
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

    /** One run of {@code redrive explain}; uses the pipeline's decider. */
    static final class Run {

        /** Not a field of a failure: the code is part of the body, in the API's own envelope. */
        static final String CODE = "code";

        /** Placeholder where no job is given. */
        static final JobRef NOBODY = new JobRef("anybody", "anything");

        private final NaturalJson json = new NaturalJson();
        private final Terminal terminal;
        private final LineOutput out;
        private final RedriveConfig config;
        private final DomainMapper inputs;
        private final History history;
        private final boolean asJson;
        private final boolean trace;

        /**
         * The preceding attempts.
         *
         * @param charged number of charged attempts
         * @param throttled number of throttled attempts, which are not charged
         */
        record History(int charged, int throttled) {}

        Run(Terminal terminal, RedriveConfig config, History history, boolean asJson, boolean trace) {
            this.terminal = terminal;
            this.out = new LineOutput(terminal.out());
            this.config = config;
            this.inputs = Wiring.mapper(config);
            this.history = history;
            this.asJson = asJson;
            this.trace = trace;
        }

        /** Explains every line of a file. */
        int file(String file) {
            int bad = 0;
            try (JsonInput values = JsonInput.open(file, terminal.in())) {
                boolean first = true;
                for (byte[] value = values.next(); value != null; value = values.next()) {
                    if (!first && !asJson) {
                        out.line("");
                    }
                    first = false;
                    String mistake = explain(value, null);
                    if (mistake != null) {
                        bad++;
                        terminal.message(values.place() + ": " + mistake);
                    }
                }
                if (values.broken() != null) {
                    bad++;
                    terminal.message(values.place() + ": " + values.broken());
                }
            } catch (IOException e) {
                throw new CommandFailure(Reason.FILE_UNREADABLE, "cannot read " + file + ": " + e.getMessage(), e);
            }
            out.flush();
            return bad == 0 ? Subcommand.OK : Subcommand.FAILED;
        }

        /** Explains one JSON object. */
        int object(String text) {
            return one(text.getBytes(UTF_8), null);
        }

        /** Explains a failure described by fields and response headers. */
        int described(Map<String, Object> fields, List<String> headers) {
            ObjectNode object = JsonNodeFactory.instance.objectNode();
            fields.forEach((name, value) -> {
                if (!name.equals(CODE)) {
                    object.putPOJO(name, value);
                }
            });
            ObjectNode all = object.putObject("responseHeaders");
            for (String header : headers) {
                int colon = header.indexOf(':');
                if (colon < 1) {
                    throw new CommandFailure(Reason.USAGE, "'" + header + "' is not a header as NAME:VALUE");
                }
                String name = header.substring(0, colon).strip();
                String value = header.substring(colon + 1).strip();
                all.put(name, all.has(name) ? all.get(name).textValue() + ", " + value : value);
            }
            return one(object.toString().getBytes(UTF_8), (String) fields.get(CODE));
        }

        private int one(byte[] failure, @Nullable String code) {
            String mistake = explain(failure, code);
            if (mistake != null) {
                throw new CommandFailure(Reason.INPUT_INVALID, mistake);
            }
            out.flush();
            return Subcommand.OK;
        }

        /** Prints the explanation, or returns an error message if the failure is invalid. */
        private @Nullable String explain(byte[] line, @Nullable String code) {
            NaturalJsonResult<JobFailure> result = json.read(line, JobFailure.class, this::complete);
            if (result instanceof Refused<JobFailure> refused) {
                return refused.sentence();
            }
            try {
                Instant now = terminal.clock().instant();
                JobFailed failure = inputs.failure(((Read<JobFailure>) result).value(), now);
                print(code == null ? failure : withCode(failure, code), now);
                return null;
            } catch (InvalidFieldException e) {
                return e.getMessage();
            }
        }

        private void complete(ObjectNode object) {
            absent(object, "userId", NOBODY.userId());
            absent(object, "jobId", NOBODY.jobId());
            absent(object, "service", "");
            absent(object, "operation", "");
            if (!object.has("failedAt")) {
                object.put("failedAt", terminal.clock().millis());
            }
        }

        private static void absent(ObjectNode object, String field, String value) {
            if (!object.has(field)) {
                object.put(field, value);
            }
        }

        private void print(JobFailed failure, Instant now) {
            boolean first = history.charged() + history.throttled() == 0;
            Progress progress = new Progress(
                    history.charged(),
                    history.throttled(),
                    0,
                    first ? null : failure.failedAt(),
                    null,
                    0,
                    false,
                    false,
                    false,
                    false);
            Explanation explanation = config.decider().explain(failure, progress, null, now);
            ExplanationText text =
                    new ExplanationText(failure, explanation, config.retry().tierList());
            if (asJson) {
                out.line(text.json(JsonNodeFactory.instance.objectNode()).toString());
            } else {
                text.lines(trace).forEach(out::line);
            }
        }

        private static JobFailed withCode(JobFailed from, String code) {
            Envelope read = from.envelope();
            return new JobFailed(
                    from.job(),
                    from.attempt(),
                    from.service(),
                    from.operation(),
                    from.cause(),
                    from.httpStatus(),
                    new Envelope(
                            code,
                            read.message(),
                            read.param(),
                            read.type(),
                            read.activeRequests(),
                            read.concurrencyLimit(),
                            read.resetAt()),
                    from.responseHeaders(),
                    from.idempotencyKey(),
                    from.failedAt(),
                    from.carried());
        }
    }
}
