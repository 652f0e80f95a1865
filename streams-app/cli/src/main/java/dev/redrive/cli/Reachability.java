package dev.redrive.cli;

import dev.redrive.cli.CommandFailure.Reason;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Probes addresses before a client is created, because clients retry without reporting it. */
final class Reachability {

    private static final int MAX_ADDRESSES = 3;
    private static final Set<String> ENCRYPTED = Set.of("SSL", "SASL_SSL");
    private static final Pattern HOST_PORT = Pattern.compile("(?:[A-Za-z0-9_]+://)?\\[?([^\\[\\]/]+?)]?:([0-9]{1,5})");

    private static final String SILENT = " has not answered within " + Probe.ANSWER_TIMEOUT_MS / 1000 + " s";

    private Reachability() {}

    /** @throws CommandFailure if none of the first configured brokers answers */
    static void requireBroker(Connection connection) {
        List<InetSocketAddress> addresses = new ArrayList<>();
        for (String broker : connection.bootstrapServers().split(",", -1)) {
            Matcher parts = HOST_PORT.matcher(broker.strip());
            if (!parts.matches() || port(parts.group(2)) < 1) {
                throw new CommandFailure(Reason.USAGE, "'" + broker.strip() + "' is not the HOST:PORT of a broker");
            }
            addresses.add(new InetSocketAddress(parts.group(1), port(parts.group(2))));
        }
        String protocol = connection.kafka().getOrDefault("security.protocol", "PLAINTEXT");
        boolean encrypted = ENCRYPTED.contains(protocol.toUpperCase(Locale.ROOT));
        switch (best(encrypted ? Probe.LISTENER : Probe.KAFKA, addresses)) {
            case UNDERSTOOD -> {}
            case NONE ->
                throw new CommandFailure(
                        Reason.BROKER_UNREACHABLE,
                        "no broker answers at " + connection.bootstrapServers() + hint(connection));
            case STRANGE ->
                throw new CommandFailure(
                        Reason.BROKER_UNREACHABLE,
                        "what listens at " + connection.bootstrapServers()
                                + " does not answer as a Kafka broker (if it wants TLS, name security.protocol in"
                                + " the configuration)");
            case SILENT ->
                throw new CommandFailure(
                        Reason.BROKER_UNREACHABLE,
                        "what listens at " + connection.bootstrapServers() + SILENT
                                + " (a broker that is starting or overloaded, or something else; if it wants TLS, name"
                                + " security.protocol in the configuration)");
        }
    }

    /** @throws CommandFailure if the registry does not answer */
    static void requireRegistry(Connection connection) {
        List<InetSocketAddress> addresses = new ArrayList<>();
        boolean encrypted = false;
        for (String url : connection.requireRegistry().split(",", -1)) {
            InetSocketAddress address = address(url.strip());
            if (address == null) {
                return;
            }
            encrypted |= url.strip().startsWith("https:");
            addresses.add(address);
        }
        switch (best(encrypted ? Probe.LISTENER : Probe.HTTP, addresses)) {
            case UNDERSTOOD -> {}
            case NONE ->
                throw new CommandFailure(
                        Reason.REGISTRY_UNREACHABLE,
                        "no schema registry answers at " + connection.registryUrl() + hint(connection));
            case STRANGE ->
                throw new CommandFailure(
                        Reason.REGISTRY_UNREACHABLE,
                        "what listens at " + connection.registryUrl() + " does not answer as a schema registry");
            case SILENT ->
                throw new CommandFailure(
                        Reason.REGISTRY_UNREACHABLE,
                        "what listens at " + connection.registryUrl() + SILENT
                                + " (a schema registry that is starting or overloaded, or something else)");
        }
    }

    /** Returns the best answer of the first addresses. */
    private static Probe.Answer best(Probe probe, List<InetSocketAddress> addresses) {
        Probe.Answer best = Probe.Answer.NONE;
        for (InetSocketAddress address : addresses.subList(0, Math.min(addresses.size(), MAX_ADDRESSES))) {
            Probe.Answer answer = probe.ask(address);
            if (answer == Probe.Answer.UNDERSTOOD) {
                return answer;
            }
            best = answer.compareTo(best) > 0 ? answer : best;
        }
        return best;
    }

    private static @Nullable InetSocketAddress address(String url) {
        URI uri;
        try {
            uri = URI.create(url);
        } catch (IllegalArgumentException e) {
            throw new CommandFailure(Reason.USAGE, "'" + url + "' is not the URL of a schema registry", e);
        }
        if ("mock".equals(uri.getScheme())) {
            return null;
        }
        boolean http = "http".equals(uri.getScheme());
        if (uri.getHost() == null || !(http || "https".equals(uri.getScheme()))) {
            throw new CommandFailure(
                    Reason.USAGE, "'" + url + "' is not the URL of a schema registry, such as http://127.0.0.1:8081");
        }
        int port = uri.getPort() > 0 ? uri.getPort() : http ? 80 : 443;
        return new InetSocketAddress(uri.getHost(), port);
    }

    private static int port(String digits) {
        int port = Integer.parseInt(digits);
        return port <= 65_535 ? port : -1;
    }

    private static String hint(Connection connection) {
        return connection.development() ? " (start one with 'redrive dev')" : "";
    }

    /**
     * Finds out within seconds what listens at an address. Kafka's clients would treat any listener as a broker, and
     * its first bytes as the size of a response, which may be a gigabyte.
     */
    enum Probe {
        /** Accepts any listener, for protocols that cannot be checked without credentials. */
        LISTENER {
            @Override
            boolean understands(DataInputStream in, DataOutputStream out) {
                return true;
            }
        },
        /** Requests the supported API versions, as every client does first (Kafka's ApiVersions request, version 0). */
        KAFKA {
            @Override
            boolean understands(DataInputStream in, DataOutputStream out) throws IOException {
                out.writeInt(REQUEST_BYTES);
                out.writeShort(API_VERSIONS);
                out.writeShort(0);
                out.writeInt(CORRELATION);
                out.writeShort(NO_CLIENT_ID);
                out.flush();
                int size = in.readInt();
                return size >= Integer.BYTES && size <= MAX_RESPONSE_BYTES && in.readInt() == CORRELATION;
            }
        },
        /** Sends any request; every HTTP response is accepted. */
        HTTP {
            @Override
            boolean understands(DataInputStream in, DataOutputStream out) throws IOException {
                out.write("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                        .getBytes(StandardCharsets.US_ASCII));
                out.flush();
                return Arrays.equals(in.readNBytes(HTTP_START.length), HTTP_START);
            }
        };

        /** The result of a probe, from worst to best. */
        enum Answer {
            /** Nothing listens. */
            NONE,
            /** The listener uses another protocol or closes the connection. */
            STRANGE,
            /** The listener has not answered in time: it is slow, or expects another protocol. */
            SILENT,
            /** The listener uses the expected protocol. */
            UNDERSTOOD
        }

        private static final int CONNECT_TIMEOUT_MS = 1_500;
        /** Equal to the clients' own timeout, so that a listener that is fast enough for them is accepted here. */
        static final int ANSWER_TIMEOUT_MS = 4_000;

        private static final int REQUEST_BYTES = 10;
        private static final int API_VERSIONS = 18;
        private static final int CORRELATION = 0x52_44_52_56;
        private static final int NO_CLIENT_ID = -1;
        private static final int MAX_RESPONSE_BYTES = 1 << 16;
        private static final byte[] HTTP_START = "HTTP/".getBytes(StandardCharsets.US_ASCII);

        abstract boolean understands(DataInputStream in, DataOutputStream out) throws IOException;

        /** Connects and sends the request; takes max. about six seconds. */
        Answer ask(InetSocketAddress address) {
            if (address.isUnresolved()) {
                return Answer.NONE;
            }
            try (Socket socket = new Socket()) {
                socket.connect(address, CONNECT_TIMEOUT_MS);
                socket.setSoTimeout(ANSWER_TIMEOUT_MS);
                return answer(socket);
            } catch (IOException e) {
                return Answer.NONE;
            }
        }

        private Answer answer(Socket socket) {
            try {
                boolean understood = understands(
                        new DataInputStream(socket.getInputStream()), new DataOutputStream(socket.getOutputStream()));
                return understood ? Answer.UNDERSTOOD : Answer.STRANGE;
            } catch (SocketTimeoutException e) {
                return Answer.SILENT;
            } catch (IOException e) {
                return Answer.STRANGE;
            }
        }
    }
}
