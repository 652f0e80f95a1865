package dev.redrive.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a process holds in memory.
 *
 * @param heapBytes living objects: the heap in use after a full collection
 * @param residentBytes everything of the process that is in memory, native memory of RocksDB included
 */
record Memory(long heapBytes, long residentBytes) {

    private static final Pattern USED = Pattern.compile("^ +\\S.* total \\d+K, used (\\d+)K", Pattern.MULTILINE);
    private static final Pattern RESIDENT = Pattern.compile("^VmRSS:\\s+(\\d+) kB", Pattern.MULTILINE);

    /** Collects the garbage of a Java process, then looks at it; needs the JDK's jcmd, and Linux. */
    static Memory of(long pid) {
        jcmd(pid, "GC.run");
        return new Memory(
                sum(USED, jcmd(pid, "GC.heap_info")) * 1024,
                sum(RESIDENT, read(Path.of("/proc", Long.toString(pid), "status"))) * 1024);
    }

    private static long sum(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        long sum = 0;
        while (matcher.find()) {
            sum += Long.parseLong(matcher.group(1));
        }
        if (sum == 0) {
            throw new BenchException("no figure of memory in: " + text);
        }
        return sum;
    }

    private static String jcmd(long pid, String command) {
        Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
        try {
            Process process = new ProcessBuilder(List.of(jcmd.toString(), Long.toString(pid), command))
                    .redirectErrorStream(true)
                    .start();
            try (InputStream out = process.getInputStream()) {
                return new String(out.readAllBytes(), StandardCharsets.UTF_8);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
