package dev.redrive.golden;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Compares what the code gives today with a file of the class path, line by line. The files change on purpose only:
 *
 * <pre>{@code
 * mvn test -Dtest='*Golden*' -Dsurefire.failIfNoSpecifiedTests=false -Dgolden.update=true
 * }</pre>
 *
 * <p>writes them anew, below the directory of the module that the tests run in, and fails, so that no run that wrote is
 * green. Read the diff, then run again without the property.
 */
public final class Golden {

    private static final String UPDATE = "golden.update";
    private static final Path DIRECTORY = Path.of("src", "test", "resources", "dev", "redrive", "golden");
    private static final int MAX_SHOWN_CHARS = 4_000;

    private Golden() {}

    /**
     * Compares, or writes the file and fails.
     *
     * @param name the file
     * @param actual its lines
     */
    public static void check(String name, List<String> actual) {
        check(name, String.join("\n", actual) + "\n");
    }

    /**
     * Compares, or writes the file and fails.
     *
     * @param name the file
     * @param actual its text, which ends with a line end
     */
    public static void check(String name, String actual) {
        if (Boolean.getBoolean(UPDATE)) {
            write(name, actual);
            throw new AssertionError(name + " is written; read its diff, and run again without -D" + UPDATE);
        }
        String expected = read(name);
        if (!expected.equals(actual)) {
            throw new AssertionError(difference(name, expected.split("\n", -1), actual.split("\n", -1)));
        }
    }

    private static String difference(String name, String[] expected, String[] actual) {
        int line = 0;
        while (line < expected.length && line < actual.length && expected[line].equals(actual[line])) {
            line++;
        }
        return name + " differs from line " + (line + 1) + " on (" + expected.length + " lines expected, "
                + actual.length + " found)\nexpected: " + shown(expected, line) + "\nfound:    " + shown(actual, line)
                + "\nIf this is meant, see " + Golden.class.getName() + " for how to write the file anew.";
    }

    private static String shown(String[] lines, int line) {
        if (line >= lines.length) {
            return "(end of text)";
        }
        String text = lines[line];
        return text.length() <= MAX_SHOWN_CHARS ? text : text.substring(0, MAX_SHOWN_CHARS) + "…";
    }

    private static String read(String name) {
        try (InputStream in = Golden.class.getResourceAsStream("/dev/redrive/golden/" + name)) {
            if (in == null) {
                throw new AssertionError("there is no file " + name + "; -D" + UPDATE + "=true writes it");
            }
            return new String(in.readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void write(String name, String text) {
        try {
            Files.createDirectories(DIRECTORY);
            Files.writeString(DIRECTORY.resolve(name), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
