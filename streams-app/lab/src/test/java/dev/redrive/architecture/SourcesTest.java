package dev.redrive.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.contract.HeaderNames;
import dev.redrive.contract.TopicNames;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What holds of every source file of all modules. */
class SourcesTest {

    private static final int MAX_LINES = 500;
    private static final List<Path> MAIN = roots("src/main/java");
    private static final List<Path> TESTS = roots("src/test/java");

    private static List<Path> roots(String directory) {
        return Stream.of("../engine", "../pipeline", "../server", "../cli", "../lab", "../../schemas")
                .map(module -> Path.of(module, directory))
                .toList();
    }

    private static List<Path> files(List<Path> roots) throws IOException {
        List<Path> files = new ArrayList<>();
        for (Path root : roots) {
            try (Stream<Path> all = Files.walk(root)) {
                all.filter(file -> file.toString().endsWith(".java")).forEach(files::add);
            }
        }
        assertThat(files).hasSizeGreaterThan(10);
        return files;
    }

    private static List<String> holding(List<Path> files, String text) throws IOException {
        List<String> holding = new ArrayList<>();
        for (Path file : files) {
            if (Files.readString(file).contains(text)) {
                holding.add(file + " holds " + text);
            }
        }
        return holding;
    }

    @Test
    void shouldHaveNoFileOfMoreThan500Lines() throws IOException {
        List<String> tooLong = new ArrayList<>();
        for (Path file :
                Stream.concat(files(MAIN).stream(), files(TESTS).stream()).toList()) {
            try (Stream<String> lines = Files.lines(file)) {
                long count = lines.count();
                if (count > MAX_LINES) {
                    tooLong.add(file + ": " + count);
                }
            }
        }

        assertThat(tooLong).isEmpty();
    }

    @Test
    void shouldMarkEveryPackageAsNullMarked() throws IOException {
        TreeSet<Path> packages = new TreeSet<>();
        files(MAIN).forEach(file -> packages.add(file.getParent()));

        assertThat(packages)
                .allSatisfy(directory -> assertThat(directory.resolve("package-info.java"))
                        .content()
                        .contains("@NullMarked"));
    }

    @Test
    void shouldNameHeadersAndTopicsInTheContractOnly() throws IOException, ReflectiveOperationException {
        // The publisher reads HTTP headers, one of which is called as a header of records is.
        List<Path> others = files(MAIN).stream()
                .filter(file -> !file.toString().contains("/dev/redrive/contract/"))
                .filter(file -> !file.endsWith("dev/redrive/publish/ResponseHeaders.java"))
                .toList();
        List<String> found =
                new ArrayList<>(holding(others, '"' + TopicNames.standard().retry("")));
        for (Method name : TopicNames.class.getDeclaredMethods()) {
            if (name.getReturnType() == String.class && name.getParameterCount() == 0 && isNameOfATopic(name)) {
                found.addAll(holding(others, '"' + (String) name.invoke(TopicNames.standard()) + '"'));
            }
        }
        for (Field field : HeaderNames.class.getFields()) {
            found.addAll(holding(others, '"' + (String) field.get(null) + '"'));
        }

        assertThat(found).isEmpty();
    }

    private static boolean isNameOfATopic(Method method) {
        return Modifier.isPublic(method.getModifiers())
                && !method.getName().equals("toString")
                && !method.getName().equals("prefix");
    }

    @Test
    void shouldWaitOnConditionsAndNeverSleepInTests() throws IOException {
        assertThat(holding(files(TESTS), "Thread" + ".sleep(")).isEmpty();
        assertThat(holding(files(TESTS), "SECONDS" + ".sleep(")).isEmpty();
    }
}
