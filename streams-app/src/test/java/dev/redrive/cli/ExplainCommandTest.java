package dev.redrive.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExplainCommandTest {

    private final TestTerminal terminal = TestTerminal.withInput("");

    @Test
    void shouldTellRuleDispositionAndDueOfADescribedFailure() {
        int code = terminal.run("explain", "--status", "429", "--header", "Retry-After: 30");

        assertThat(terminal.err()).isEmpty();
        assertThat(code).isZero();
        assertThat(terminal.outLines())
                .contains(
                        "failure      RESPONSE, status 429, POST, without an idempotency key",
                        "rule         rate-limited",
                        "class        RATE_LIMITED",
                        "disposition  RETRY",
                        "charged      false",
                        "tier         1m",
                        "key          derived from userId, jobId and epoch")
                .anyMatch(line -> line.startsWith("due          2026-11-22T12:00:3"));
    }

    @Test
    void shouldTellWhyAJobIsDeadLetteredAndWhatToDo() {
        terminal.run("explain", "--cause", "timeout", "--method", "POST");

        assertThat(terminal.outLines())
                .contains("disposition  DEAD_LETTER", "reason       UNSAFE_WITHOUT_IDEMPOTENCY_KEY")
                .contains("  - the request may have been executed and carried no idempotency key");
    }

    @Test
    void shouldTakeTheCodeWithoutAnEnvelope() {
        terminal.run("explain", "--code", "SPENDING_LIMIT_EXCEEDED", "--status", "200", "-o", "json");

        assertThat(terminal.outLines())
                .singleElement()
                .asString()
                .contains("\"class\":\"SPEND_CAPPED\"", "\"contradiction\":true", "\"outcome\":\"MATCHED\"");
    }

    @Test
    void shouldCountTheAttemptsBefore() {
        terminal.run("explain", "--status", "503", "--idempotency-key", "k1", "--charged", "4");

        assertThat(terminal.outLines()).contains("reason       ATTEMPTS_EXHAUSTED", "key          k1");
    }

    @Test
    void shouldShowTheRulesInOrderWhenAsked() {
        terminal.run("explain", "--status", "404", "--trace");

        assertThat(terminal.out()).contains("rules, in order").containsPattern("not-found +MATCHED +status 404");
    }

    @Test
    void shouldExplainEveryLineOfStandardInput() {
        TestTerminal withLines =
                TestTerminal.withInput("{\"httpStatus\":404}\n\n{\"httpStats\":1}\n{\"httpStatus\":401}\n");

        int code = withLines.run("explain", "-", "-o", "json");

        assertThat(code).isEqualTo(1);
        assertThat(withLines.outLines()).hasSize(2);
        assertThat(withLines.errLines()).containsExactly("stdin:3: httpStats: unknown field; did you mean httpStatus?");
    }

    @Test
    void shouldExplainEveryElementOfAnArrayAndShowControlCharactersAsText() {
        TestTerminal withArray = TestTerminal.withInput(
                "[{\"httpStatus\":404},\n {\n\"httpStatus\": 401, \"service\": \"a\\u001b[2J\\n\\u202eb\"}, 7]");

        int code = withArray.run("explain", "-");

        assertThat(code).isEqualTo(1);
        assertThat(withArray.outLines())
                .filteredOn(line -> line.startsWith("failure"))
                .satisfiesExactly(
                        line -> assertThat(line).contains("status 404"),
                        line -> assertThat(line).contains("service a\\u001b[2J\\u000a\\u202eb"));
        assertThat(withArray.errLines()).containsExactly("stdin:3: element 3: must be a JSON object");
    }

    @Test
    void shouldUseTheRulesOfTheConfiguration(@TempDir Path directory) throws Exception {
        Path config = Files.writeString(directory.resolve("redrive.yaml"), "quota: {disposition: PARK}\n");

        terminal.run("explain", "--status", "402", "--config", config.toString());

        assertThat(terminal.out()).contains("rule payment-required says QUOTA_EXHAUSTED, PARK");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "explain                               | 2 | describe a failure by options such as --status",
                "explain --status 1 --json {}          | 2 | not by several of them",
                "explain --header nonsense             | 2 | 'nonsense' is not a header as NAME:VALUE",
                "explain --status 429 --charged -1     | 2 | --charged and --throttled take 0 or more",
                "explain --cause bad                   | 1 | cause: must be one of",
                "explain --json nonsense               | 1 | is not JSON",
                "explain --status 429 --config nowhere | 1 | there is no such file",
            })
    void shouldSayWhatIsWrong(String line, int expected, String sentence) {
        int code = terminal.run(line.split(" "));

        assertThat(code).isEqualTo(expected);
        assertThat(terminal.err()).contains(sentence);
        assertThat(terminal.out()).isEmpty();
    }
}
