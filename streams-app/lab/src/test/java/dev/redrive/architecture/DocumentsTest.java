package dev.redrive.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Documents of the project: their links lead somewhere, and the files that they name exist. */
class DocumentsTest {

    private static final Path ROOT = Path.of("../..").toAbsolutePath().normalize();
    private static final Set<String> SKIPPED = Set.of("target", "node_modules", ".git", ".idea");
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
    private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.*)$");

    /** A name such as {@code Cli.java} or {@code cli/Cli.java}, not a part of a longer word. */
    private static final Pattern FILE =
            Pattern.compile("(?<![\\w./<>*-])[\\w.][\\w./-]*\\.(?:java|md|yaml|avsc|xml|txt|sh)(?![\\w*])");

    static List<Path> documents() throws IOException {
        return files().stream()
                .filter(file -> file.toString().endsWith(".md"))
                .filter(file -> !file.startsWith("deploy/runbooks"))
                .toList();
    }

    /** Those that explain the source. */
    static List<Path> maintainersDocuments() throws IOException {
        return documents().stream()
                .filter(file -> file.startsWith(".github")
                        || file.startsWith("streams-app/docs/decisions")
                        || file.endsWith("ARCHITECTURE.md"))
                .toList();
    }

    /** All files of the repository, relative to its top folder. */
    private static List<Path> files() throws IOException {
        List<Path> files = new ArrayList<>();
        Files.walkFileTree(ROOT, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                return SKIPPED.contains(String.valueOf(directory.getFileName()))
                        ? FileVisitResult.SKIP_SUBTREE
                        : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                files.add(ROOT.relativize(file));
                return FileVisitResult.CONTINUE;
            }
        });
        return files;
    }

    @ParameterizedTest
    @MethodSource("documents")
    void shouldLinkToFilesAndHeadingsThatExist(Path document) throws IOException {
        List<String> broken = new ArrayList<>();
        Matcher link = LINK.matcher(Files.readString(ROOT.resolve(document)));
        while (link.find()) {
            String target = link.group(1);
            if (target.contains("://")) {
                continue;
            }
            String[] parts = target.split("#", 2);
            Path file = ROOT.resolve(document);
            file = parts[0].isEmpty() ? file : file.resolveSibling(parts[0]).normalize();
            if (!Files.exists(file) || (parts.length > 1 && !headings(file).contains(parts[1]))) {
                broken.add(target);
            }
        }

        assertThat(broken).isEmpty();
    }

    /** The anchors that a viewer makes of headings. */
    private static List<String> headings(Path document) throws IOException {
        List<String> anchors = new ArrayList<>();
        Matcher heading = HEADING.matcher(Files.readString(document));
        while (heading.find()) {
            anchors.add(heading.group(1)
                    .toLowerCase(Locale.ROOT)
                    .replaceAll("[^\\w -]", "")
                    .replace(' ', '-'));
        }
        return anchors;
    }

    @ParameterizedTest
    @MethodSource("maintainersDocuments")
    void shouldNameFilesThatExist(Path document) throws IOException {
        Map<String, List<String>> byName = new HashMap<>();
        for (Path file : files()) {
            byName.computeIfAbsent(String.valueOf(file.getFileName()), name -> new ArrayList<>())
                    .add("/" + file);
        }
        List<String> missing = new ArrayList<>();
        Matcher named = FILE.matcher(
                LINK.matcher(Files.readString(ROOT.resolve(document))).replaceAll("]"));
        while (named.find()) {
            String path = named.group();
            String name = path.substring(path.lastIndexOf('/') + 1);
            if (byName.getOrDefault(name, List.of()).stream().noneMatch(file -> file.endsWith("/" + path))) {
                missing.add(path);
            }
        }

        assertThat(missing).isEmpty();
    }

    @Test
    void shouldKeepTheTopFolderSmall() throws IOException {
        try (Stream<Path> top = Files.list(ROOT)) {
            assertThat(top.map(file -> String.valueOf(file.getFileName()))
                            .filter(name -> !name.startsWith(".") && !name.equals("target")))
                    .containsExactlyInAnyOrder("README.md", "deploy", "pom.xml", "schemas", "streams-app");
        }
    }
}
