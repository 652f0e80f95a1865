package dev.redrive.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CompletionCommandTest {

    private final TestTerminal terminal = TestTerminal.withInput("");

    @ParameterizedTest
    @CsvSource({
        "'redrive dead-l', 1, dead-letters",
        "'redrive redrives pl', 2, plan",
        "'redrive redrives plan --can', 3, --canary",
        "'redrive dead-letters list --output c', 4, csv"
    })
    void shouldCompleteInBash(String line, int word, String completed, @TempDir Path directory)
            throws IOException, InterruptedException {
        assertThat(terminal.run("completion", "bash")).isZero();
        Path script = Files.writeString(directory.resolve("completion"), terminal.out());

        Process bash = new ProcessBuilder(
                        "bash",
                        "-c",
                        "source " + script + "; COMP_WORDS=(" + line + "); COMP_CWORD=" + word
                                + "; _complete_redrive; printf '%s\\n' \"${COMPREPLY[@]}\"")
                .redirectErrorStream(true)
                .start();
        String out = new String(bash.getInputStream().readAllBytes(), UTF_8);

        assertThat(bash.waitFor()).as(out).isZero();
        assertThat(out.lines().map(String::strip)).contains(completed);
    }

    @Test
    void shouldLoadTheCompletionOfBashIntoZsh() {
        terminal.run("completion", "zsh");

        assertThat(terminal.out()).contains("bashcompinit", "complete -F _complete_redrive");
    }

    @Test
    void shouldListCommandsAndOptionsForFish() {
        assertThat(terminal.run("completion", "fish")).isZero();

        assertThat(terminal.outLines())
                .contains(
                        "complete -c redrive -n '__redrive_in \\'\\'' -a dead-letters -d 'Find dead letters, and decide about"
                                + " them'",
                        "complete -c redrive -n '__redrive_in \\'redrives\\'' -f",
                        "complete -c redrive -n '__redrive_in \\'redrives plan\\'' -l ids-file -r -F -d 'A file with an id of a"
                                + " dead letter on each line, at most 20000'",
                        "complete -c redrive -n '__redrive_in \\'dead-letters list\\'' -s o -l output -x -a 'table json csv'"
                                + " -d 'table, json, csv'");
        assertThat(terminal.out()).doesNotContain("${");
    }
}
