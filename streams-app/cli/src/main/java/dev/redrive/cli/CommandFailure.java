package dev.redrive.cli;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A command failed, and the person at the terminal should know why: a stable reason and one sentence. */
public final class CommandFailure extends RuntimeException {

    private final Reason reason;
    private final transient List<String> details;

    public CommandFailure(Reason reason, String sentence) {
        this(reason, sentence, null);
    }

    public CommandFailure(Reason reason, String sentence, @Nullable Throwable cause) {
        this(reason, sentence, List.of(), cause);
    }

    /** With lines that stand before the sentence, one for each thing that is wrong. */
    public CommandFailure(Reason reason, String sentence, List<String> details, @Nullable Throwable cause) {
        super(sentence, cause);
        this.reason = reason;
        this.details = List.copyOf(details);
    }

    List<String> details() {
        return details;
    }

    public Reason reason() {
        return reason;
    }
}
