package dev.redrive.cli;

import java.nio.file.FileSystemException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The failure of a command, as reported to the user: a stable reason and one sentence. */
public final class CommandFailure extends RuntimeException {

    /** Bound on the chain of causes, which may be cyclic. */
    private static final int MAX_CAUSES = 50;

    /** The operating system's error messages, in the locale that the launcher sets. */
    private static final List<String> WORDS = List.of("No space left on device", "Disk quota exceeded");

    private final Reason reason;
    private final transient List<String> details;

    public CommandFailure(Reason reason, String sentence) {
        this(reason, sentence, null);
    }

    public CommandFailure(Reason reason, String sentence, @Nullable Throwable cause) {
        this(reason, sentence, List.of(), cause);
    }

    /** With detail lines that are printed before the sentence, one per mistake. */
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

    /**
     * Returns the failure for a full disk, or {@code null} if no cause is a full disk. Neither Java nor RocksDB has a
     * separate exception type for it, so the messages of the causes are searched.
     *
     * @param what the operation that failed
     */
    static @Nullable CommandFailure diskFull(String what, @Nullable Throwable failure) {
        if (failure instanceof CommandFailure known && known.reason() == Reason.DISK_FULL) {
            return known;
        }
        CommandFailure found = null;
        Throwable cause = failure;
        for (int i = 0; cause != null && i < MAX_CAUSES; i++, cause = cause.getCause()) {
            String message = String.valueOf(cause.getMessage());
            if (WORDS.stream().noneMatch(message::contains)) {
                continue;
            }
            if (cause instanceof CommandFailure known) {
                return new CommandFailure(Reason.DISK_FULL, message, known.details(), failure);
            }
            String file = cause instanceof FileSystemException at && at.getFile() != null ? at.getFile() : "";
            found = new CommandFailure(
                    Reason.DISK_FULL, what + ": " + (message.contains(file) ? "" : file + ": ") + message, failure);
        }
        return found;
    }
}
