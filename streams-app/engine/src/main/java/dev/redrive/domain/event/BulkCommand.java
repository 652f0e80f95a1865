package dev.redrive.domain.event;

import org.jspecify.annotations.Nullable;

/**
 * What a person or a rule wants done with many jobs. It is carried out a few jobs at a time, each by a {@link CommandIssued}
 * of the same id, and ends with a {@link BulkEnded}.
 *
 * @param commandId unique id
 * @param kind CANCEL and EXPEDITE: of pending retries; REDRIVE: of the user's jobs that were dead-lettered for want of
 *     allowance
 * @param userId of this user; empty for all users of the task
 * @param operation only retries of this operation; {@code null} for all
 */
public record BulkCommand(
        String commandId,
        CommandIssued.Kind kind,
        String userId,
        @Nullable String operation) implements Input {}
