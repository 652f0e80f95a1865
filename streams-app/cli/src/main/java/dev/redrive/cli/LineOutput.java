package dev.redrive.cli;

import dev.redrive.cli.CommandFailure.Reason;
import dev.redrive.codec.Printable;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Writes standard output as UTF-8 lines, with control characters escaped. Used by one thread. */
public final class LineOutput {

    private static final int BUFFER_BYTES = 1 << 16;

    private final OutputStream out;

    public LineOutput(OutputStream out) {
        this.out = new BufferedOutputStream(out, BUFFER_BYTES);
    }

    /**
     * Writes one line; line breaks within the text are escaped.
     *
     * @throws Closed if the reader has closed the stream
     * @throws CommandFailure if the write fails
     */
    public void line(String text) {
        try {
            out.write(Printable.line(text).getBytes(StandardCharsets.UTF_8));
            out.write('\n');
        } catch (IOException e) {
            throw failure(e);
        }
    }

    /** Writes each line of the text; throws like {@link #line}. */
    public void lines(String text) {
        text.lines().forEach(this::line);
    }

    /** Throws like {@link #line}. */
    public void flush() {
        try {
            out.flush();
        } catch (IOException e) {
            throw failure(e);
        }
    }

    /** Translates a failed write: a closed reader is the only case that is not a failure of the command. */
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

    /** The reader of standard output is gone, as after {@code | head}; the command ends without a message. */
    static final class Closed extends RuntimeException {

        Closed(Throwable cause) {
            super("standard output is closed", cause, false, false);
        }
    }
}
