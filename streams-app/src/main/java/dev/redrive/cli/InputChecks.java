package dev.redrive.cli;

import dev.redrive.avro.AccountChange;
import dev.redrive.avro.AccountChangeKind;
import dev.redrive.avro.Command;
import dev.redrive.avro.CommandKind;
import dev.redrive.avro.JobFailure;
import dev.redrive.avro.JobLifecycle;
import dev.redrive.avro.LifecycleStage;
import dev.redrive.codec.NaturalJsonResult;
import dev.redrive.codec.NaturalJsonResult.Problem;
import dev.redrive.codec.NaturalJsonResult.Read;
import dev.redrive.codec.NaturalJsonResult.Refused;
import java.time.Instant;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/** What the pipeline asks of an input beyond its schema, so that a mistake shows at once and not in the quarantine. */
final class InputChecks {

    private static final int MAX_ID_CHARS = 256;
    private static final int MAX_LABELS = 16;

    /** Nothing that failed before is published today; an instant in seconds, taken as milliseconds, lies before. */
    private static final Instant EARLIEST = Instant.parse("2000-01-01T00:00:00Z");

    private InputChecks() {}

    static <T extends SpecificRecord> NaturalJsonResult<T> check(T record) {
        Mistake mistake = mistake(record);
        return mistake == null
                ? new Read<>(record)
                : new Refused<>(Problem.OUT_OF_RANGE, mistake.field(), mistake.message());
    }

    private record Mistake(String field, String message) {}

    private static @Nullable Mistake mistake(SpecificRecord record) {
        if (record instanceof JobFailure failure) {
            return failure(failure);
        }
        if (record instanceof JobLifecycle event) {
            return first(
                    id("userId", event.getUserId()),
                    id("jobId", event.getJobId()),
                    number("attempt", event.getAttempt(), 0, 1_000_000),
                    refuse("stage", event.getStage() == LifecycleStage.UNKNOWN, "must say what happened"),
                    time("at", event.getAt()));
        }
        if (record instanceof AccountChange change) {
            return first(
                    id("userId", change.getUserId()),
                    refuse("change", change.getChange() == AccountChangeKind.UNKNOWN, "must say what changed"),
                    number("concurrencyLimit", change.getConcurrencyLimit(), 0, Integer.MAX_VALUE),
                    time("at", change.getAt()));
        }
        return record instanceof Command command ? command(command) : null;
    }

    private static @Nullable Mistake failure(JobFailure failure) {
        return first(
                id("userId", failure.getUserId()),
                id("jobId", failure.getJobId()),
                id("service", failure.getService()),
                id("operation", failure.getOperation()),
                number("attempt", failure.getAttempt(), 0, 1_000_000),
                number("httpStatus", failure.getHttpStatus(), 100, 999),
                number("maxAttempts", failure.getMaxAttempts(), 1, 1_000_000),
                refuse(
                        "labels",
                        failure.getLabels().size() > MAX_LABELS,
                        "holds " + failure.getLabels().size() + ", at most " + MAX_LABELS + " are carried"),
                time("failedAt", failure.getFailedAt()));
    }

    private static @Nullable Mistake command(Command command) {
        boolean redrive = command.getKind() == CommandKind.REDRIVE;
        JobFailure dead = command.getDeadLetter();
        return first(
                id("commandId", command.getCommandId()),
                refuse("kind", command.getKind() == CommandKind.UNKNOWN, "must say what to do"),
                id("userId", command.getUserId()),
                id("jobId", command.getJobId() == null ? "" : command.getJobId()),
                refuse("deadLetter", redrive && dead == null, "must be given with REDRIVE"),
                refuse(
                        "deadLetter",
                        dead != null
                                && !(dead.getUserId().equals(command.getUserId())
                                        && dead.getJobId().equals(command.getJobId())),
                        "must be of the command's own job"),
                time("issuedAt", command.getIssuedAt()));
    }

    private static @Nullable Mistake first(@Nullable Mistake... mistakes) {
        for (Mistake mistake : mistakes) {
            if (mistake != null) {
                return mistake;
            }
        }
        return null;
    }

    private static @Nullable Mistake id(String field, String id) {
        return refuse(field, id.isEmpty() || id.length() > MAX_ID_CHARS, "takes 1 to " + MAX_ID_CHARS + " characters");
    }

    private static @Nullable Mistake number(String field, @Nullable Integer number, int least, int most) {
        return refuse(field, number != null && (number < least || number > most), "takes " + least + " to " + most);
    }

    private static @Nullable Mistake time(String field, Instant time) {
        return refuse(
                field,
                time.isBefore(EARLIEST),
                "lies before the year 2000; a number is milliseconds since 1970, not seconds");
    }

    private static @Nullable Mistake refuse(String field, boolean wrong, String message) {
        return wrong ? new Mistake(field, message) : null;
    }
}
