package dev.redrive.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.domain.classify.Classification;
import dev.redrive.domain.classify.Classification.Disposition;
import dev.redrive.domain.classify.FailureClass;
import dev.redrive.domain.classify.FailureFacts;
import dev.redrive.domain.classify.FailureFacts.Cause;
import dev.redrive.domain.classify.RuleSet;
import dev.redrive.domain.classify.RuleSet.Rule;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@NullMarked
class BuiltInRulesTest {

    private static final RuleSet RULES =
            ConfigLoader.builtIn().profiles().forService("music").rules();

    @ParameterizedTest
    @CsvSource({
        // code, status, cause, rule, class, disposition, contradiction
        "CONCURRENT_GENERATION_LIMIT,  429, RESPONSE, concurrency-limit,    CONCURRENCY_LIMITED, RETRY,       false",
        "concurrent_generation_limit,  429, RESPONSE, concurrency-limit,    CONCURRENCY_LIMITED, RETRY,       false",
        "CONCURRENT_GENERATION_LIMIT,     , RESPONSE, concurrency-limit,    CONCURRENCY_LIMITED, RETRY,       false",
        ",                             429, RESPONSE, rate-limited,         RATE_LIMITED,        RETRY,       false",
        "SLOW_DOWN,                    429, RESPONSE, rate-limited,         RATE_LIMITED,        RETRY,       false",
        "INSUFFICIENT_CREDITS,         402, RESPONSE, insufficient-credits, QUOTA_EXHAUSTED,     DEAD_LETTER, false",
        ",                             402, RESPONSE, payment-required,     QUOTA_EXHAUSTED,     DEAD_LETTER, false",
        "SPENDING_LIMIT_EXCEEDED,      402, RESPONSE, spending-limit,       SPEND_CAPPED,        DEAD_LETTER, false",
        "invalid_request,              400, RESPONSE, invalid-input-code,   INVALID_REQUEST,     DEAD_LETTER, false",
        "INVALID_REQUEST,              422, RESPONSE, invalid-input-code,   INVALID_REQUEST,     DEAD_LETTER, false",
        "INVALID_URL,                  400, RESPONSE, invalid-input-code,   INVALID_REQUEST,     DEAD_LETTER, false",
        "INVALID_EVENTS,               400, RESPONSE, invalid-input-code,   INVALID_REQUEST,     DEAD_LETTER, false",
        "MISSING_LYRICS,               400, RESPONSE, invalid-request,      INVALID_REQUEST,     DEAD_LETTER, false",
        ",                             400, RESPONSE, invalid-request,      INVALID_REQUEST,     DEAD_LETTER, false",
        ",                             418, RESPONSE, invalid-request,      INVALID_REQUEST,     DEAD_LETTER, false",
        ",                             422, RESPONSE, invalid-request,      INVALID_REQUEST,     DEAD_LETTER, false",
        ",                             401, RESPONSE, unauthenticated,      UNAUTHENTICATED,     DEAD_LETTER, false",
        ",                             403, RESPONSE, forbidden,            FORBIDDEN,           DEAD_LETTER, false",
        "FORBIDDEN,                    403, RESPONSE, forbidden-code,       FORBIDDEN,           DEAD_LETTER, false",
        ",                             404, RESPONSE, not-found,            NOT_FOUND,           DEAD_LETTER, false",
        ",                                , NETWORK,  no-response,          TRANSIENT,           RETRY,       false",
        ",                                , TIMEOUT,  no-response,          TRANSIENT,           RETRY,       false",
        ",                             408, RESPONSE, try-again,            TRANSIENT,           RETRY,       false",
        ",                             409, RESPONSE, try-again,            TRANSIENT,           RETRY,       false",
        ",                             425, RESPONSE, try-again,            TRANSIENT,           RETRY,       false",
        ",                             500, RESPONSE, server-error,         TRANSIENT,           RETRY,       false",
        ",                             502, RESPONSE, server-error,         TRANSIENT,           RETRY,       false",
        ",                             503, RESPONSE, server-error,         TRANSIENT,           RETRY,       false",
        ",                             504, RESPONSE, server-error,         TRANSIENT,           RETRY,       false",
        ",                             501, RESPONSE, unsupported,          UNSUPPORTED,         DEAD_LETTER, false",
        ",                             505, RESPONSE, unsupported,          UNSUPPORTED,         DEAD_LETTER, false",
        ",                                , ASYNC,    provider-failed,      PROVIDER_FAILED,     RETRY,       false",
        ",                             200, ASYNC,    provider-failed,      PROVIDER_FAILED,     RETRY,       false",
        ",                             506, RESPONSE, server-error,         TRANSIENT,           RETRY,       false",
        ",                             507, RESPONSE, server-error,         TRANSIENT,           RETRY,       false",
        ",                             508, RESPONSE, server-error,         TRANSIENT,           RETRY,       false",
        ",                             509, RESPONSE, server-error,         TRANSIENT,           RETRY,       false",
        ",                             510, RESPONSE, server-error,         TRANSIENT,           RETRY,       false",
        ",                             511, RESPONSE, server-error,         TRANSIENT,           RETRY,       false",
        ",                             520, RESPONSE, server-error,         TRANSIENT,           RETRY,       false",
        ",                             522, RESPONSE, server-error,         TRANSIENT,           RETRY,       false",
        ",                             524, RESPONSE, server-error,         TRANSIENT,           RETRY,       false",
        ",                             525, RESPONSE, server-error,         TRANSIENT,           RETRY,       false",
        ",                             527, RESPONSE, server-error,         TRANSIENT,           RETRY,       false",
        ",                             530, RESPONSE, server-error,         TRANSIENT,           RETRY,       false",
        ",                             598, RESPONSE, server-error,         TRANSIENT,           RETRY,       false",
        ",                             599, RESPONSE, server-error,         TRANSIENT,           RETRY,       false",
        ",                             460, RESPONSE, try-again,            TRANSIENT,           RETRY,       false",
        ",                             499, RESPONSE, try-again,            TRANSIENT,           RETRY,       false",
        ",                             600, RESPONSE, unmatched,            UNKNOWN,             RETRY,       false",
        ",                                , RESPONSE, unmatched,            UNKNOWN,             RETRY,       false",
        // A cause that was not told is a response with a status, a network failure without.
        ",                                , UNKNOWN,  no-response,          TRANSIENT,           RETRY,       false",
        ",                             500, UNKNOWN,  server-error,         TRANSIENT,           RETRY,       false",
        // Contradictions go by the code.
        "INSUFFICIENT_CREDITS,         500, RESPONSE, insufficient-credits, QUOTA_EXHAUSTED,     DEAD_LETTER, true",
        "CONCURRENT_GENERATION_LIMIT,  200, RESPONSE, concurrency-limit,    CONCURRENCY_LIMITED, RETRY,       true",
        "invalid_request,              429, RESPONSE, invalid-input-code,   INVALID_REQUEST,     DEAD_LETTER, true",
        "FORBIDDEN,                    401, RESPONSE, forbidden-code,       FORBIDDEN,           DEAD_LETTER, true",
        "SOMETHING,                    200, RESPONSE, unmatched-2xx,        UNKNOWN,             DEAD_LETTER, true",
    })
    void shouldClassifyAsTheTableSays(
            @Nullable String code,
            @Nullable Integer status,
            Cause cause,
            String rule,
            FailureClass failureClass,
            Disposition disposition,
            boolean contradiction) {
        Classification classification = RULES.classify(facts(code, status, cause));

        assertThat(classification)
                .isEqualTo(new Classification(
                        rule,
                        RULES.version(),
                        failureClass,
                        disposition,
                        classification.remedy(),
                        code,
                        contradiction));
    }

    @Test
    void shouldHaveATableRowForEveryRule() {
        Set<String> reached = new HashSet<>();
        for (String code : new String[] {
            "",
            "CONCURRENT_GENERATION_LIMIT",
            "INSUFFICIENT_CREDITS",
            "SPENDING_LIMIT_EXCEEDED",
            "FORBIDDEN",
            "INVALID_URL"
        }) {
            for (int status = 400; status < 600; status++) {
                reached.add(RULES.classify(facts(code, status, Cause.RESPONSE)).ruleId());
            }
        }
        reached.add(RULES.classify(facts(null, null, Cause.NETWORK)).ruleId());
        reached.add(RULES.classify(facts(null, null, Cause.ASYNC)).ruleId());

        assertThat(reached).containsAll(RULES.rules().stream().map(Rule::id).toList());
    }

    @Test
    void shouldRetryEveryServerErrorThatIsNotUnsupported() {
        for (int status = 500; status < 600; status++) {
            FailureClass expected = status == 501 || status == 505 ? FailureClass.UNSUPPORTED : FailureClass.TRANSIENT;

            assertThat(RULES.classify(facts(null, status, Cause.RESPONSE)).failureClass())
                    .as("status %d", status)
                    .isEqualTo(expected);
        }
    }

    @Test
    void shouldStartANewSubmissionOnlyAfterAnAcceptedJobFailed() {
        assertThat(RULES.rules().stream().filter(Rule::newKey).map(Rule::id)).containsExactly("provider-failed");
    }

    private static FailureFacts facts(@Nullable String code, @Nullable Integer status, Cause cause) {
        return new FailureFacts(code, status, cause, "POST", "music", "music.song.generate", true);
    }
}
