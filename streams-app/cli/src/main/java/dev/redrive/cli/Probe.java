package dev.redrive.cli;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Finds out within seconds what listens at an address. Kafka's clients would take whatever answers for a broker, and its
 * first bytes for the size of an answer, which may be a gigabyte.
 */
enum Probe {
    /** Takes any listener, where what it speaks cannot be told without its secrets. */
    LISTENER {
        @Override
        boolean understands(DataInputStream in, DataOutputStream out) {
            return true;
        }
    },
    /** Asks for the versions that it speaks, as every client does first (Kafka's ApiVersions request, version 0). */
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
            return size >= Integer.BYTES && size <= MOST_RESPONSE_BYTES && in.readInt() == CORRELATION;
        }
    },
    /** Asks for anything at all; whatever the answer says, it is HTTP. */
    HTTP {
        @Override
        boolean understands(DataInputStream in, DataOutputStream out) throws IOException {
            out.write("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                    .getBytes(StandardCharsets.US_ASCII));
            out.flush();
            return Arrays.equals(in.readNBytes(HTTP_START.length), HTTP_START);
        }
    };

    /** What came of it. */
    enum Answer {
        /** Nothing listens. */
        NONE,
        /** Something listens, and speaks otherwise or hangs up. */
        STRANGE,
        /** Something listens, and has not answered in time: it is slow, or waits for something else. */
        SILENT,
        /** It is what was looked for. */
        UNDERSTOOD
    }

    private static final int CONNECT_TIMEOUT_MS = 1_500;
    /** As long as clients wait for an answer, so that whoever answers them is not refused here. */
    static final int ANSWER_TIMEOUT_MS = 4_000;

    private static final int REQUEST_BYTES = 10;
    private static final int API_VERSIONS = 18;
    private static final int CORRELATION = 0x52_44_52_56;
    private static final int NO_CLIENT_ID = -1;
    private static final int MOST_RESPONSE_BYTES = 1 << 16;
    private static final byte[] HTTP_START = "HTTP/".getBytes(StandardCharsets.US_ASCII);

    abstract boolean understands(DataInputStream in, DataOutputStream out) throws IOException;

    /** Connects and asks; takes at most some six seconds. */
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
