package dev.redrive.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.redrive.avro.AccountChange;
import dev.redrive.avro.Command;
import dev.redrive.avro.JobFailure;
import dev.redrive.avro.JobLifecycle;
import dev.redrive.codec.DomainMapper;
import dev.redrive.codec.NaturalJson;
import dev.redrive.codec.NaturalJson.NaturalJsonResult;
import dev.redrive.contract.TopicNames;
import java.time.Clock;
import java.util.Locale;
import java.util.UUID;
import org.apache.avro.specific.SpecificRecord;

/** Reads the lines of one input topic: fills in what may be absent, and refuses what the pipeline would not take. */
final class InputRecords {

    private final NaturalJson json = new NaturalJson();
    private final InputTopic topic;
    private final InputChecks checks;
    private final Clock clock;

    InputRecords(InputTopic topic, DomainMapper mapper, Clock clock) {
        this.topic = topic;
        this.checks = new InputChecks(mapper);
        this.clock = clock;
    }

    NaturalJsonResult<? extends SpecificRecord> read(byte[] line) {
        return switch (topic) {
            case failures -> checked(json.read(line, JobFailure.class, this::completeFailure));
            case lifecycle -> checked(json.read(line, JobLifecycle.class, object -> now(object, "at")));
            case accounts -> checked(json.read(line, AccountChange.class, object -> now(object, "at")));
            case commands -> checked(json.read(line, Command.class, this::completeCommand));
        };
    }

    /** The record's key: the user's id. */
    static String key(SpecificRecord record) {
        return (String) record.get(record.getSchema().getField("userId").pos());
    }

    String topicName(TopicNames names) {
        return switch (topic) {
            case failures -> names.failures();
            case lifecycle -> names.lifecycle();
            case accounts -> names.accounts();
            case commands -> names.commands();
        };
    }

    private <T extends SpecificRecord> NaturalJsonResult<T> checked(NaturalJsonResult<T> result) {
        return result instanceof NaturalJsonResult.Read<T> read ? checks.check(read.value()) : result;
    }

    private void completeFailure(ObjectNode object) {
        now(object, "failedAt");
        if (!object.has("cause")) {
            object.put("cause", object.hasNonNull("httpStatus") ? "RESPONSE" : "NETWORK");
        }
        if (object.path("method").isTextual()) {
            object.put("method", object.get("method").textValue().toUpperCase(Locale.ROOT));
        }
    }

    private void completeCommand(ObjectNode object) {
        now(object, "issuedAt");
        if (!object.has("commandId")) {
            object.put("commandId", UUID.randomUUID().toString());
        }
    }

    private void now(ObjectNode object, String field) {
        if (!object.has(field)) {
            object.put(field, clock.millis());
        }
    }
}
