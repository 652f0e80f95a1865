package dev.redrive.http;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Speaks to a port of this machine in bytes, as clients do that mean no good. */
public final class RawHttp {

    private static final int PATIENCE_MS = 60_000;

    private RawHttp() {}

    /** Sends a text, and returns what comes back until the other side ends; empty where it ends without an answer. */
    public static String ask(int port, String text) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(PATIENCE_MS);
            socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
            try {
                return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
            } catch (SocketException reset) {
                return "";
            }
        }
    }

    /** Opens connections that send the text and then do not read. */
    public static HalfOpen halfOpen(int port, int count, String text) throws IOException {
        HalfOpen many = new HalfOpen();
        for (int i = 0; i < count; i++) {
            SocketChannel channel = SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            many.channels.add(channel);
            channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1)));
            channel.configureBlocking(false);
        }
        return many;
    }

    /** Connections of which nothing good comes. */
    public static final class HalfOpen implements AutoCloseable {

        private final List<SocketChannel> channels = new ArrayList<>();

        public int count() {
            return channels.size();
        }

        /** One more byte on each that is still open. */
        public void drip(char one) {
            for (SocketChannel channel : channels) {
                try {
                    channel.write(ByteBuffer.wrap(new byte[] {(byte) one}));
                } catch (IOException closed) {
                    // The other side has ended it.
                }
            }
        }

        @Override
        public void close() throws IOException {
            for (SocketChannel channel : channels) {
                channel.close();
            }
        }
    }
}
