package dev.redrive.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The start script on the classes of this build, in locales that are not in UTF-8. */
class LauncherTest {

    private static final Path SCRIPT = Path.of("src/main/dist/bin/redrive");
    private static final long TIMEOUT_S = 60;

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"C", "de_DE.ISO-8859-1", "xx_XX.UTF-8"})
    void shouldStartFromAnyDirectoryAndReadFilesOfAnyName(String locale) throws Exception {
        // Java has to write the names that it is to read; the shell does it here, whatever the locale of this test.
        String script = """
                install=$2/größe–日本
                mkdir -p "$install/bin" "$install/lib" && cp "$1" "$install/bin/redrive" && cp "$2/redrive.jar" "$install/lib"
                printf '%s\\n' '{"httpStatus":404,"service":"größe–日本😀"}' >"$2/Übung–日本.jsonl"
                "$install/bin/redrive" version
                "$install/bin/redrive" explain "$2/Übung–日本.jsonl"
                """;

        Result result = shell(script, Map.of("LC_ALL", locale));

        assertThat(result.err()).isEmpty();
        assertThat(result.out()).startsWith("redrive 9.9\nfailure      RESPONSE, status 404, POST, service größe–日本😀");
    }

    @Test
    void shouldRefuseAnArgumentThatIsNotUtf8() throws Exception {
        String script = """
                mkdir -p "$2/bin" "$2/lib" && cp "$1" "$2/bin/redrive" && cp "$2/redrive.jar" "$2/lib"
                "$2/bin/redrive" cancel --user "$(printf 'gr\\303\\266\\337e')" --job j1 --no-wait
                """;

        Result result = shell(script, Map.of("LC_ALL", "C"));

        assertThat(result.code()).isEqualTo(2);
        assertThat(result.err())
                .startsWith(
                        "redrive: USAGE: the bytes of the argument 'grö\ufffde' are not text in the encoding UTF-8");
    }

    @Test
    void shouldFailWhereStandardOutputIsFull() throws Exception {
        String script = """
                mkdir -p "$2/bin" "$2/lib" && cp "$1" "$2/bin/redrive" && cp "$2/redrive.jar" "$2/lib"
                "$2/bin/redrive" config print >/dev/full
                """;

        Result result = shell(script, Map.of("LC_ALL", "", "LANG", "de_DE.UTF-8"));

        assertThat(result.code()).isEqualTo(1);
        assertThat(result.err())
                .isEqualTo("redrive: DISK_FULL: standard output cannot be written: No space left on device\n");
    }

    private record Result(int code, String out, String err) {}

    private Result shell(String script, Map<String, String> environment) throws IOException, InterruptedException {
        jar(directory.resolve("redrive.jar"));
        Path out = Files.createTempFile(directory, "out", "");
        Path err = Files.createTempFile(directory, "err", "");
        Path file = Files.writeString(directory.resolve("script.sh"), script, UTF_8);
        ProcessBuilder builder = new ProcessBuilder(
                        List.of("sh", file.toString(), SCRIPT.toString(), directory.toString()))
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        Map<String, String> all = new HashMap<>(environment);
        all.put("REDRIVE_CLASSPATH", classPath());
        all.put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().keySet().removeIf(name -> name.startsWith("LC_") || name.startsWith("REDRIVE_"));
        builder.environment().putAll(all);
        Process process = builder.start();
        try {
            assertThat(process.waitFor(TIMEOUT_S, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        return new Result(process.exitValue(), Files.readString(out, UTF_8), Files.readString(err, UTF_8));
    }

    /** Some runners of tests have a class loader of their own. */
    private static String classPath() {
        return LauncherTest.class.getClassLoader() instanceof URLClassLoader loader
                ? Arrays.stream(loader.getURLs()).map(URL::getPath).collect(Collectors.joining(":"))
                : System.getProperty("java.class.path");
    }

    /** A jar with a version of its own, by which it shows that it was found; other classes come from this build. */
    private static void jar(Path file) throws IOException {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Attributes.Name.IMPLEMENTATION_VERSION, "9.9");
        // The manifest counts that is beside the first class of a package that is loaded.
        try (OutputStream to = Files.newOutputStream(file);
                JarOutputStream jar = new JarOutputStream(to, manifest)) {
            for (Class<?> first : List.of(Terminal.class, Cli.class, RedriveCommand.Version.class)) {
                String name = first.getName().replace('.', '/') + ".class";
                jar.putNextEntry(new JarEntry(name));
                try (InputStream from = Objects.requireNonNull(first.getResourceAsStream("/" + name), name)) {
                    from.transferTo(jar);
                }
            }
        }
    }
}
