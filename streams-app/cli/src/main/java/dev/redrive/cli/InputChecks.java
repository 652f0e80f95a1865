package dev.redrive.cli;

import dev.redrive.avro.AccountChange;
import dev.redrive.avro.AccountChangeKind;
import dev.redrive.avro.Command;
import dev.redrive.avro.CommandKind;
import dev.redrive.avro.JobFailure;
import dev.redrive.avro.JobLifecycle;
import dev.redrive.avro.LifecycleStage;
import dev.redrive.codec.DomainMapper;
import dev.redrive.codec.DomainMapper.InvalidFieldException;
import dev.redrive.codec.NaturalJson.NaturalJsonResult;
import dev.redrive.codec.NaturalJson.NaturalJsonResult.Problem;
import dev.redrive.codec.NaturalJson.NaturalJsonResult.Read;
import dev.redrive.codec.NaturalJson.NaturalJsonResult.Refused;
import dev.redrive.publish.Limits;
import java.time.Instant;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/** What the pipeline asks of an input beyond its schema, so that a mistake shows at once and not in the quarantine. */
final class InputChecks {

    private final DomainMapper mapper;

    InputChecks(DomainMapper mapper) {
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
            // The message begins with the field.
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
                    ? new Mistake("stage", "must say what happened")
                    : mapped(() -> mapper.moved(event, event.getAt()), time("at", event.getAt()));
        }
        if (record instanceof AccountChange change) {
            return change.getChange() == AccountChangeKind.UNKNOWN
                    ? new Mistake("change", "must say what changed")
                    : mapped(
                            () -> mapper.account(change, change.getAt()),
                            time("at", change.getAt()),
                            time("allowanceResetAt", change.getAllowanceResetAt()));
        }
        return record instanceof Command command ? command(command) : null;
    }

    private @Nullable Mistake command(Command command) {
        if (command.getKind() == CommandKind.UNKNOWN) {
            return new Mistake("kind", "must say what to do");
        }
        if (command.getKind() == CommandKind.REDRIVE && command.getDeadLetter() == null) {
            return new Mistake("deadLetter", "must be given with REDRIVE");
        }
        return mapped(() -> mapper.command(command, command.getIssuedAt()), time("issuedAt", command.getIssuedAt()));
    }

    /** The first mistake, else what the mapper throws; what it makes is not needed here. */
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
