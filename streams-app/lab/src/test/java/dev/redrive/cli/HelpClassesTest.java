package dev.redrive.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.InputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/** Help is fast because it loads little: every command is made at each start, and its run is loaded when it runs. */
class HelpClassesTest {

    private static final List<String> HEAVY =
            List.of("org.apache.kafka.", "org.apache.avro.", "dev.redrive.avro.", "com.fasterxml.", "ch.qos.logback.");

    /** Loads all of the class path anew, and notes what it loads. */
    private static final class RecordingLoader extends URLClassLoader {

        private final Set<String> loaded = new ConcurrentSkipListSet<>();

        RecordingLoader() {
            super(classPath(), ClassLoader.getPlatformClassLoader());
        }

        @Override
        protected Class<?> findClass(String name) throws ClassNotFoundException {
            Class<?> found = super.findClass(name);
            loaded.add(name);
            return found;
        }

        private static URL[] classPath() {
            return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                    .map(RecordingLoader::url)
                    .toArray(URL[]::new);
        }

        private static URL url(String entry) {
            try {
                return Path.of(entry).toUri().toURL();
            } catch (MalformedURLException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    static List<String> commands() {
        List<String> commands = new ArrayList<>(List.of("--help"));
        collect(Cli.commandLine(TestTerminal.withInput("").terminal(), PipelineClients.Kafka::new), "", commands);
        return commands;
    }

    private static void collect(CommandLine parent, String prefix, List<String> commands) {
        parent.getSubcommands().forEach((name, command) -> {
            commands.add(prefix + name + " --help");
            collect(command, prefix + name + " ", commands);
        });
    }

    @ParameterizedTest
    @MethodSource("commands")
    void shouldLoadNeitherKafkaNorAvroForHelp(String command) throws Exception {
        try (RecordingLoader loader = new RecordingLoader()) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();

            int code = run(loader, out, command.split(" "));

            assertThat(code).isZero();
            assertThat(out.toString(StandardCharsets.UTF_8)).startsWith("Usage: redrive");
            assertThat(loader.loaded)
                    .contains("dev.redrive.cli.RunCommand", "dev.redrive.lab.DevCommand")
                    .noneMatch(name -> HEAVY.stream().anyMatch(name::startsWith));
        }
    }

    @Test
    void shouldReadTheOptionsOfNoCommandForTheHelpOfAll() throws Exception {
        try (RecordingLoader loader = new RecordingLoader()) {
            run(loader, new ByteArrayOutputStream(), "--help");

            assertThat(loader.loaded)
                    .contains("dev.redrive.cli.TailCommand")
                    .doesNotContain("dev.redrive.cli.TailCommand$Words", "dev.redrive.runtime.Topic");
        }
    }

    private static int run(ClassLoader loader, ByteArrayOutputStream out, String... args)
            throws ReflectiveOperationException {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(loader);
        try {
            Class<?> type = loader.loadClass("dev.redrive.cli.Terminal");
            PrintWriter err = new PrintWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8), true);
            Object terminal = type.getConstructors()[0].newInstance(
                    InputStream.nullInputStream(), out, err, Clock.systemUTC(), Map.of(), false, false, false);
            Class<?> cli = loader.loadClass("dev.redrive.cli.Cli");
            return (int) cli.getMethod("run", type, String[].class).invoke(null, terminal, args);
        } finally {
            thread.setContextClassLoader(before);
        }
    }
}
