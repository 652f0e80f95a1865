package dev.redrive.cli;

import org.jspecify.annotations.Nullable;

/** A command failed, and the person at the terminal should know why: a stable reason and one sentence. */
final class CommandFailure extends RuntimeException {

    private final Reason reason;

    CommandFailure(Reason reason, String sentence) {
        this(reason, sentence, null);
    }

    CommandFailure(Reason reason, String sentence, @Nullable Throwable cause) {
        super(sentence, cause);
        this.reason = reason;
    }

    Reason reason() {
        return reason;
    }
}
