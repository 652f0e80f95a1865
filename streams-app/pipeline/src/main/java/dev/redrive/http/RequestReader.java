package dev.redrive.http;

import dev.redrive.http.HttpHandler.HttpCall;
import dev.redrive.http.HttpHandler.HttpError;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads one HTTP/1.1 request from bytes as they arrive. It never blocks, and buffers at most the head's and the body's
 * limit. A head that RFC 9112 lets a lenient server accept (bare line feeds, folded headers, two lengths) is refused.
 */
final class RequestReader {

    static final int MAX_HEAD_BYTES = 16 * 1024;

    private static final Pattern REQUEST_LINE =
            Pattern.compile("([A-Z]{1,20}) (/[!-~&&[^#?]]*)(?:\\?([!-~&&[^#]]*))? HTTP/1\\.([01])");
    private static final Pattern HEADER =
            Pattern.compile("([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t -~\u0080-\u00ff]*)");
    private static final List<String> ONCE = List.of("host", "content-length", "transfer-encoding", "authorization");

    private enum Part {
        HEAD,
        /** A body of known length. */
        BODY,
        CHUNK_SIZE,
        CHUNK,
        CHUNK_END,
        TRAILERS,
        COMPLETE
    }

    private final int maxBodyBytes;
    private Part part = Part.HEAD;
    private byte[] bytes = new byte[1024];

    /** Number of bytes in use: of the head until it is complete, then of the body. */
    private int size;

    /** Bytes left of the body or of the chunk; while a chunk's size is read, the size so far. */
    private long left;

    /** Bytes of the current line of the framing, without its end. */
    private int lineLength;

    /** Whether the rest of a chunk's size line is an extension, which is skipped. */
    private boolean extension;

    private @Nullable HttpCall head;

    /**
     * Creates a reader.
     *
     * @param maxBodyBytes a longer body is refused with 413
     */
    RequestReader(int maxBodyBytes) {
        this.maxBodyBytes = maxBodyBytes;
    }

    /**
     * Consumes all available bytes.
     *
     * @throws HttpError if they are no valid request, or exceed a limit; nothing can be read after that
     */
    void take(ByteBuffer in) throws HttpError {
        while (in.hasRemaining() && part != Part.COMPLETE) {
            switch (part) {
                case HEAD -> head(in);
                case BODY -> {
                    take(in, left);
                    part = left == 0 ? Part.COMPLETE : part;
                }
                case CHUNK -> {
                    take(in, left);
                    part = left == 0 ? Part.CHUNK_END : part;
                }
                default -> framing(in.get());
            }
        }
        in.position(in.limit());
    }

    /** Returns the request without its body; {@code null} until its head is complete. */
    @Nullable
    HttpCall head() {
        return head;
    }

    /** Returns the request; {@code null} until it is complete. */
    @Nullable
    HttpCall call() {
        return part == Part.COMPLETE && head != null ? head.withBody(Arrays.copyOf(bytes, size)) : null;
    }

    private void head(ByteBuffer in) throws HttpError {
        while (in.hasRemaining()) {
            append(in.get());
            if (size >= 4
                    && bytes[size - 1] == '\n'
                    && bytes[size - 2] == '\r'
                    && bytes[size - 3] == '\n'
                    && bytes[size - 4] == '\r') {
                String text = new String(bytes, 0, size - 4, StandardCharsets.ISO_8859_1);
                size = 0;
                parse(text);
                return;
            }
            if (size >= MAX_HEAD_BYTES) {
                throw new HttpError(431, "HEAD_TOO_LARGE");
            }
        }
    }

    private void parse(String text) throws HttpError {
        String[] lines = text.split("\r\n", -1);
        Matcher request = REQUEST_LINE.matcher(lines[0]);
        if (!request.matches()) {
            throw new HttpError(400, "MALFORMED_REQUEST");
        }
        Map<String, String> headers = new HashMap<>();
        for (int i = 1; i < lines.length; i++) {
            Matcher header = HEADER.matcher(lines[i]);
            if (!header.matches()) {
                throw new HttpError(400, "MALFORMED_HEADER");
            }
            String name = header.group(1).toLowerCase(Locale.ROOT);
            String before = headers.putIfAbsent(name, header.group(2).strip());
            if (before != null && ONCE.contains(name)) {
                throw new HttpError(400, "REPEATED_HEADER");
            }
            if (before != null) {
                headers.put(name, before + ", " + header.group(2).strip());
            }
        }
        if (request.group(4).equals("1") && !headers.containsKey("host")) {
            throw new HttpError(400, "HOST_MISSING");
        }
        body(headers);
        head = new HttpCall(request.group(1), request.group(2), request.group(3), Map.copyOf(headers), new byte[0]);
    }

    private void body(Map<String, String> headers) throws HttpError {
        String coding = headers.get("transfer-encoding");
        String length = headers.get("content-length");
        if (coding != null) {
            if (length != null) {
                throw new HttpError(400, "TWO_LENGTHS");
            }
            if (!coding.equalsIgnoreCase("chunked")) {
                throw new HttpError(501, "UNKNOWN_TRANSFER_ENCODING");
            }
            part = Part.CHUNK_SIZE;
            return;
        }
        if (length != null && !length.matches("[0-9]{1,18}")) {
            throw new HttpError(400, "MALFORMED_LENGTH");
        }
        left = length == null ? 0 : Long.parseLong(length);
        if (left > maxBodyBytes) {
            throw new HttpError(413, "BODY_TOO_LARGE");
        }
        part = left == 0 ? Part.COMPLETE : Part.BODY;
    }

    private void take(ByteBuffer in, long wanted) {
        int taken = (int) Math.min(wanted, in.remaining());
        reserve(taken);
        in.get(bytes, size, taken);
        size += taken;
        left -= taken;
    }

    /** Processes one byte of the framing around chunks; extensions and trailers are skipped. */
    private void framing(byte b) throws HttpError {
        if (b != '\n') {
            if (b != '\r') {
                between(b);
            }
            return;
        }
        switch (part) {
            case CHUNK_SIZE -> {
                if (lineLength == 0) {
                    throw new HttpError(400, "MALFORMED_CHUNK");
                }
                part = left == 0 ? Part.TRAILERS : Part.CHUNK;
            }
            case CHUNK_END -> part = Part.CHUNK_SIZE;
            default -> part = lineLength == 0 ? Part.COMPLETE : Part.TRAILERS;
        }
        lineLength = 0;
        extension = false;
    }

    /** Processes one byte of a line of the framing that is not its end. */
    private void between(byte b) throws HttpError {
        lineLength++;
        if (part == Part.CHUNK_END || lineLength > MAX_HEAD_BYTES) {
            throw new HttpError(400, "MALFORMED_CHUNK");
        }
        if (part != Part.CHUNK_SIZE || extension) {
            return;
        }
        int digit = Character.digit(b, 16);
        extension = b == ';' && lineLength > 1;
        if (digit < 0 && !extension) {
            throw new HttpError(400, "MALFORMED_CHUNK");
        }
        left = extension ? left : left * 16 + digit;
        if (size + left > maxBodyBytes) {
            throw new HttpError(413, "BODY_TOO_LARGE");
        }
    }

    private void append(byte b) {
        reserve(1);
        bytes[size++] = b;
    }

    private void reserve(int more) {
        if (size + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(size + more, 2 * bytes.length));
        }
    }
}
