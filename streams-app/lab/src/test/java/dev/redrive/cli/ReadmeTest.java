package dev.redrive.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.redrive.publish.FailurePublisher;
import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.Producer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** Compiles the code and parses the commands that the documents show: whoever copies them must get what they say. */
class ReadmeTest {

    private static final Path ROOT = Path.of("../..");
    private static final Pattern INLINE_COMMAND = Pattern.compile("`(redrive(?: [^`]+)?)`");
    private static final Pattern REPOSITORY_FILE = Pattern.compile("[\\w./-]+\\.(?:yaml|yml|jsonl|java)");

    @TempDir
    private Path classes;

    static List<String> documents() throws IOException {
        List<String> documents = new ArrayList<>(List.of("README.md", "streams-app/ARCHITECTURE.md"));
        for (String folder : List.of(".github", "deploy", "streams-app/docs")) {
            try (Stream<Path> files = Files.walk(ROOT.resolve(folder))) {
                files.filter(file -> file.toString().endsWith(".md"))
                        .map(file -> ROOT.relativize(file).toString())
                        .sorted()
                        .forEach(documents::add);
            }
        }
        return documents;
    }

    @ParameterizedTest
    @ValueSource(strings = {"String", "byte[]", "Void"})
    void shouldShowJavaThatCompiles(String body) throws IOException {
        List<String> blocks = ShellBlock.fenced(text("README.md"), "java");
        assertThat(blocks).hasSizeGreaterThanOrEqualTo(2);

        for (String block : blocks) {
            assertCompiles("""
                    import dev.redrive.avro.RetryRequest;
                    import dev.redrive.contract.TopicNames;
                    import dev.redrive.publish.*;
                    import java.net.http.HttpResponse;
                    import java.util.Map;
                    class Block {
                        byte[] bytes;
                        HttpResponse<%s> httpResponse;
                        java.io.IOException exception;
                        RetryRequest retry;
                        FailurePublisher redrive;
                        void run() {
                    %s
                        }
                    }
                    """.formatted(body, block));
        }
    }

    private void assertCompiles(String source) {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        JavaFileObject file = new SimpleJavaFileObject(URI.create("string:///Block.java"), JavaFileObject.Kind.SOURCE) {
            @Override
            public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                return source;
            }
        };
        String classPath = Stream.of(FailurePublisher.class, SpecificRecord.class, Producer.class)
                .map(type -> Path.of(URI.create(type.getProtectionDomain()
                                .getCodeSource()
                                .getLocation()
                                .toString()))
                        .toString())
                .collect(Collectors.joining(File.pathSeparator));
        StringWriter said = new StringWriter();
        boolean compiled = compiler.getTask(
                        said,
                        null,
                        null,
                        List.of("-proc:none", "-classpath", classPath, "-d", classes.toString()),
                        null,
                        List.of(file))
                .call();
        assertThat(compiled).as("%s%n%s", said, source).isTrue();
    }

    @ParameterizedTest
    @MethodSource("documents")
    void shouldShowCommandsThatExist(String document) throws IOException {
        for (ShellBlock block : ShellBlock.in(text(document))) {
            for (List<String> command : block.commands()) {
                if (command.get(0).equals("redrive") || command.get(0).endsWith("/redrive")) {
                    String[] args = command.subList(1, command.size()).toArray(String[]::new);
                    assertThatCode(() -> redrive().parseArgs(args))
                            .as("%s: %s", document, command)
                            .doesNotThrowAnyException();
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("documents")
    void shouldNameFilesThatExist(String document) throws IOException {
        for (ShellBlock block : ShellBlock.in(text(document))) {
            for (List<String> command : block.commands()) {
                command.stream()
                        .map(word -> word.substring(word.indexOf('=') + 1))
                        .filter(word -> REPOSITORY_FILE.matcher(word).matches())
                        .forEach(file -> assertThat(ROOT.resolve(file))
                                .as("%s: %s", document, command)
                                .exists());
            }
        }
    }

    @Test
    void shouldMakeTheDistributionBeforeItIsUsed() throws IOException {
        boolean made = false;
        for (ShellBlock block : ShellBlock.in(text("README.md"))) {
            for (List<String> command : block.commands()) {
                made |= command.get(0).equals("mvn") && command.contains("package");
                assertThat(made || command.stream().noneMatch(word -> word.contains("redrive")))
                        .as("%s", command)
                        .isTrue();
            }
        }
    }

    /** Within the text commands may lack what they need; their words and options must exist. */
    @ParameterizedTest
    @MethodSource("documents")
    void shouldNameCommandsAndOptionsThatExist(String document) throws IOException {
        Matcher inline = INLINE_COMMAND.matcher(text(document));
        while (inline.find()) {
            CommandLine command = redrive();
            for (String word :
                    inline.group(1).substring("redrive".length()).strip().split("\\s+")) {
                if (word.startsWith("-")) {
                    assertThat(command.getCommandSpec().optionsMap())
                            .as("%s: %s", document, inline.group())
                            .containsKey(word.replaceFirst("=.*", ""));
                } else if (!command.getSubcommands().isEmpty() && word.matches("[a-z-]+")) {
                    assertThat(command.getSubcommands())
                            .as("%s: %s", document, inline.group())
                            .containsKey(word);
                    command = Objects.requireNonNull(command.getSubcommands().get(word));
                }
            }
        }
    }

    private static CommandLine redrive() {
        return Cli.commandLine(TestTerminal.withInput("").terminal(), PipelineClients.Kafka::new);
    }

    private static String text(String document) throws IOException {
        return Files.readString(ROOT.resolve(document), UTF_8);
    }

    /**
     * A block of shell commands in a document.
     *
     * @param commands the words of each command, without comments
     * @param inputs what a here-document gives to the command of the same place, empty where there is none
     */
    record ShellBlock(List<List<String>> commands, List<String> inputs) {

        private static final Pattern WORD = Pattern.compile("#.*|&&|\\||(?:\"[^\"]*\"|'[^']*'|[^\\s\"'|&])+");
        private static final Pattern ASSIGNMENT = Pattern.compile("(\\w+)=\"([^\"]*)\"");

        static List<ShellBlock> in(String document) {
            return fenced(document, "sh").stream().map(ShellBlock::of).toList();
        }

        /** The fenced blocks of a language. */
        static List<String> fenced(String document, String language) {
            List<String> blocks = new ArrayList<>();
            Matcher block = Pattern.compile("(?ms)^ *```" + language + "\\n(.*?)^ *```$")
                    .matcher(document);
            while (block.find()) {
                blocks.add(block.group(1));
            }
            return blocks;
        }

        private static ShellBlock of(String text) {
            List<List<String>> commands = new ArrayList<>();
            List<String> inputs = new ArrayList<>();
            Map<String, String> variables = new HashMap<>();
            List<String> lines = text.replace("\\\n", " ").lines().toList();
            for (int i = 0; i < lines.size(); i++) {
                String line = lines.get(i);
                Matcher assignment = ASSIGNMENT.matcher(line.strip());
                if (assignment.matches()) {
                    variables.put(assignment.group(1), assignment.group(2));
                    continue;
                }
                for (Map.Entry<String, String> variable : variables.entrySet()) {
                    line = line.replace("$" + variable.getKey(), variable.getValue());
                }
                StringBuilder input = new StringBuilder();
                int marker = line.indexOf(" <<'");
                if (marker >= 0) {
                    String end = line.substring(marker + 4, line.length() - 1);
                    line = line.substring(0, marker);
                    while (!lines.get(++i).equals(end)) {
                        input.append(lines.get(i)).append('\n');
                    }
                }
                addCommands(line, commands);
                while (inputs.size() < commands.size()) {
                    inputs.add(input.toString());
                }
            }
            return new ShellBlock(commands, inputs);
        }

        private static void addCommands(String line, List<List<String>> commands) {
            List<String> words = new ArrayList<>();
            Matcher word = WORD.matcher(line);
            while (word.find()) {
                if (word.group().equals("&&") || word.group().equals("|")) {
                    commands.add(words);
                    words = new ArrayList<>();
                } else if (!word.group().startsWith("#")) {
                    words.add(word.group().replaceAll("[\"']", ""));
                }
            }
            if (!words.isEmpty()) {
                commands.add(words);
            }
        }
    }
}
