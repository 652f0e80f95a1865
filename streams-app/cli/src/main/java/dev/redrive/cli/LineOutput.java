package dev.redrive.cli;

import dev.redrive.codec.Printable;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Standard output as lines in UTF-8 that a terminal shows as they are. Used by one thread. */
public final class LineOutput {

    private static final int BUFFER_BYTES = 1 << 16;

    private final OutputStream out;

    public LineOutput(OutputStream out) {
        this.out = new BufferedOutputStream(out, BUFFER_BYTES);
    }

    /**
     * Writes one line; whatever ends a line within it is escaped.
     *
     * @throws Closed if nobody reads any more
     * @throws CommandFailure if it cannot be written
     */
    public void line(String text) {
        try {
            out.write(Printable.line(text).getBytes(StandardCharsets.UTF_8));
            out.write('\n');
        } catch (IOException e) {
            throw failure(e);
        }
    }

    /** Writes each line of the text; the same failures. */
    public void lines(String text) {
        text.lines().forEach(this::line);
    }

    /** The same failures. */
    public void flush() {
        try {
            out.flush();
        } catch (IOException e) {
            throw failure(e);
        }
    }

    /** What it means that standard output takes no more: only a reader that has left is no failure of the command. */
    static RuntimeException failure(IOException e) {
        String message = String.valueOf(e.getMessage());
        if (message.contains("Broken pipe") || message.contains("Connection reset")) {
            return new Closed(e);
        }
        @Nullable CommandFailure full = CommandFailure.diskFull("standard output cannot be written", e);
        return full != null
                ? full
                : new CommandFailure(Reason.OUTPUT_FAILED, "standard output cannot be written: " + message, e);
    }

    /** Whoever read standard output is gone, as after {@code | head}; the command ends quietly. */
    static final class Closed extends RuntimeException {

        Closed(Throwable cause) {
            super("standard output is closed", cause, false, false);
        }
    }
}
