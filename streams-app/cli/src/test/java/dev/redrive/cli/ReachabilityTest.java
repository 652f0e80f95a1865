package dev.redrive.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Short commands against an address where something else listens. */
class ReachabilityTest {

    private final ExecutorService acceptor = Executors.newSingleThreadExecutor();
    private ServerSocket server;

    @BeforeEach
    void listen() throws IOException {
        server = new ServerSocket(0, 10, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
        acceptor.shutdownNow();
    }

    @Test
    void shouldTakeNoWebServerForABroker() {
        answer("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.US_ASCII));

        assertThat(run("topics", "list", "-b", address()))
                .startsWith("redrive: BROKER_UNREACHABLE: what listens at " + address()
                        + " does not answer as a Kafka broker");
    }

    @Test
    void shouldTakeNoSecureListenerForABroker() {
        answer(new byte[] {0x15, 3, 3, 0, 2, 2, 10});

        assertThat(run("tail", "quarantine", "-b", address()))
                .startsWith("redrive: BROKER_UNREACHABLE: what listens at ")
                .contains("if it wants TLS, name security.protocol");
    }

    @Test
    void shouldTakeNoOtherListenerForARegistry() {
        answer(new byte[] {0, 0, 0, 0, 0, 0});

        assertThat(run("tail", "ready", "-b", "127.0.0.1:1", "-s", "http://" + address()))
                .isEqualTo("redrive: REGISTRY_UNREACHABLE: what listens at http://" + address()
                        + " does not answer as a schema registry\n");
    }

    @Test
    void shouldNotCallSilenceAWrongAnswer() {
        CountDownLatch asked = new CountDownLatch(1);
        acceptor.execute(() -> {
            try (Socket client = server.accept()) {
                asked.countDown();
                client.getInputStream().transferTo(OutputStream.nullOutputStream());
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });

        String sentence = run("topics", "list", "-b", address());

        assertThat(asked.getCount()).isZero();
        assertThat(sentence)
                .startsWith("redrive: BROKER_UNREACHABLE: what listens at " + address()
                        + " has not answered within 4 s (a broker that is starting or overloaded")
                .doesNotContain("does not answer as a Kafka broker");
    }

    @Test
    void shouldNotTakeABrokerForSomethingElseWhenAnAnswerIsLate() {
        FakePipeline pipeline = new FakePipeline();
        pipeline.consumer.refuse(new TimeoutException("Timed out waiting for a node assignment."));
        TestTerminal terminal = TestTerminal.withInput("");

        terminal.run(pipeline, "users");

        assertThat(terminal.err())
                .isEqualTo(
                        "redrive: BROKER_UNREACHABLE: the brokers at 127.0.0.1:19092 did not answer in time (they are"
                                + " slow, or the addresses that they advertise cannot be reached from here): Timed out waiting"
                                + " for a node assignment.\n");
    }

    @Test
    void shouldSayThatNothingListens() throws IOException {
        server.close();

        assertThat(run("topics", "list", "-b", address()))
                .isEqualTo("redrive: BROKER_UNREACHABLE: no broker answers at " + address() + "\n");
    }

    private String address() {
        return "127.0.0.1:" + server.getLocalPort();
    }

    private static String run(String... args) {
        TestTerminal terminal = TestTerminal.withInput("");
        assertThat(terminal.run(args)).isEqualTo(1);
        return terminal.err();
    }

    /** Answers one client in these bytes, once it has said something. */
    private void answer(byte[] bytes) {
        acceptor.execute(() -> {
            try (Socket client = server.accept()) {
                if (client.getInputStream().read() >= 0) {
                    client.getOutputStream().write(bytes);
                }
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
    }
}
