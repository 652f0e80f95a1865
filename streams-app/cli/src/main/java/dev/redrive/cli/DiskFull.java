package dev.redrive.cli;

import java.nio.file.FileSystemException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds a full disk among the causes of a failure; neither Java nor RocksDB has an exception of its own for it. */
final class DiskFull {

    /** A chain of causes may be a ring. */
    private static final int MAX_CAUSES = 50;

    /** The operating system's words, in the language that the launcher asks for. */
    private static final List<String> WORDS = List.of("No space left on device", "Disk quota exceeded");

    private DiskFull() {}

    /**
     * Returns the failure of a command, or {@code null} if no cause is a full disk.
     *
     * @param what what could not be done
     */
    static @Nullable CommandFailure failure(String what, @Nullable Throwable failure) {
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
