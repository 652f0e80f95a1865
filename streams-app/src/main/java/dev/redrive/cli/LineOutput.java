package dev.redrive.cli;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** Standard output as lines in UTF-8. Used by one thread. */
final class LineOutput {

    private static final int BUFFER_BYTES = 1 << 16;

    private final OutputStream out;

    LineOutput(OutputStream out) {
        this.out = new BufferedOutputStream(out, BUFFER_BYTES);
    }

    /** @throws OutputClosed if nobody reads any more */
    void line(String text) {
        try {
            out.write(text.getBytes(StandardCharsets.UTF_8));
            out.write('\n');
        } catch (IOException e) {
            throw new OutputClosed(e);
        }
    }

    /** @throws OutputClosed if nobody reads any more */
    void flush() {
        try {
            out.flush();
        } catch (IOException e) {
            throw new OutputClosed(e);
        }
    }
}
