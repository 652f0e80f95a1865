package dev.redrive.cli;

import dev.redrive.avro.Command;
import dev.redrive.avro.CommandKind;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What somebody wants done with pending retries.
 *
 * @param kind CANCEL or EXPEDITE
 * @param userId of this user; {@code null} for all users
 * @param jobId this job alone; {@code null} for all pending retries
 * @param operation only retries of this operation; with a job always {@code null}
 * @param issuedBy who asked
 */
record Order(
        CommandKind kind,
        @Nullable String userId,
        @Nullable String jobId,
        @Nullable String operation,
        String issuedBy) {

    boolean ofAllUsers() {
        return userId == null;
    }

    /** The record, whose key is its user's id. */
    Command command(String commandId, Instant now) {
        return Command.newBuilder()
                .setCommandId(commandId)
                .setKind(kind)
                .setUserId(userId == null ? "" : userId)
                .setJobId(jobId)
                .setOperation(operation)
                .setIssuedBy(issuedBy)
                .setIssuedAt(now)
                .build();
    }

    /** What it is about, for people. */
    String about() {
        String retries = jobId != null
                ? "the pending retry of job " + jobId
                : "all pending retries" + (operation == null ? "" : " of the operation " + operation);
        return retries + (userId == null ? " of all users" : " of user " + userId);
    }
}
