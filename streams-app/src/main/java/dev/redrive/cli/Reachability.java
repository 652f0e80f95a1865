package dev.redrive.cli;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Asks whether anything listens before a client is made, for clients keep trying in silence. */
final class Reachability {

    private static final int MOST_ADDRESSES = 3;
    private static final int CONNECT_TIMEOUT_MS = 1_500;
    private static final Pattern HOST_PORT = Pattern.compile("(?:[A-Za-z0-9_]+://)?\\[?([^\\[\\]/]+?)]?:([0-9]{1,5})");

    private Reachability() {}

    /** @throws CommandFailure if none of the first brokers named listens */
    static void requireBroker(Connection connection) {
        List<InetSocketAddress> addresses = new ArrayList<>();
        for (String broker : connection.bootstrapServers().split(",", -1)) {
            Matcher parts = HOST_PORT.matcher(broker.strip());
            if (!parts.matches() || port(parts.group(2)) < 1) {
                throw new CommandFailure(Reason.USAGE, "'" + broker.strip() + "' is not the HOST:PORT of a broker");
            }
            addresses.add(new InetSocketAddress(parts.group(1), port(parts.group(2))));
        }
        if (!anyListens(addresses)) {
            throw new CommandFailure(
                    Reason.BROKER_UNREACHABLE,
                    "no broker answers at " + connection.bootstrapServers() + hint(connection));
        }
    }

    /** @throws CommandFailure if the registry does not listen */
    static void requireRegistry(Connection connection) {
        List<InetSocketAddress> addresses = new ArrayList<>();
        for (String url : connection.requireRegistry().split(",", -1)) {
            InetSocketAddress address = address(url.strip());
            if (address == null) {
                return;
            }
            addresses.add(address);
        }
        if (!anyListens(addresses)) {
            throw new CommandFailure(
                    Reason.REGISTRY_UNREACHABLE,
                    "no schema registry answers at " + connection.registryUrl() + hint(connection));
        }
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

    private static boolean anyListens(List<InetSocketAddress> addresses) {
        return addresses.stream().limit(MOST_ADDRESSES).anyMatch(Reachability::listens);
    }

    private static boolean listens(InetSocketAddress address) {
        if (address.isUnresolved()) {
            return false;
        }
        try (Socket socket = new Socket()) {
            socket.connect(address, CONNECT_TIMEOUT_MS);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static int port(String digits) {
        int port = Integer.parseInt(digits);
        return port <= 65_535 ? port : -1;
    }

    private static String hint(Connection connection) {
        return connection.development() ? " (start one with 'redrive dev')" : "";
    }
}
