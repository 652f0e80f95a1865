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
 * One connection, for one request and its answer. Everything except its construction runs on the port's reading thread
 * without blocking: each call does what is possible at once.
 */
final class HttpConnection {

    /** A step that ends at its deadline, whatever the peer does. */
    enum Step {
        READING,
        /** The request is with the handler; this step has no deadline and is never evicted. */
        HANDLING,
        WRITING,
        /** All is written. Further input is discarded, because closing at once could discard the answer. */
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
     * Reads the available bytes.
     *
     * @param buffer scratch space
     * @return whether the peer is still connected
     * @throws HttpError if the request is invalid
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

    /** Returns the head of the request once, when it has just been completed. */
    @Nullable
    HttpCall newHead() {
        HttpCall head = headSeen ? null : reader.head();
        headSeen |= head != null;
        return head;
    }

    /** Returns the request; {@code null} while it is incomplete. */
    @Nullable
    HttpCall call() {
        return reader.call();
    }

    /** Requests the body if the client waits for {@code 100 Continue}. */
    void proceed() throws IOException {
        HttpCall head = reader.head();
        if (head != null && reader.call() == null && "100-continue".equalsIgnoreCase(head.header("expect"))) {
            // A connection without earlier output accepts these few bytes.
            channel.write(ByteBuffer.wrap(CONTINUE));
        }
    }

    void handling() {
        step = Step.HANDLING;
        key.interestOps(0);
    }

    /** Starts to send the answer. */
    void write(ByteBuffer bytes, long deadline) {
        answer = bytes;
        step = Step.WRITING;
        deadlineNanos = deadline;
        key.interestOps(SelectionKey.OP_WRITE);
    }

    /**
     * Sends as much as the connection accepts, and starts parting after the last byte.
     *
     * @param partingDeadline {@link System#nanoTime()} until which the peer may close after that
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
            // The connection is lost either way.
        }
    }
}
