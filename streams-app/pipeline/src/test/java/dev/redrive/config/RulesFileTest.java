package dev.redrive.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;

import dev.redrive.config.ConfigException.Problem;
import dev.redrive.domain.classify.FailureClass;
import dev.redrive.domain.classify.FailureFacts;
import dev.redrive.domain.classify.FailureFacts.Cause;
import dev.redrive.domain.classify.Profile;
import dev.redrive.domain.classify.Profile.KeyPolicy;
import dev.redrive.domain.classify.Profile.Profiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@NullMarked
class RulesFileTest {

    private static final String HEAD = """
        profiles:
          - name: api
            default: true
            envelope: {code: /code}
            rules:
              - {id: first, match: {status: 5xx, service: [a, b]}, class: TRANSIENT}
        """;

    /** The line after {@link #HEAD}. */
    private static final int LINE = 7;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path dir;

    private Path file(String text) throws IOException {
        return Files.writeString(dir.resolve("rules.yaml"), text);
    }

    private static List<Problem> problems(Path file) {
        ConfigException refused = catchThrowableOfType(ConfigException.class, () -> ConfigLoader.loadRules(file));
        assertThat(refused).as("the rules are refused").isNotNull();
        return refused.problems();
    }

    @Test
    void shouldTellTheMistakesOfAllRulesInOrderWithTheirPlaceInTheList() throws IOException {
        Path file = file("""
            profiles:
              - name: api
                default: true
                rules:
                  - {id: a, match: {status: 429}, class: NONSENSE}
                  - {id: b, match: {status: 429}, class: RATE_LIMITED, disposition: NONSENSE}
            """);

        assertThat(problems(file))
                .extracting(Problem::line, Problem::path)
                .containsExactly(
                        tuple(2, "profiles[0].envelope"),
                        tuple(5, "profiles.api.rules[0].class"),
                        tuple(6, "profiles.api.rules[1].disposition"));
    }

    @Test
    void shouldRefuseAnEmptyFile() throws IOException {
        assertThat(problems(file("\n")))
                .extracting(Problem::message)
                .first()
                .asString()
                .contains("is empty");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{id: x, match: {}, clas: TRANSIENT}                  | did you mean class?",
                "{id: x, match: {}}                                   | is missing; write what kind of failure it is",
                "{id: x, class: TRANSIENT}                            | {} for a rule that matches everything",
                "{match: {}, class: TRANSIENT}                        | is missing; write a stable name",
                "{id: x, match: {}, class: TRANSIEN}                  | did you mean TRANSIENT?",
                "{id: x, match: {}, class: TRANSIENT, disposition: retry} | did you mean RETRY?",
                "{id: X Y, match: {}, class: TRANSIENT}               | lower-case letters, digits and '-'",
                "{id: unmatched, match: {}, class: TRANSIENT}         | write another id",
                "{id: first, match: {}, class: TRANSIENT}             | is written twice, first in line 6",
                "{id: x, match: {stats: 5xx}, class: TRANSIENT}       | did you mean status?",
                "{id: x, match: {status: 5xy}, class: TRANSIENT}      | write 404 for one or 4xx for a class",
                "{id: x, match: {status: 600}, class: TRANSIENT}      | write 404 for one or 4xx for a class",
                "{id: x, match: {status: []}, class: TRANSIENT}       | is an empty list",
                "{id: x, match: {cause: ASYNK}, class: TRANSIENT}     | did you mean ASYNC?",
                "{id: x, match: {cause: UNKNOWN}, class: TRANSIENT}   | cause UNKNOWN never matches",
                "{id: x, match: {operation: 'a[b]'}, class: TRANSIENT} | is no operation glob",
                "{id: x, match: {operation: 'a.**'}, class: TRANSIENT} | is no operation glob",
                "{id: x, match: {code: 'A B'}, class: TRANSIENT}      | is no word",
                "{id: x, match: {idempotencyKey: maybe}, class: TRANSIENT} | write true or false",
                "{id: x, match: {}, class: TRANSIENT, maxAttempts: 1} | for no retry write disposition: DEAD_LETTER",
                "{id: x, match: {}, class: RATE_LIMITED, maxAttempts: 3} | retry.maxThrottles bounds it",
                "{id: x, match: {}, class: NOT_FOUND, maxAttempts: 3} | maxAttempts has no effect with DEAD_LETTER",
                "{id: x, match: {}, class: NOT_FOUND, backoff: {base: 1s, cap: 1m}} | backoff has no effect with"
                        + " DEAD_LETTER",
                "{id: x, match: {}, class: TRANSIENT, backoff: {base: 1m, cap: 1s}} | cap must not be shorter than"
                        + " base",
                "{id: x, match: {}, class: TRANSIENT, backoff: {cap: 1s}} | is missing; write e.g. base: 1s",
                "{id: x, match: {}, class: TRANSIENT, newKey: true}   | write class: PROVIDER_FAILED",
                "{id: x, match: {}, class: NOT_FOUND, remedy: ' '}    | write what a person can do",
                "{id: x, match: {status: 503, service: A}, class: TRANSIENT} | can never be reached: rule first in"
                        + " line 6",
                "{id: x, match: {code: null}, class: TRANSIENT} | has no value",
                "{id: x, match: {code:}, class: TRANSIENT} | has no value",
                "{id: x, match: {code: ~}, class: TRANSIENT} | has no value",
                "{id: x, match: {code: ''}, class: TRANSIENT} | has no value",
                "{id: x, match: {code: [A, null]}, class: TRANSIENT} | has no value",
                "{id: x, match: {code: ['']}, class: TRANSIENT} | has no value",
                "{id: x, match: {status: null}, class: TRANSIENT} | has no value",
                "{id: x, match: {status: ''}, class: TRANSIENT} | has no value",
                "{id: x, match: {cause: null}, class: TRANSIENT} | has no value",
                "{id: x, match: {cause: []}, class: TRANSIENT} | is an empty list",
                "{id: x, match: {cause: ''}, class: TRANSIENT} | has no value",
                "{id: x, match: {method: null}, class: TRANSIENT} | has no value",
                "{id: x, match: {method: []}, class: TRANSIENT} | is an empty list",
                "{id: x, match: {service: null}, class: TRANSIENT} | has no value",
                "{id: x, match: {service: []}, class: TRANSIENT} | is an empty list",
                "{id: x, match: {operation: null}, class: TRANSIENT} | has no value",
                "{id: x, match: {operation: []}, class: TRANSIENT} | is an empty list",
                "{id: x, match: {operation: ''}, class: TRANSIENT} | has no value",
                "{id: x, match: {idempotencyKey: null}, class: TRANSIENT} | has no value",
                "{id: x, match: {idempotencyKey: ''}, class: TRANSIENT} | has no value",
                "{id: x, match: {idempotencyKey: []}, class: TRANSIENT} | must be a single value",
                "{id: x, match: {code: {}}, class: TRANSIENT} | must be a single value",
                "{id: x, match: null, class: TRANSIENT} | write its conditions, or {}",
                "{id: x, match: '', class: TRANSIENT} | write its conditions, or {}",
                "{id: x, match: [], class: TRANSIENT} | must be a section",
                "{id: x, match: {}, class: null} | has no value",
                "{id: x, match: {}, class: TRANSIENT, disposition: null} | has no value",
                "{id: x, match: {}, class: TRANSIENT, maxAttempts: null} | has no value",
                "{id: x, match: {}, class: TRANSIENT, backoff: null} | has no value",
                "text                                                 | must be a section",
            })
    void shouldNameLineAndWhatToWriteForARule(String rule, String advice) throws IOException {
        List<Problem> problems = problems(file(HEAD + "      - " + rule + "\n"));

        assertThat(problems).anySatisfy(problem -> {
            assertThat(problem.line()).isEqualTo(LINE);
            assertThat(problem.message()).contains(advice);
        });
    }

    @Test
    void shouldRefuseAConditionWithoutAValueByItsPathAndLine() throws IOException {
        Path file = file(HEAD + "      - id: x\n        match:\n          code:\n        class: TRANSIENT\n");

        assertThat(problems(file))
                .extracting(Problem::line, Problem::path)
                .containsExactly(tuple(LINE + 2, "profiles.api.rules[1].match.code"));
    }

    @ParameterizedTest
    @CsvSource({
        "'headers: {rateLimit: {reset: }}'",
        "'headers: {retryAfter: }'",
        "'services: '",
        "keyAfterServerError: ''"
    })
    void shouldRefuseAKeyOfAProfileWithoutAValue(String key) throws IOException {
        Path file = file("profiles:\n  - name: api\n    default: true\n    envelope: {code: /code}\n    " + key + "\n");

        assertThat(problems(file)).extracting(Problem::line).containsOnly(5);
        assertThat(problems(file))
                .extracting(Problem::message)
                .anySatisfy(message -> assertThat(message).contains("has no value"));
    }

    @ParameterizedTest
    @CsvSource({
        "{status: 503}",
        "'{status: 5xx, service: [a, c]}'",
        "'{status: [500, 404], service: a}'",
        "{}",
        "{service: a}"
    })
    void shouldTakeARuleThatMatchesMoreThanTheOneBefore(String match) throws IOException {
        Path file = file(HEAD + "      - {id: x, match: " + match + ", class: TRANSIENT}\n");

        assertThat(ConfigLoader.loadRules(file).all().get(0).rules().rules()).hasSize(2);
    }

    @Test
    void shouldRefuseWhatComesAfterACatchAll() throws IOException {
        List<Problem> problems = problems(file(HEAD + """
                  - {id: all, match: {}, class: UNKNOWN}
                  - {id: late, match: {code: A}, class: NOT_FOUND}
            """));

        assertThat(problems).hasSize(1);
        assertThat(problems.get(0).toString())
                .endsWith("rules.yaml:8: profiles.api.rules.late: can never be reached: rule all in line 7 matches all"
                        + " that it matches; move it above that rule, or narrow that one");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{name: b, services: [x], rules: []}                        | envelope | write where the error body",
                "{name: b, services: [x], envelope: {code: error}, rules: []} | envelope | is no JSON Pointer",
                "{name: b, envelope: {}, rules: []}                         | services | or default: true",
                "{name: b, default: true, envelope: {}, rules: []}          | default | profile api is the default"
                        + " already",
                "{name: api, services: [x], envelope: {}, rules: []}        | name | is written twice, first in line"
                        + " 2",
                "{name: b, services: [x], envelop: {}, rules: []}           | envelop | did you mean envelope?",
                "{name: b, services: [x], envelope: {}, headers: {retryAfter: [{name: a, unit: MINUTES}]}} | unit |"
                        + " write one of",
                "{name: b, services: [x], envelope: {}, keyAfterServerError: FRESH} | keyAfterServerError | write one"
                        + " of NEW, SAME",
            })
    void shouldNameLineAndWhatToWriteForAProfile(String profile, String key, String advice) throws IOException {
        List<Problem> problems = problems(file(HEAD + "  - " + profile + "\n"));

        assertThat(problems).anySatisfy(problem -> {
            assertThat(problem.line()).isEqualTo(LINE);
            assertThat(problem.path()).endsWith("." + key);
            assertThat(problem.message()).contains(advice);
        });
    }

    @Test
    void shouldAskForADefaultProfile() throws IOException {
        assertThat(problems(file("profiles:\n  - {name: b, services: [x], envelope: {}, rules: []}\n")))
                .extracting(Problem::message)
                .containsExactly("none is the default; write default: true in the one for all other services");
    }

    @Test
    void shouldChooseProfilesByServiceAndFindTheFileBesideTheConfiguration() throws IOException {
        file(HEAD + """
              - name: text-api
                services: [Text]
                envelope: {code: [/error/code, /error/type]}
                keyAfterServerError: NEW
                rules:
                  - {id: no-money, match: {code: insufficient_quota}, class: QUOTA_EXHAUSTED}
            """);
        Path config = Files.writeString(dir.resolve("redrive.yaml"), "rules: {file: rules.yaml}");

        Profiles profiles = ConfigLoader.load(config, Map.of()).profiles();

        Profile text = profiles.forService("TEXT");
        assertThat(text.name()).isEqualTo("text-api");
        assertThat(text.afterServerError()).isEqualTo(KeyPolicy.NEW);
        FailureFacts money =
                new FailureFacts("insufficient_quota", 429, Cause.RESPONSE, "POST", "text", "text.complete", true);
        assertThat(text.rules().classify(money).failureClass()).isEqualTo(FailureClass.QUOTA_EXHAUSTED);
        assertThat(profiles.forService("music").name()).isEqualTo("api");
        assertThat(profiles.forService("music").afterServerError()).isEqualTo(KeyPolicy.SAME);
    }

    @Test
    void shouldTellMistakesOfRulesAndConfigurationTogether() throws IOException {
        file(HEAD + "      - {id: x}\n");
        Path config = Files.writeString(dir.resolve("redrive.yaml"), "rules: {file: rules.yaml}\nretry: {maxAge: 1}\n");

        ConfigException refused =
                catchThrowableOfType(ConfigException.class, () -> ConfigLoader.load(config, Map.of()));

        assertThat(refused.problems()).extracting(Problem::line).contains(2, LINE);
    }
}
