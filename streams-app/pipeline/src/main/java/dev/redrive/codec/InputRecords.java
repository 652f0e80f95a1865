package dev.redrive.codec;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.redrive.avro.AccountChange;
import dev.redrive.avro.AccountChangeKind;
import dev.redrive.avro.Command;
import dev.redrive.avro.CommandKind;
import dev.redrive.avro.JobFailure;
import dev.redrive.avro.JobLifecycle;
import dev.redrive.avro.LifecycleStage;
import dev.redrive.codec.DomainMapper.InvalidFieldException;
import dev.redrive.codec.NaturalJson.NaturalJsonResult;
import dev.redrive.codec.NaturalJson.NaturalJsonResult.Problem;
import dev.redrive.codec.NaturalJson.NaturalJsonResult.Read;
import dev.redrive.codec.NaturalJson.NaturalJsonResult.Refused;
import dev.redrive.contract.TopicNames;
import dev.redrive.publish.Limits;
import java.time.Clock;
import java.time.Instant;
import java.util.Locale;
import java.util.UUID;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/**
 * Parses the JSON of one input topic: fills in optional fields, and rejects what the pipeline would reject. Safe for use
 * by several threads.
 */
public final class InputRecords {

    /** The topics that people and systems write; the names are used on the command line. */
    public enum Topic {
        failures,
        lifecycle,
        accounts,
        commands
    }

    private final NaturalJson json = new NaturalJson();
    private final Topic topic;
    private final Checks checks;
    private final Clock clock;

    /**
     * Creates a parser.
     *
     * @param mapper that of a pipeline of the same configuration, so that both accept the same inputs
     * @param clock the time of records without one
     */
    public InputRecords(Topic topic, DomainMapper mapper, Clock clock) {
        this.topic = topic;
        this.checks = new Checks(mapper);
        this.clock = clock;
    }

    /** Reads one JSON object. */
    public NaturalJsonResult<? extends SpecificRecord> read(byte[] line) {
        return switch (topic) {
            case failures -> checked(json.read(line, JobFailure.class, this::completeFailure));
            case lifecycle -> checked(json.read(line, JobLifecycle.class, object -> now(object, "at")));
            case accounts -> checked(json.read(line, AccountChange.class, object -> now(object, "at")));
            case commands -> checked(json.read(line, Command.class, this::completeCommand));
        };
    }

    /** Returns the record's key: the user id. */
    public static String key(SpecificRecord record) {
        return (String) record.get(record.getSchema().getField("userId").pos());
    }

    /** Returns the topic's name. */
    public String topicName(TopicNames names) {
        return switch (topic) {
            case failures -> names.failures();
            case lifecycle -> names.lifecycle();
            case accounts -> names.accounts();
            case commands -> names.commands();
        };
    }

    /** Returns the record, or what the pipeline would reject of it. */
    public <T extends SpecificRecord> NaturalJsonResult<T> checked(T record) {
        return checks.check(record);
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

    /** The pipeline's checks beyond the schema, so that a mistake is reported here and not quarantined later. */
    static final class Checks {

        private final DomainMapper mapper;

        Checks(DomainMapper mapper) {
            this.mapper = mapper;
        }

        private record Mistake(String field, String message) {}

        <T extends SpecificRecord> NaturalJsonResult<T> check(T record) {
            try {
                Mistake mistake = mistake(record);
                return mistake == null
                        ? new Read<>(record)
                        : new Refused<>(Problem.OUT_OF_RANGE, mistake.field(), mistake.message());
            } catch (InvalidFieldException e) {
                // The message starts with the field name.
                return new Refused<>(Problem.OUT_OF_RANGE, "", String.valueOf(e.getMessage()));
            }
        }

        private @Nullable Mistake mistake(SpecificRecord record) {
            if (record instanceof JobFailure failure) {
                return mapped(
                        () -> mapper.failure(failure, failure.getFailedAt()),
                        time("failedAt", failure.getFailedAt()),
                        time("deadline", failure.getDeadline()),
                        given("service", failure.getService()),
                        given("operation", failure.getOperation()));
            }
            if (record instanceof JobLifecycle event) {
                return event.getStage() == LifecycleStage.UNKNOWN
                        ? new Mistake("stage", "must name what happened")
                        : mapped(() -> mapper.moved(event, event.getAt()), time("at", event.getAt()));
            }
            if (record instanceof AccountChange change) {
                return change.getChange() == AccountChangeKind.UNKNOWN
                        ? new Mistake("change", "must name what changed")
                        : mapped(
                                () -> mapper.account(change, change.getAt()),
                                time("at", change.getAt()),
                                time("allowanceResetAt", change.getAllowanceResetAt()));
            }
            return record instanceof Command command ? command(command) : null;
        }

        private @Nullable Mistake command(Command command) {
            if (command.getKind() == CommandKind.UNKNOWN) {
                return new Mistake("kind", "must name what to do");
            }
            if (command.getKind() == CommandKind.REDRIVE && command.getDeadLetter() == null) {
                return new Mistake("deadLetter", "must be given with REDRIVE");
            }
            return mapped(
                    () -> mapper.command(command, command.getIssuedAt()), time("issuedAt", command.getIssuedAt()));
        }

        /** Returns the first mistake, else the one that the mapper throws; the mapped value is discarded. */
        private static @Nullable Mistake mapped(Runnable mapping, @Nullable Mistake... mistakes) {
            for (Mistake mistake : mistakes) {
                if (mistake != null) {
                    return mistake;
                }
            }
            mapping.run();
            return null;
        }

        private static @Nullable Mistake given(String field, String text) {
            return text.isEmpty() ? new Mistake(field, "must not be empty") : null;
        }

        private static @Nullable Mistake time(String field, @Nullable Instant time) {
            return time != null && time.isBefore(Limits.EARLIEST) ? new Mistake(field, Limits.TOO_EARLY) : null;
        }
    }
}
