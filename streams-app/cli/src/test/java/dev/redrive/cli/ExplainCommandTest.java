package dev.redrive.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
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
    void shouldTakeAHeaderThatIsGivenTwiceForAList() {
        terminal.run(
                "explain",
                "--status",
                "429",
                "--header",
                "Retry-After: 30",
                "--header",
                "retry-after: 1",
                "--header",
                "Retry-After: 2");

        assertThat(terminal.outLines()).anyMatch(line -> line.startsWith("due          2026-11-22T12:00:3"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Retry-After: 299.997 | 2026-11-22T12:04:59.997Z",
                "Retry-After: 8.5 | 2026-11-22T12:00:08.500Z",
                "Retry-After: 30, 30 | 2026-11-22T12:00:30Z",
                "Retry-After: 0, 120 | 2026-11-22T12:02:00Z",
                "Retry-After: Sun, 22 Nov 2026 12:01:00 UTC | 2026-11-22T12:01:00Z",
                "Retry-After: Sun, 22 Nov 2026 12:01:00 +0000 | 2026-11-22T12:01:00Z",
                "Retry-After: 2026-11-22T12:01:00Z | 2026-11-22T12:01:00Z",
                "Retry-After: 1795348860 | 2026-11-22T12:01:00Z",
                "X-RateLimit-Reset: 45 | 2026-11-22T12:00:45Z",
                "X-RateLimit-Reset: 45s | 2026-11-22T12:00:45Z",
                "X-RateLimit-Reset: 6m0s | 2026-11-22T12:06:00Z",
                "X-RateLimit-Reset: 1795348845.25 | 2026-11-22T12:00:45.250Z",
                "X-RateLimit-Reset: 2026-11-22T12:00:45Z | 2026-11-22T12:00:45Z",
            })
    void shouldNotBeDueBeforeTheInstantThatAHintNames(String header, Instant earliest) {
        terminal.run("explain", "--status", "429", "--header", header);

        assertThat(terminal.outLines())
                .filteredOn(line -> line.startsWith("due "))
                .singleElement()
                .satisfies(line -> assertThat(Instant.parse(line.substring(4).strip()))
                        .isBetween(earliest, earliest.plusSeconds(3)));
    }

    @Test
    void shouldShowThatAHintCannotBeReadAndHowLongIsWaited() {
        terminal.run("explain", "--status", "429", "--header", "Retry-After: in a while");

        assertThat(terminal.outLines())
                .contains("  - when to come back cannot be read from the response, NOT_DIGITS_OR_DATE: at least PT1M")
                .anyMatch(line -> line.startsWith("due          2026-11-22T12:01:0"));
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

        assertThat(terminal.out()).contains("rule payment-required: QUOTA_EXHAUSTED, PARK");
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
