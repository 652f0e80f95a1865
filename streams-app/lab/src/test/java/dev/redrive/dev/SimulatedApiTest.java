package dev.redrive.dev;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.dev.JobSource.Attempt;
import dev.redrive.sim.ApiAnswer;
import dev.redrive.sim.ApiAnswer.NoResponse;
import dev.redrive.sim.ApiAnswer.Response;
import dev.redrive.sim.ApiBehaviour;
import dev.redrive.sim.ApiBehaviour.Faults;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SimulatedApiTest {

    private static final Instant T0 = Instant.parse("2026-01-01T00:00:00Z");
    private static final Duration JOB = Duration.ofSeconds(5);

    @Test
    void shouldRefuseASecondJobUntilTheFirstHasEnded() {
        SimulatedApi api = new SimulatedApi(1, ApiBehaviour.sound(1, 100, 100, JOB));
        assertThat(response(api, call("u", "a", "k1"), T0).status()).isEqualTo(202);

        Response refused = response(api, call("u", "b", "k2"), T0.plusSeconds(1));
        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.body()).contains("CONCURRENT_GENERATION_LIMIT", "\"active_requests\":1");
        assertThat(response(api, call("other", "b", "k2"), T0.plusSeconds(1)).status())
                .isEqualTo(202);

        assertThat(api.ended(T0.plusSeconds(5), 10)).hasSize(1).allSatisfy(ended -> {
            assertThat(ended.errorMessage()).isNull();
            assertThat(ended.at()).isEqualTo(T0.plus(JOB));
        });
        assertThat(response(api, call("u", "b", "k2"), T0.plusSeconds(5)).status())
                .isEqualTo(202);
    }

    @Test
    void shouldLimitCallsPerUserAndServiceInASlidingMinute() {
        SimulatedApi api = new SimulatedApi(1, ApiBehaviour.sound(100, 2, 100, JOB));
        response(api, call("u", "a", "k1"), T0);
        Response second = response(api, call("u", "b", "k2"), T0.plusSeconds(20));
        assertThat(second.headers()).containsEntry("X-RateLimit-Remaining", "0");

        Response refused = response(api, call("u", "c", "k3"), T0.plusSeconds(30));

        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.headers())
                .containsEntry("Retry-After", "30")
                .containsEntry("X-RateLimit-Service", "music")
                .containsEntry(
                        "X-RateLimit-Reset", Long.toString(T0.plusSeconds(60).getEpochSecond()));
        Attempt speech = new Attempt("u", "d", 1, "speech", "speech.text.say", "/", "k4");
        assertThat(response(api, speech, T0.plusSeconds(30)).status()).isEqualTo(202);
        assertThat(response(api, call("u", "c", "k3"), T0.plusSeconds(60)).status())
                .isEqualTo(202);
    }

    @Test
    void shouldAskForMoneyWhenTheAllowanceIsSpentAndFillItAgain() {
        SimulatedApi api = new SimulatedApi(1, ApiBehaviour.sound(100, 100, 1, JOB));
        response(api, call("u", "a", "k1"), T0);

        Response refused = response(api, call("u", "b", "k2"), T0.plusSeconds(1));

        assertThat(refused.status()).isEqualTo(402);
        assertThat(refused.body())
                .contains("INSUFFICIENT_CREDITS", T0.plus(Duration.ofDays(30)).toString());
        assertThat(response(api, call("u", "b", "k2"), T0.plus(Duration.ofDays(30)))
                        .status())
                .isEqualTo(202);
    }

    @Test
    void shouldDoTheWorkOnceUnderOneKeyAndTwiceWithout() {
        SimulatedApi api = new SimulatedApi(1, ApiBehaviour.sound(100, 100, 100, JOB));
        Response first = response(api, call("u", "a", "k"), T0);
        Response again = response(api, call("u", "a", "k"), T0.plusSeconds(9));
        assertThat(again.requestId()).isEqualTo(first.requestId());
        assertThat(api.counts().doubleExecutions()).isZero();
        assertThat(api.counts().accepted()).isEqualTo(1);

        response(api, call("u", "a", null), T0.plusSeconds(10));
        assertThat(api.counts().doubleExecutions()).isEqualTo(1);
    }

    @Test
    void shouldExecuteSomeCallsWhoseResponseIsLost() {
        SimulatedApi api = new SimulatedApi(
                1, ApiBehaviour.sound(100_000, 100_000, 100_000, JOB).with(Faults.losses(1)));
        int timeouts = 0;
        for (int i = 0; i < 100; i++) {
            if (api.call(call("u", "job" + i, "k" + i), T0) instanceof NoResponse lost && lost.timedOut()) {
                timeouts++;
            }
        }
        assertThat(timeouts).isBetween(30, 70);
        assertThat(api.counts().accepted()).isEqualTo(timeouts);
    }

    @Test
    void shouldAnswerTheSameForTheSameSeed() {
        assertThat(demo(7)).isEqualTo(demo(7)).isNotEqualTo(demo(8));
    }

    @Test
    void shouldShowEveryKindOfFailureInADemo() {
        Set<String> kinds = new HashSet<>(demo(1));

        assertThat(kinds)
                .contains(
                        "202",
                        "400",
                        "401",
                        "402",
                        "403",
                        "404",
                        "429",
                        "500",
                        "501",
                        "503",
                        "520",
                        "timeout",
                        "network",
                        "failed later",
                        "completed");
    }

    private static List<String> demo(long seed) {
        SimulatedApi api = new SimulatedApi(seed, ApiBehaviour.demo());
        List<String> kinds = new ArrayList<>();
        Instant now = T0;
        for (int i = 0; i < 6_000; i++) {
            now = now.plusMillis(50);
            for (SimulatedApi.Ended ended : api.ended(now, 100)) {
                kinds.add(ended.errorMessage() == null ? "completed" : "failed later");
            }
            kinds.add(kind(api.call(call("user" + i % (1 + i % 200), "job" + i, "key" + i), now)));
        }
        return kinds;
    }

    private static String kind(ApiAnswer answer) {
        if (answer instanceof NoResponse lost) {
            return lost.timedOut() ? "timeout" : "network";
        }
        return Integer.toString(((Response) answer).status());
    }

    private static Attempt call(String user, String job, @Nullable String key) {
        return new Attempt(user, job, 1, "music", "music.song.generate", "/", key);
    }

    private static Response response(SimulatedApi api, Attempt call, Instant now) {
        ApiAnswer answer = api.call(call, now);
        assertThat(answer).isInstanceOf(Response.class);
        return (Response) answer;
    }
}
