package dev.redrive.bench;

import dev.redrive.config.ConfigLoader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.common.utils.AppInfoParser;

/** What the figures hold for: machine, versions, settings. */
final class Machine {

    private Machine() {}

    /** Words and their values, in the order in which they are told. */
    static Map<String, String> describe(BenchSettings settings) {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("processor", first("/proc/cpuinfo", "model name", System.getProperty("os.arch")));
        facts.put("cores", Integer.toString(Runtime.getRuntime().availableProcessors()));
        facts.put("memory", first("/proc/meminfo", "MemTotal", "unknown"));
        facts.put(
                "load average at the start",
                Double.toString(ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage()));
        facts.put("system", System.getProperty("os.name") + " " + System.getProperty("os.version"));
        facts.put("java", System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version"));
        facts.put("kafka", AppInfoParser.getVersion());
        facts.put(
                "redrive",
                Objects.requireNonNullElse(
                        Machine.class.getPackage().getImplementationVersion(), "(not from a distribution)"));
        facts.put("clients", ClientSettings.TOLD);
        facts.put(
                "processes",
                String.join(" ", Rig.JVM) + ", "
                        + ConfigLoader.builtIn().streams().threads() + " stream threads each; broker the same");
        facts.put("topics", Lab.PARTITIONS + " partitions, 1 replica");
        facts.put("workload", Workload.USERS + " users, seed " + settings.seed());
        facts.put("rounds", Integer.toString(settings.rounds()));
        return facts;
    }

    private static String first(String file, String word, String otherwise) {
        try {
            return Files.readAllLines(Path.of(file)).stream()
                    .filter(line -> line.startsWith(word))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse(otherwise);
        } catch (IOException e) {
            return otherwise;
        }
    }
}
