package dev.redrive.domain.event;

/** Something that happened: a record that came in, or a timer that fired. */
public sealed interface Input permits JobInput, AccountChanged, BulkCommand, BulkEnded {

    /** The user it is about; empty for all users of the task. */
    String userId();
}
