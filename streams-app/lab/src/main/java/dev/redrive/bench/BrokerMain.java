package dev.redrive.bench;

import dev.redrive.dev.EmbeddedBroker;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.StringJoiner;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/**
 * The broker's process. It prints where it listens, and answers each line with the bytes that were appended to each topic
 * so far, as the log stores them: {@code topic=bytes,…}. Compaction and retention take nothing away from them. It ends when
 * its standard input does, so that it never outlives the measurement.
 */
final class BrokerMain {

    private static final String APPENDED = "kafka.server:type=BrokerTopicMetrics,name=BytesInPerSec,topic=*";

    private BrokerMain() {}

    /** Runs until standard input ends; the argument is the data directory. */
    public static void main(String[] args) throws IOException, JMException {
        try (EmbeddedBroker broker = EmbeddedBroker.start(Path.of(args[0]));
                BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            System.out.println(broker.bootstrapServers());
            while (in.readLine() != null) {
                System.out.println(appended());
            }
        }
    }

    private static String appended() throws JMException {
        MBeanServer beans = ManagementFactory.getPlatformMBeanServer();
        StringJoiner line = new StringJoiner(",");
        for (ObjectName name : beans.queryNames(new ObjectName(APPENDED), null)) {
            line.add(name.getKeyProperty("topic") + "=" + beans.getAttribute(name, "Count"));
        }
        return line.toString();
    }
}
