package dev.redrive.dev;

import dev.redrive.dev.DevInstance.DevException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicBoolean;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;

/**
 * A Kafka broker and controller (KRaft, one node) inside this JVM, for development and tests; not for production.
 *
 * <p>It listens on 127.0.0.1 only. The first start formats the data directory, later starts continue with its data. A
 * start takes about three seconds. Start and close from one thread; in between any thread may use it.
 */
public final class EmbeddedBroker implements AutoCloseable {

    private static final int NODE_ID = 1;
    private static final String CONTROLLER = "CONTROLLER";
    private static final String FORMATTED = "meta.properties";

    private final int brokerPort;
    private final DirectoryLock lock;
    private final KafkaRaftServer server;
    private final AtomicBoolean closed = new AtomicBoolean();

    private EmbeddedBroker(int brokerPort, DirectoryLock lock, KafkaRaftServer server) {
        this.brokerPort = brokerPort;
        this.lock = lock;
        this.server = server;
    }

    /**
     * Starts a broker on free ports.
     *
     * @param dataDirectory its data directory; created if missing
     * @throws DevException if it cannot start; the message contains the remedy
     */
    public static EmbeddedBroker start(Path dataDirectory) {
        return start(dataDirectory, LoopbackPorts.free(), LoopbackPorts.free());
    }

    /**
     * Starts a broker on fixed ports.
     *
     * @param dataDirectory its data directory; created if missing
     * @throws DevException {@code PORT_IN_USE}, {@code DIRECTORY_IN_USE}, {@code DIRECTORY_UNUSABLE} or
     *     {@code START_FAILED}; the message contains the remedy
     */
    public static EmbeddedBroker start(Path dataDirectory, int brokerPort, int controllerPort) {
        return start(dataDirectory, brokerPort, controllerPort, Map.of());
    }

    /** Starts a broker with additional settings, under Kafka's names; they override the defaults. */
    static EmbeddedBroker start(Path dataDirectory, int brokerPort, int controllerPort, Map<String, String> more) {
        Path directory = dataDirectory.toAbsolutePath().normalize();
        DirectoryLock lock = DirectoryLock.acquire(directory);
        boolean started = false;
        try {
            // A controller that cannot bind ends the process, so the ports are checked before Kafka starts.
            LoopbackPorts.requireFree(brokerPort, "broker");
            LoopbackPorts.requireFree(controllerPort, "broker's controller");
            Path log = directory.resolve("log");
            Files.createDirectories(log);
            format(log);
            Properties properties = properties(log, brokerPort, controllerPort);
            properties.putAll(more);
            KafkaRaftServer server = startServer(properties);
            started = true;
            return new EmbeddedBroker(brokerPort, lock, server);
        } catch (IOException e) {
            throw new DevException(
                    DevException.Reason.DIRECTORY_UNUSABLE,
                    "the data directory " + directory + " cannot be used: " + e,
                    e);
        } finally {
            if (!started) {
                lock.close();
            }
        }
    }

    private static KafkaRaftServer startServer(Properties properties) {
        KafkaRaftServer server = null;
        try {
            server = new KafkaRaftServer(new KafkaConfig(properties, false), Time.SYSTEM);
            server.startup();
            return server;
        } catch (RuntimeException e) {
            if (server != null) {
                server.shutdown();
            }
            throw new DevException(
                    DevException.Reason.START_FAILED, "the embedded broker did not start: " + e.getMessage(), e);
        }
    }

    private static void format(Path log) {
        if (Files.exists(log.resolve(FORMATTED))) {
            return;
        }
        Formatter formatter = new Formatter()
                .setPrintStream(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))
                .setNodeId(NODE_ID)
                .setClusterId(Uuid.randomUuid().toString())
                .setControllerListenerName(CONTROLLER)
                .setMetadataLogDirectory(log.toString())
                .addDirectory(log.toString());
        try {
            formatter.run();
        } catch (Exception e) {
            throw new DevException(
                    DevException.Reason.START_FAILED, "the directory " + log + " could not be formatted: " + e, e);
        }
    }

    private static Properties properties(Path log, int brokerPort, int controllerPort) {
        Properties p = new Properties();
        p.put("node.id", Integer.toString(NODE_ID));
        p.put("process.roles", "broker,controller");
        p.put("controller.quorum.voters", NODE_ID + "@127.0.0.1:" + controllerPort);
        p.put("controller.listener.names", CONTROLLER);
        p.put("listeners", "PLAINTEXT://127.0.0.1:" + brokerPort + "," + CONTROLLER + "://127.0.0.1:" + controllerPort);
        p.put("advertised.listeners", "PLAINTEXT://127.0.0.1:" + brokerPort);
        p.put("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT," + CONTROLLER + ":PLAINTEXT");
        p.put("log.dirs", log.toString());
        p.put("auto.create.topics.enable", "false");
        oneNode(p);
        small(p);
        return p;
    }

    /** Sets what a cluster of one node needs, and no waits for further members. */
    private static void oneNode(Properties p) {
        p.put("default.replication.factor", "1");
        p.put("min.insync.replicas", "1");
        p.put("offsets.topic.replication.factor", "1");
        p.put("transaction.state.log.replication.factor", "1");
        p.put("transaction.state.log.min.isr", "1");
        p.put("share.coordinator.state.topic.replication.factor", "1");
        p.put("share.coordinator.state.topic.min.isr", "1");
        p.put("group.initial.rebalance.delay.ms", "0");
        p.put("group.streams.initial.rebalance.delay.ms", "0");
        p.put("group.streams.num.standby.replicas", "0");
    }

    /** Sets what keeps memory, disk and threads small; the data of one machine needs no more. */
    private static void small(Properties p) {
        p.put("offsets.topic.num.partitions", "4");
        p.put("offsets.topic.segment.bytes", "8388608");
        p.put("transaction.state.log.num.partitions", "4");
        p.put("transaction.state.log.segment.bytes", "8388608");
        p.put("share.coordinator.state.topic.num.partitions", "1");
        p.put("share.coordinator.state.topic.segment.bytes", "8388608");
        p.put("log.segment.bytes", "67108864");
        p.put("log.index.size.max.bytes", "1048576");
        p.put("log.cleaner.dedupe.buffer.size", "8388608");
        p.put("log.cleaner.io.buffer.size", "131072");
        p.put("num.network.threads", "2");
        p.put("num.io.threads", "2");
        p.put("num.replica.fetchers", "1");
        p.put("num.recovery.threads.per.data.dir", "1");
        p.put("background.threads", "2");
        p.put("queued.max.requests", "100");
        p.put("group.coordinator.threads", "1");
        p.put("share.coordinator.threads", "1");
        p.put("log.initial.task.delay.ms", "5000");
    }

    /** Returns the bootstrap servers, e.g. {@code 127.0.0.1:19092}. */
    public String bootstrapServers() {
        return "127.0.0.1:" + brokerPort;
    }

    /** Stops the broker and waits for its end; the data is kept. Idempotent. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        try {
            server.shutdown();
            server.awaitShutdown();
        } finally {
            lock.close();
        }
    }

    /** Ports of 127.0.0.1. */
    public static final class LoopbackPorts {

        private LoopbackPorts() {}

        /** Returns 127.0.0.1, independent of the host's name service. */
        static InetAddress address() {
            try {
                return InetAddress.getByAddress("127.0.0.1", new byte[] {127, 0, 0, 1});
            } catch (UnknownHostException e) {
                throw new IllegalStateException("four bytes are an address", e);
            }
        }

        /** Returns a port that is free at this moment; another process may take it before the caller does. */
        public static int free() {
            try (ServerSocket socket = new ServerSocket(0, 1, address())) {
                return socket.getLocalPort();
            } catch (IOException e) {
                throw new DevException(DevException.Reason.START_FAILED, "no free port on 127.0.0.1: " + e, e);
            }
        }

        /** Throws {@code PORT_IN_USE} if something listens on the port. */
        static void requireFree(int port, String use) {
            try (ServerSocket socket = new ServerSocket()) {
                socket.setReuseAddress(true);
                socket.bind(new InetSocketAddress(address(), port), 1);
            } catch (IOException e) {
                throw inUse(port, use, e);
            }
        }

        static DevException inUse(int port, String use, IOException cause) {
            return new DevException(
                    DevException.Reason.PORT_IN_USE,
                    "port " + port + " of 127.0.0.1, wanted for the " + use + ", cannot be taken (" + cause.getMessage()
                            + "); stop what listens there, or choose other ports by --port-base",
                    cause);
        }
    }
}
