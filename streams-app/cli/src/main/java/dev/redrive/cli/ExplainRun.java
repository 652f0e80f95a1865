package dev.redrive.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.redrive.avro.JobFailure;
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
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One run of {@code redrive explain}: asks the same decider that the pipeline asks. */
final class ExplainRun {

    /** Not a field of a failure: the code stands in the body, in the API's own envelope. */
    static final String CODE = "code";

    /** Stands for the job where none is named. */
    static final JobRef NOBODY = new JobRef("anybody", "anything");

    private final NaturalJson json = new NaturalJson();
    private final JsonMapper mapper = new JsonMapper();
    private final Terminal terminal;
    private final LineOutput out;
    private final RedriveConfig config;
    private final DomainMapper inputs;
    private final History history;
    private final boolean asJson;
    private final boolean trace;

    /**
     * The attempts before.
     *
     * @param charged how many were charged
     * @param throttled how many were not
     */
    record History(int charged, int throttled) {}

    ExplainRun(Terminal terminal, RedriveConfig config, History history, boolean asJson, boolean trace) {
        this.terminal = terminal;
        this.out = new LineOutput(terminal.out());
        this.config = config;
        this.inputs = PipelineInputs.mapper(config);
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

    /** Explains a failure given by fields and response headers. */
    int described(Map<String, Object> fields, List<String> headers) {
        ObjectNode object = mapper.createObjectNode();
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

    /** Prints the explanation, or returns what is wrong with the failure. */
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
                false);
        Explanation explanation = config.decider().explain(failure, progress, null, now);
        ExplanationText text =
                new ExplanationText(failure, explanation, config.retry().tierList());
        if (asJson) {
            out.line(text.json(mapper.createObjectNode()).toString());
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
