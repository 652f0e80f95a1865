package dev.redrive.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the assembled distribution as a user does: {@code bin/redrive} in a process of its own. */
class DistributionIT {

    private static final Path LAUNCHER =
            Path.of("../target/redrive/bin/redrive").toAbsolutePath();
    private static final Path PRODUCTION = Path.of("../cli/target/redrive").toAbsolutePath();
    private static final Pattern LAB_ONLY = Pattern.compile(
            "(kafka_2\\.13|kafka-(metadata|server|group-coordinator|raft|storage)|scala-|log4j-|commons-collections"
                    + "|commons-beanutils|lab-).*");
    private static final long TIMEOUT_S = 60;

    @TempDir
    Path directory;

    @Test
    void shouldShowHelpAndTellHowLongItTook() throws Exception {
        run(Map.of(), LAUNCHER.toString(), "--help");

        long least = Long.MAX_VALUE;
        for (int i = 0; i < 3; i++) {
            long started = System.nanoTime();
            Result result = run(Map.of(), LAUNCHER.toString(), "--help");
            least = Math.min(least, System.nanoTime() - started);
            assertThat(result.code()).isZero();
            assertThat(result.out()).startsWith("Usage: redrive");
        }
        System.out.println(
                "redrive --help took " + Duration.ofNanos(least).toMillis() + " ms, the least of three runs");
    }

    @Test
    void shouldLeaveTheLabAndTheBrokerOutOfProduction() throws Exception {
        assertThat(jars(LAUNCHER.resolveSibling("../lib")))
                .anyMatch(jar -> LAB_ONLY.matcher(jar).matches());
        assertThat(jars(PRODUCTION.resolve("lib")))
                .contains("redrive.jar")
                .noneMatch(jar -> LAB_ONLY.matcher(jar).matches());

        String launcher = PRODUCTION.resolve("bin/redrive").toString();
        assertThat(run(Map.of(), launcher, "--help").out()).contains("  run ").doesNotContain("  dev ", "  bench ");
        Result dev = run(Map.of(), launcher, "dev");
        assertThat(dev.code()).isEqualTo(2);
        assertThat(dev.err())
                .startsWith(
                        "redrive: USAGE: the command 'dev' comes with the full distribution; this one is for production");
    }

    private static List<String> jars(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    @Test
    void shouldTellItsVersion() throws Exception {
        assertThat(run(Map.of(), LAUNCHER.toString(), "--version").out()).matches("redrive [0-9]+\\.[0-9]+\\..*\n");
    }

    @Test
    void shouldExitWithTwoForAnUnknownOption() throws Exception {
        Result result = run(Map.of(), LAUNCHER.toString(), "--nonsense");

        assertThat(result.code()).isEqualTo(2);
        assertThat(result.err()).startsWith("redrive: USAGE: Unknown option: '--nonsense'");
    }

    @Test
    void shouldFollowSymbolicLinksAndKeepArgumentsWhole() throws Exception {
        Path one = Files.createSymbolicLink(directory.resolve("one two"), LAUNCHER);
        Path two = Files.createSymbolicLink(
                directory.resolve("three"), Path.of(one.getFileName().toString()));

        Result result = run(Map.of(), two.toString(), "publish", "--dry-run", "no such file");

        assertThat(result.code()).isEqualTo(1);
        assertThat(result.err()).isEqualTo("redrive: FILE_UNREADABLE: cannot read no such file: no such file\n");
    }

    @Test
    void shouldRefuseAnOldOrMissingJava() throws Exception {
        Path old = Files.createDirectories(directory.resolve("old/bin"));
        Path java = Files.writeString(old.resolve("java"), "#!/bin/sh\nexit 9\n");
        assertThat(java.toFile().setExecutable(true)).isTrue();
        Files.writeString(directory.resolve("old/release"), "JAVA_VERSION=\"11.0.2\"\n");

        Result tooOld = run(Map.of("JAVA_HOME", directory.resolve("old").toString()), LAUNCHER.toString(), "--help");
        Result missing = run(Map.of("JAVA_HOME", directory.toString()), LAUNCHER.toString(), "--help");

        assertThat(tooOld.code()).isEqualTo(1);
        assertThat(tooOld.err()).contains("JAVA_TOO_OLD").contains("is Java 11");
        assertThat(missing.code()).isEqualTo(1);
        assertThat(missing.err()).contains("JAVA_MISSING");
    }

    @Test
    void shouldTakeOptionsForTheJvm() throws Exception {
        Result result = run(Map.of("REDRIVE_OPTS", "-Xlog:disable -Xmx64m -version"), LAUNCHER.toString(), "--help");

        assertThat(result.err()).contains("version \"");
    }

    @Test
    void shouldEndQuietlyWhenThePipeIsClosed() throws Exception {
        Path lines = directory.resolve("bad.jsonl");
        Files.write(lines, IntStream.range(0, 10).mapToObj(i -> "{}").toList());

        Result result = run(
                Map.of(),
                "sh",
                "-c",
                "\"$0\" --help | true; \"$0\" publish --dry-run \"$1\" | true",
                LAUNCHER.toString(),
                lines.toString());

        assertThat(result.err().lines()).allMatch(line -> line.contains("bad.jsonl:"));
    }

    private record Result(int code, String out, String err) {}

    private Result run(Map<String, String> environment, String... command) throws IOException, InterruptedException {
        Path out = Files.createTempFile(directory, "out", "");
        Path err = Files.createTempFile(directory, "err", "");
        ProcessBuilder builder = new ProcessBuilder(List.of(command))
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().remove("REDRIVE_DEBUG");
        builder.environment().putAll(environment);
        Process process = builder.start();
        try {
            assertThat(process.waitFor(TIMEOUT_S, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        return new Result(process.exitValue(), Files.readString(out, UTF_8), Files.readString(err, UTF_8));
    }
}
