package dev.redrive.http;

import dev.redrive.http.HttpHandler.HttpAnswer;
import dev.redrive.http.HttpHandler.HttpCall;
import dev.redrive.http.HttpHandler.HttpError;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A small HTTP/1.1 server that slow and half-open clients cannot starve. One thread accepts, reads and writes all
 * connections without blocking; a request takes one of the few handler threads only when it is complete and was not
 * refused by its head. Each connection carries one request.
 *
 * <p>A client has 5 s to send its request, and 5 s to receive the answer. When there are too many connections, a new
 * one evicts the oldest of the address that has the most, so that a request sent at once is answered, however many
 * others are never completed.
 */
public final class HttpPort implements AutoCloseable {

    /**
     * Limits of the port.
     *
     * @param threads number of handler threads, besides the one for urgent requests
     * @param maxWaiting maximum number of complete requests queued for these threads, and as many urgent ones; more get
     *     503
     * @param maxConnections maximum number of open connections; more than threads and queued requests together
     * @param maxBodyBytes maximum body size of one request in bytes
     */
    public record Limits(int threads, int maxWaiting, int maxConnections, int maxBodyBytes) {
        public Limits {
            if (threads < 1 || maxWaiting < 1 || maxConnections <= threads + 1 + 2 * maxWaiting || maxBodyBytes < 0) {
                throw new IllegalArgumentException("limits out of range");
            }
        }
    }

    private record Done(HttpConnection connection, HttpAnswer answer, boolean withBody) {}

    private static final Logger LOG = LoggerFactory.getLogger(HttpPort.class);

    /** Max connections that the operating system queues until they are accepted. */
    private static final int BACKLOG = 1024;

    private static final int MAX_ACCEPTED_AT_ONCE = 64;

    /** How often deadlines are checked, and accepting is tried again after it failed. */
    private static final long TICK_MS = 250;

    /** Max time to receive a request, and to send its answer. */
    private static final long STEP_NANOS = TimeUnit.SECONDS.toNanos(5);

    /** Max wait, after the last byte of the answer, until the client closes the connection. */
    private static final long PARTING_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final long WARN_EVERY_NANOS = TimeUnit.MINUTES.toNanos(1);
    private static final long CLOSE_WITHIN_MS = 5_000;

    private final String name;
    private final Limits limits;
    private final HttpHandler handler;
    private final Selector selector;
    private final ServerSocketChannel listener;
    private final SelectionKey accepting;
    private final InetSocketAddress address;
    private final ThreadPoolExecutor executor;
    private final ThreadPoolExecutor urgent;
    private final Thread thread;
    private final Queue<Done> done = new ConcurrentLinkedQueue<>();
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(16 * 1024);
    /** In the order of acceptance. Confined to the reading thread, like the following fields. */
    private final Set<HttpConnection> connections = new LinkedHashSet<>();

    private long lastTickNanos = System.nanoTime();
    private long evicted;
    private long lastWarningNanos = System.nanoTime() - WARN_EVERY_NANOS;
    private volatile boolean closed;

    private HttpPort(String name, InetSocketAddress wanted, Limits limits, HttpHandler handler) throws IOException {
        this.name = name;
        this.limits = limits;
        this.handler = handler;
        this.selector = Selector.open();
        this.listener = ServerSocketChannel.open();
        try {
            listener.bind(wanted, BACKLOG);
            listener.configureBlocking(false);
            accepting = listener.register(selector, SelectionKey.OP_ACCEPT);
            address = (InetSocketAddress) listener.getLocalAddress();
        } catch (IOException | RuntimeException e) {
            listener.close();
            selector.close();
            throw e;
        }
        this.executor = executor(limits.threads(), name);
        this.urgent = executor(1, name + "-urgent");
        this.thread = daemon(this::run, name + "-port");
    }

    private ThreadPoolExecutor executor(int threads, String threadName) {
        return new ThreadPoolExecutor(
                threads,
                threads,
                0,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(limits.maxWaiting()),
                task -> daemon(task, threadName));
    }

    /**
     * Opens a port and answers requests.
     *
     * @param name name of its threads
     * @throws IOException if the port cannot listen on the address
     */
    public static HttpPort open(String name, InetSocketAddress address, Limits limits, HttpHandler handler)
            throws IOException {
        HttpPort port = new HttpPort(name, address, limits, handler);
        port.thread.start();
        return port;
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    /** Returns the address that it listens on. */
    public InetSocketAddress address() {
        return address;
    }

    private void run() {
        try {
            while (!closed) {
                pass();
            }
        } catch (IOException e) {
            LOG.error("the port {} no longer answers", name, e);
        } finally {
            end();
        }
    }

    /** Handles what is ready: connections, answers of the handlers, then deadlines. */
    private void pass() throws IOException {
        selector.select(key -> handle(key), TICK_MS);
        for (Done next = done.poll(); next != null; next = done.poll()) {
            if (connections.contains(next.connection())) {
                write(next.connection(), next.answer(), next.withBody());
            }
        }
        long now = System.nanoTime();
        if (now - lastTickNanos >= TimeUnit.MILLISECONDS.toNanos(TICK_MS)) {
            lastTickNanos = now;
            accepting.interestOps(SelectionKey.OP_ACCEPT);
            new ArrayList<>(connections)
                    .stream().filter(connection -> connection.overdue(now)).forEach(this::close);
            warn(now);
        }
    }

    private void handle(SelectionKey key) {
        if (!key.isValid()) {
            return;
        }
        if (key == accepting) {
            accept();
            return;
        }
        HttpConnection connection = (HttpConnection) key.attachment();
        try {
            if (key.isReadable()) {
                read(connection);
            } else if (key.isWritable()) {
                connection.flush(System.nanoTime() + PARTING_NANOS);
            }
        } catch (IOException e) {
            close(connection);
        } catch (RuntimeException e) {
            LOG.warn("the port {} could not answer", name, e);
            close(connection);
        }
    }

    private void accept() {
        try {
            for (int i = 0; i < MAX_ACCEPTED_AT_ONCE; i++) {
                SocketChannel channel = listener.accept();
                if (channel == null) {
                    return;
                }
                register(channel);
            }
        } catch (IOException e) {
            // No file descriptors are left, or similar: make room, and retry at the next tick instead of at once.
            LOG.debug("the port {} cannot accept", name, e);
            accepting.interestOps(0);
            evict();
        }
    }

    private void register(SocketChannel channel) throws IOException {
        boolean registered = false;
        try {
            if (connections.size() >= limits.maxConnections()) {
                evict();
            }
            channel.configureBlocking(false);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            SelectionKey key = channel.register(selector, SelectionKey.OP_READ);
            HttpConnection connection =
                    new HttpConnection(channel, key, limits.maxBodyBytes(), System.nanoTime() + STEP_NANOS);
            key.attach(connection);
            connections.add(connection);
            registered = true;
        } finally {
            if (!registered) {
                channel.close();
            }
        }
    }

    /** Evicts the oldest connection of the address that has the most; a request in its handler is never evicted. */
    private void evict() {
        Map<InetAddress, Integer> byPeer = new HashMap<>();
        HttpConnection victim = null;
        List<HttpConnection> idle = connections.stream()
                .filter(connection -> connection.step() != HttpConnection.Step.HANDLING)
                .toList();
        for (HttpConnection connection : idle) {
            byPeer.merge(connection.peer(), 1, Integer::sum);
        }
        int max = 0;
        for (HttpConnection connection : idle) {
            int ofPeer = byPeer.getOrDefault(connection.peer(), 0);
            if (ofPeer > max) {
                victim = connection;
                max = ofPeer;
            }
        }
        if (victim != null) {
            evicted++;
            close(victim);
        }
    }

    private void warn(long nowNanos) {
        if (evicted > 0 && nowNanos - lastWarningNanos >= WARN_EVERY_NANOS) {
            LOG.warn("the port {} is full: {} connections were closed to make room for others", name, evicted);
            evicted = 0;
            lastWarningNanos = nowNanos;
        }
    }

    private void read(HttpConnection connection) throws IOException {
        try {
            if (!connection.read(buffer)) {
                close(connection);
                return;
            }
        } catch (HttpError e) {
            write(connection, handler.error(e.status(), e.reason()), true);
            return;
        }
        if (connection.step() != HttpConnection.Step.READING) {
            return;
        }
        HttpCall head = connection.newHead();
        if (head != null) {
            HttpAnswer refusal = handler.refuse(head);
            if (refusal != null) {
                write(connection, refusal, withBody(head));
                return;
            }
            connection.proceed();
        }
        HttpCall call = connection.call();
        if (call != null) {
            hand(connection, call);
        }
    }

    /** Queues a complete request for a handler thread. */
    private void hand(HttpConnection connection, HttpCall call) {
        connection.handling();
        try {
            (handler.isUrgent(call) ? urgent : executor).execute(() -> {
                done.add(new Done(connection, answer(call), withBody(call)));
                selector.wakeup();
            });
        } catch (RejectedExecutionException e) {
            write(connection, handler.error(503, "BUSY"), withBody(call));
        }
    }

    private HttpAnswer answer(HttpCall call) {
        try {
            return handler.answer(call);
        } catch (RuntimeException e) {
            LOG.error("the port {} could not answer", name, e);
            return handler.error(500, "INTERNAL");
        }
    }

    private static boolean withBody(HttpCall call) {
        return !call.method().equals("HEAD");
    }

    private void write(HttpConnection connection, HttpAnswer answer, boolean withBody) {
        connection.write(answer.bytes(withBody, Instant.now()), System.nanoTime() + STEP_NANOS);
    }

    private void close(@Nullable HttpConnection connection) {
        if (connection != null && connections.remove(connection)) {
            connection.close();
        }
    }

    private void end() {
        connections.forEach(HttpConnection::close);
        try {
            listener.close();
            selector.close();
        } catch (IOException e) {
            LOG.debug("the port {} did not close well", name, e);
        }
        executor.shutdownNow();
        urgent.shutdownNow();
    }

    /** Closes the port at once. */
    @Override
    public void close() {
        closed = true;
        selector.wakeup();
        try {
            thread.join(CLOSE_WITHIN_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
