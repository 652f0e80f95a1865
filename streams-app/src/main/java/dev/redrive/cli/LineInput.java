package dev.redrive.cli;

import dev.redrive.codec.NaturalJson;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Lines of a file or of standard input, as bytes. A line that is too long comes cut to one byte more than is allowed, so
 * that it is refused and needs no more memory. Used by one thread.
 */
final class LineInput implements AutoCloseable {

    private static final int CUT_BYTES = NaturalJson.MAX_LINE_BYTES + 1;
    private static final int BUFFER_BYTES = 1 << 16;

    private final String name;
    private final InputStream in;
    private final long totalBytes;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private long number;
    private long bytesRead;

    LineInput(String name, InputStream in, long totalBytes) {
        this.name = name;
        this.in = new BufferedInputStream(in, BUFFER_BYTES);
        this.totalBytes = totalBytes;
    }

    /** Opens a file; {@code -} is standard input. */
    static LineInput open(String file, InputStream standardInput) throws IOException {
        if (file.equals("-")) {
            return new LineInput("stdin", standardInput, 0);
        }
        Path path = Path.of(file);
        if (Files.isDirectory(path)) {
            throw new IOException("it is a directory");
        }
        try {
            // Pipes and devices have no size worth telling.
            return new LineInput(file, Files.newInputStream(path), Files.isRegularFile(path) ? Files.size(path) : 0);
        } catch (NoSuchFileException e) {
            throw new IOException("no such file", e);
        }
    }

    /** The next line without its end; {@code null} after the last. */
    byte @Nullable [] next() throws IOException {
        line.reset();
        int read = in.read();
        if (read < 0) {
            return null;
        }
        number++;
        for (; read >= 0; read = in.read()) {
            bytesRead++;
            if (read == '\n') {
                break;
            }
            if (line.size() < CUT_BYTES) {
                line.write(read);
            }
        }
        return trimmed(line.toByteArray());
    }

    /** Without a carriage return at the end, and without a byte order mark before the first line. */
    private byte[] trimmed(byte[] bytes) {
        int to = bytes.length > 0 && bytes.length < CUT_BYTES && bytes[bytes.length - 1] == '\r'
                ? bytes.length - 1
                : bytes.length;
        boolean mark =
                number == 1 && to >= 3 && bytes[0] == (byte) 0xef && bytes[1] == (byte) 0xbb && bytes[2] == (byte) 0xbf;
        int from = mark ? 3 : 0;
        return from == 0 && to == bytes.length ? bytes : Arrays.copyOfRange(bytes, from, to);
    }

    /** What to call the input in messages. */
    String name() {
        return name;
    }

    /** Number of the line that {@link #next} gave last, from 1. */
    long number() {
        return number;
    }

    long bytesRead() {
        return bytesRead;
    }

    /** Size of the input; 0 when unknown. */
    long totalBytes() {
        return totalBytes;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
