package dev.redrive.dev;

import dev.redrive.dev.DevInstance.DevException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;

/** Ports of 127.0.0.1. */
public final class LoopbackPorts {

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
