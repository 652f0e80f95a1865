package dev.redrive.domain.classify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.redrive.domain.classify.Classification.Disposition;
import dev.redrive.domain.classify.FailureFacts.Cause;
import dev.redrive.domain.classify.Match.OperationGlob;
import dev.redrive.domain.classify.Match.StatusPattern;
import dev.redrive.domain.classify.RuleSet.Rule;
import dev.redrive.domain.classify.RuleSet.Rule.Backoff;
import dev.redrive.domain.classify.RuleSet.RuleTrace;
import dev.redrive.domain.classify.RuleSet.RuleTrace.Outcome;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@NullMarked
class RuleSetTest {

    private static final FailureFacts FACTS =
            new FailureFacts("Too_Slow", 503, Cause.RESPONSE, "post", "Music", "music.song.generate", true);

    private static Match match(
            Set<String> codes, List<String> statuses, Set<Cause> causes, Set<String> services, @Nullable Boolean key) {
        return new Match(
                codes,
                statuses.stream().map(StatusPattern::parse).toList(),
                causes,
                Set.of(),
                services,
                List.of(),
                key);
    }

    private static Rule rule(String id, Match match) {
        return new Rule(id, match, FailureClass.TRANSIENT, Disposition.RETRY, null, null, null, false);
    }

    @Test
    void shouldLetTheFirstMatchDecide() {
        RuleSet rules = new RuleSet(List.of(
                rule("other-service", match(Set.of(), List.of(), Set.of(), Set.of("speech"), null)),
                rule("first", match(Set.of("TOO_SLOW"), List.of(), Set.of(), Set.of("MUSIC"), null)),
                rule("second", Match.ANYTHING)));

        assertThat(rules.classify(FACTS).ruleId()).isEqualTo("first");
        assertThat(rules.explain(FACTS))
                .extracting(RuleTrace::ruleId, RuleTrace::outcome, RuleTrace::why)
                .containsExactly(
                        tuple("other-service", Outcome.MISSED, "service is Music, not speech"),
                        tuple("first", Outcome.MATCHED, "code too_slow, service music"),
                        tuple("second", Outcome.NOT_REACHED, "rule first matched before it"));
    }

    @ParameterizedTest
    @CsvSource({
        "TOO_SLOW, 503, RESPONSE, music,  true,  true",
        "other,    503, RESPONSE, music,  true,  false",
        "TOO_SLOW, 5xx, RESPONSE, music,  true,  true",
        "TOO_SLOW, 4xx, RESPONSE, music,  true,  false",
        "TOO_SLOW, 503, TIMEOUT,  music,  true,  false",
        "TOO_SLOW, 503, RESPONSE, speech, true,  false",
        "TOO_SLOW, 503, RESPONSE, music,  false, false",
    })
    void shouldMatchOnlyWhenEveryConditionHolds(
            String code, String status, Cause cause, String service, boolean key, boolean matches) {
        Match match = match(Set.of(code), List.of(status), Set.of(cause), Set.of(service), key);

        assertThat(match.matches(FACTS)).isEqualTo(matches);
    }

    @ParameterizedTest
    @CsvSource({
        "404, UNKNOWN, DEAD_LETTER, unmatched-4xx",
        "200, UNKNOWN, DEAD_LETTER, unmatched-2xx",
        "302, UNKNOWN, RETRY, unmatched",
        "500, UNKNOWN, RETRY, unmatched",
        ", UNKNOWN, RETRY, unmatched"
    })
    void shouldFallBackToUnknown(
            @Nullable Integer status, FailureClass failureClass, Disposition disposition, String id) {
        FailureFacts facts = new FailureFacts(null, status, Cause.RESPONSE, "POST", "music", "op", false);

        Classification classification = new RuleSet(List.of()).classify(facts);

        assertThat(classification.failureClass()).isEqualTo(failureClass);
        assertThat(classification.disposition()).isEqualTo(disposition);
        assertThat(classification.ruleId()).isEqualTo(id);
        assertThat(classification.remedy()).contains("add a rule");
    }

    @Test
    void shouldChangeItsVersionWithItsContentOnly() {
        Match match = match(Set.of("b", "A"), List.of("4xx"), Set.of(Cause.ASYNC, Cause.NETWORK), Set.of(), null);
        Match same = match(Set.of("a", "B"), List.of("4XX"), Set.of(Cause.NETWORK, Cause.ASYNC), Set.of(), null);
        String version = new RuleSet(List.of(rule("one", match))).version();
        Backoff backoff = new Backoff(Duration.ofSeconds(1), 2, Duration.ofMinutes(1));
        Rule slower = new Rule("one", match, FailureClass.TRANSIENT, Disposition.RETRY, null, null, backoff, false);

        assertThat(version).matches("[0-9a-f]{12}");
        assertThat(new RuleSet(List.of(rule("one", same))).version()).isEqualTo(version);
        assertThat(new RuleSet(List.of(rule("two", match))).version()).isNotEqualTo(version);
        assertThat(new RuleSet(List.of(rule("one", Match.ANYTHING))).version()).isNotEqualTo(version);
        assertThat(new RuleSet(List.of(slower)).version()).isNotEqualTo(version);
        assertThat(new RuleSet(List.of()).version()).isNotEqualTo(version);
    }

    @Test
    void shouldRefuseTwoRulesOfOneId() {
        List<Rule> twice = List.of(rule("one", Match.ANYTHING), rule("one", Match.ANYTHING));

        assertThatThrownBy(() -> new RuleSet(twice)).hasMessageContaining("same id");
    }

    @ParameterizedTest
    @CsvSource({
        "'*',       anything.at.all, true",
        "music.*,   music.song.generate, true",
        "music.*,   speech.generate, false",
        "'*.generate', music.song.generate, true",
        "m*.s?ng.*e, music.song.generate, true",
        "m*.s?ng.*x, music.song.generate, false",
        "music,     music.song, false",
        "music.?,   music., false",
        "*a*a*a*b,  aaaaaaaaaaaaaaaaaaaaaaaa, false",
    })
    void shouldMatchOperationsByGlob(String glob, String name, boolean matches) {
        assertThat(new OperationGlob(glob).matches(name)).isEqualTo(matches);
    }
}
