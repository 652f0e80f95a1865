package dev.redrive.cli;

import java.nio.file.FileSystemException;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The failure of a command, as reported to the user: a stable reason and one sentence. */
public final class CommandFailure extends RuntimeException {

    /** Bound on the chain of causes, which may be cyclic. */
    private static final int MAX_CAUSES = 50;

    /** The operating system's error messages, in the locale that the launcher sets. */
    private static final List<String> WORDS = List.of("No space left on device", "Disk quota exceeded");

    /** What the API's reasons consist of; others do not reach the terminal as a reason. */
    private static final Pattern WORD = Pattern.compile("[A-Z][A-Z_]{1,39}");

    private final Reason reason;
    private final String word;
    private final transient List<String> details;

    public CommandFailure(Reason reason, String sentence) {
        this(reason, sentence, null);
    }

    public CommandFailure(Reason reason, String sentence, @Nullable Throwable cause) {
        this(reason, sentence, List.of(), cause);
    }

    /** With detail lines that are printed before the sentence, one per mistake. */
    public CommandFailure(Reason reason, String sentence, List<String> details, @Nullable Throwable cause) {
        this(reason, reason.name(), sentence, details, cause);
    }

    private CommandFailure(
            Reason reason, String word, String sentence, List<String> details, @Nullable Throwable cause) {
        super(sentence, cause);
        this.reason = reason;
        this.word = word;
        this.details = List.copyOf(details);
    }

    /**
     * Returns the failure of a request to the API, which is reported with the API's own reason.
     *
     * @param apiReason the answer's {@code reason}; where it has none, {@code reason} is reported
     */
    static CommandFailure ofApi(Reason reason, String apiReason, String sentence, List<String> details) {
        String word = WORD.matcher(apiReason).matches() ? apiReason : reason.name();
        return new CommandFailure(reason, word, sentence, details, null);
    }

    /** Returns the stable reason that is printed: the API's where it gave one, else that of the command line. */
    String word() {
        return word;
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

    /** Why a command failed; the name is stable and is the first word of the sentence on standard error. */
    public enum Reason {
        /** The command's arguments are wrong; the exit code is 2. */
        USAGE,
        /** No broker answers at the address. */
        BROKER_UNREACHABLE,
        /** No schema registry answers at the address. */
        REGISTRY_UNREACHABLE,
        /** The broker answered with a rejection or an error. */
        BROKER_FAILED,
        /** The broker rejects the client's credentials, or the client does not trust the broker's certificate. */
        NOT_AUTHENTICATED,
        /** The client lacks a permission on the brokers. */
        NOT_AUTHORIZED,
        /** A topic does not exist, or does not meet the pipeline's requirements. */
        TOPIC_UNFIT,
        /** A file cannot be read. */
        FILE_UNREADABLE,
        /** The configuration is wrong. */
        CONFIG_INVALID,
        /** The requested object does not exist. */
        NOT_FOUND,
        /** An instance of the pipeline runs, although the command requires that none does. */
        GROUP_ACTIVE,
        /** The pipeline's committed offset is another one. */
        WRONG_OFFSET,
        /** There are more entries than fit into memory. */
        TOO_MANY,
        /** Nothing answers at the API's address, or TLS fails. */
        API_UNREACHABLE,
        /** The API cannot answer now; it answers later. */
        API_UNAVAILABLE,
        /** The API failed, or its answer cannot be read. */
        API_FAILED,
        /** An operation exceeded its timeout. */
        TIMED_OUT,
        /** The pipeline, or the user at a confirmation prompt, rejected it. */
        REJECTED,
        /** The input is wrong. */
        INPUT_INVALID,
        /** The pipeline cannot start, or failed. */
        PIPELINE_FAILED,
        /** A disk is full, or its quota is used up. */
        DISK_FULL,
        /** Standard output cannot be written. */
        OUTPUT_FAILED,
        /** A port or a directory is in use. */
        RESOURCE_TAKEN,
        /** A measurement failed: a record was lost, duplicated or early, or a process ended unexpectedly. */
        BENCH_FAILED,
        /** A bug in Redrive. */
        INTERNAL
    }
}
