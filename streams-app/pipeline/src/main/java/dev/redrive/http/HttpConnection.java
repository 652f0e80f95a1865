package dev.redrive.http;

import dev.redrive.http.HttpHandler.HttpCall;
import dev.redrive.http.HttpHandler.HttpError;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * One connection, which carries one request and its answer. All but its construction runs on the port's reading thread,
 * and nothing waits: each call does what is possible at once.
 */
final class HttpConnection {

    /** A step that ends at its deadline, whatever the other side does. */
    enum Step {
        READING,
        /** The request is with the handler; this step has no deadline and is never evicted. */
        HANDLING,
        WRITING,
        /** All is written. What is still sent is thrown away, for closing at once would take the answer back. */
        PARTING
    }

    private static final byte[] CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final SocketChannel channel;
    private final SelectionKey key;
    private final InetAddress peer;
    private final RequestReader reader;
    private Step step = Step.READING;
    private boolean headSeen;
    private long deadlineNanos;
    private @Nullable ByteBuffer answer;

    HttpConnection(SocketChannel channel, SelectionKey key, int maxBodyBytes, long deadlineNanos) {
        this.channel = channel;
        this.key = key;
        this.peer = channel.socket().getInetAddress();
        this.reader = new RequestReader(maxBodyBytes);
        this.deadlineNanos = deadlineNanos;
    }

    InetAddress peer() {
        return peer;
    }

    Step step() {
        return step;
    }

    boolean overdue(long nowNanos) {
        return step != Step.HANDLING && nowNanos - deadlineNanos >= 0;
    }

    /**
     * Reads what is there.
     *
     * @param buffer scratch space
     * @return whether the other side is still there
     * @throws HttpError if it is no request
     */
    boolean read(ByteBuffer buffer) throws IOException, HttpError {
        buffer.clear();
        int read = channel.read(buffer);
        buffer.flip();
        if (read > 0 && step == Step.READING) {
            reader.take(buffer);
        }
        return read >= 0;
    }

    /** The head of the request, once: when it has just been completed. */
    @Nullable
    HttpCall newHead() {
        HttpCall head = headSeen ? null : reader.head();
        headSeen |= head != null;
        return head;
    }

    /** The request, {@code null} while it is not complete. */
    @Nullable
    HttpCall call() {
        return reader.call();
    }

    /** Asks for the body, where the client waits to be asked. */
    void proceed() throws IOException {
        HttpCall head = reader.head();
        if (head != null && reader.call() == null && "100-continue".equalsIgnoreCase(head.header("expect"))) {
            // A connection on which nothing was written yet takes these few bytes.
            channel.write(ByteBuffer.wrap(CONTINUE));
        }
    }

    void handling() {
        step = Step.HANDLING;
        key.interestOps(0);
    }

    /** Begins to send the answer. */
    void write(ByteBuffer bytes, long deadline) {
        answer = bytes;
        step = Step.WRITING;
        deadlineNanos = deadline;
        key.interestOps(SelectionKey.OP_WRITE);
    }

    /**
     * Sends what the connection takes, and parts after the last byte.
     *
     * @param partingDeadline how long the other side may take to end after that
     */
    void flush(long partingDeadline) throws IOException {
        ByteBuffer bytes = answer;
        if (bytes == null) {
            return;
        }
        channel.write(bytes);
        if (!bytes.hasRemaining()) {
            answer = null;
            step = Step.PARTING;
            deadlineNanos = partingDeadline;
            channel.shutdownOutput();
            key.interestOps(SelectionKey.OP_READ);
        }
    }

    void close() {
        key.cancel();
        try {
            channel.close();
        } catch (IOException e) {
            // It is gone either way.
        }
    }
}
