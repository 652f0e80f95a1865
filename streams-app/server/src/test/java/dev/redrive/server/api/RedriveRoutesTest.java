package dev.redrive.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.redrive.avro.AuditEvent;
import dev.redrive.avro.Redrive;
import dev.redrive.contract.TopicNames;
import dev.redrive.server.index.IndexFeed.Status;
import dev.redrive.server.index.IndexedHistory;
import dev.redrive.server.index.LetterState;
import dev.redrive.server.index.Positions;
import dev.redrive.server.redrive.Planner;
import dev.redrive.server.redrive.Redrives;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RedriveRoutesTest {

    private IndexedHistory history;
    private ApiFixture api;
    private volatile Instant now = ApiFixture.NOW;

    private final Clock clock = new Clock() {
        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return now;
        }
    };

    @BeforeEach
    void start(@TempDir Path directory) throws IOException, SQLException {
        history = new IndexedHistory(directory.resolve("index"), 11, 5_000);
        Map<ApiRoute, RouteHandler> handlers = new EnumMap<>(ApiRoute.class);
        Map<String, String> settings =
                Map.of("REDRIVE_SERVER__TOKENS", ApiFixture.tokens(directory).toString());
        api = new ApiFixture(ApiFixture.settings(settings), clock, handlers, (fixture, audit) -> {
            IndexReads reads = new IndexReads(
                    () -> new Status(true, 100, 0, null), () -> Positions.NONE, (wanted, max) -> true, clock);
            Redrives redrives = new Redrives(
                    new Planner(history.redrives(), 3),
                    history.redrives(),
                    fixture.writer,
                    TopicNames.standard(),
                    clock::millis,
                    () -> UUID.randomUUID().toString());
            new RedriveRoutes(redrives, history.redrives(), history.index(), reads, audit, clock).addTo(handlers);
        });
        api.beforeSend = record -> {
            if (record.value() instanceof Redrive redrive) {
                history.redrive(record.key(), redrive);
            }
        };
    }

    @AfterEach
    void stop() {
        api.close();
        history.close();
    }

    private HttpResponse<String> post(String path, String body) {
        return api.send(api.request(path, ApiFixture.ADMIN)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body.replace('\'', '"'))));
    }

    private JsonNode get(String path) {
        return json(api.send(api.request(path, ApiFixture.VIEWER).GET()));
    }

    private static JsonNode json(HttpResponse<String> answer) {
        try {
            return new JsonMapper().readTree(answer.body());
        } catch (IOException e) {
            throw new AssertionError(answer.body(), e);
        }
    }

    private JsonNode planned(String body) {
        HttpResponse<String> answer = post("/v1/redrives", body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        return json(answer);
    }

    @Test
    void shouldPlanWhatTheFilterMatchesAndWriteNothingButThePlan() {
        JsonNode plan = planned("{'filter':'service:music','override':true,'ratePerSecond':50}");

        long open = history.letters().stream()
                .filter(letter -> letter.state() == LetterState.OPEN
                        && letter.kind().service().equals("music"))
                .count();
        assertThat(plan.path("planned").asLong()).isEqualTo(open).isPositive();
        assertThat(plan.path("state").asText()).isEqualTo("PLANNED");
        assertThat(plan.path("samples")).hasSize(5);
        assertThat(plan.path("durationMs").asLong()).isEqualTo((open * 1_000 + 49) / 50);
        assertThat(get("/v1/redrives/" + plan.path("id").asText())).isEqualTo(plan);
        assertThat(api.producer.history())
                .extracting(record -> record.value().getClass().getSimpleName())
                .containsExactlyInAnyOrder("Redrive", "AuditEvent");
        assertThat(api.audited()).singleElement().satisfies(event -> {
            assertThat(event.getAction()).isEqualTo("redrive.plan");
            assertThat(event.getFilter()).isEqualTo("service:music");
            assertThat(event.getCount()).isEqualTo(open);
        });
    }

    @Test
    void shouldStartAPlanWithReasonAndCountAboveAThousandLetters() {
        JsonNode plan = planned("{'filter':'-code:none','override':true}");
        String start = "/v1/redrives/" + plan.path("id").asText() + "/start";
        long letters = plan.path("planned").asLong();
        assertThat(letters).isGreaterThan(1_000);

        assertThat(post(start, "{}").body()).contains("BODY_INVALID", "/reason");
        assertThat(post(start, "{'reason':'well again'}").body()).contains("COUNT_DIFFERS");
        assertThat(post(start, "{'reason':'well again','count':" + (letters - 1) + "}")
                        .body())
                .contains("COUNT_DIFFERS");
        JsonNode started = json(post(start, "{'reason':'well again','count':" + letters + "}"));

        assertThat(started.path("state").asText()).isEqualTo("RUNNING");
        assertThat(started.path("startedBy").asText()).isEqualTo("ann");
        assertThat(started.path("reason").asText()).isEqualTo("well again");
        assertThat(post(start, "{'reason':'r','count':" + letters + "}").body()).contains("STATE_CONFLICT");
        assertThat(api.audited())
                .filteredOn(event -> event.getAction().equals("redrive.start"))
                .extracting(AuditEvent::getOutcome)
                .containsExactly("COUNT_DIFFERS", "COUNT_DIFFERS", "DONE", "STATE_CONFLICT");
    }

    @Test
    void shouldPauseResumeAndCancel() {
        String path = "/v1/redrives/"
                + planned("{'filter':'service:speech'}").path("id").asText();
        assertThat(post(path + "/pause", "{}").statusCode()).isEqualTo(409);
        assertThat(post(path + "/start", "{'reason':'r'}").statusCode()).isEqualTo(200);

        assertThat(json(post(path + "/pause", "{'reason':'look'}"))
                        .path("state")
                        .asText())
                .isEqualTo("PAUSED");
        assertThat(json(post(path + "/resume", "{}")).path("state").asText()).isEqualTo("RUNNING");
        assertThat(json(post(path + "/cancel", "{}")).path("state").asText()).isEqualTo("CANCELLED");

        assertThat(post(path + "/cancel", "{}").body()).contains("STATE_CONFLICT");
        assertThat(post("/v1/redrives/none/cancel", "{}").statusCode()).isEqualTo(404);
    }

    @Test
    void shouldNotStartAPlanThatHasExpired() {
        String id = planned("{'filter':'service:speech'}").path("id").asText();
        now = now.plus(Planner.STARTABLE).plus(Duration.ofSeconds(1));

        assertThat(post("/v1/redrives/" + id + "/start", "{'reason':'r'}").body())
                .contains("PLAN_EXPIRED");
    }

    @Test
    void shouldListRedrivesInPagesTheNewestFirst() {
        List<String> planned = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            planned.add(0, planned("{'filter':'service:speech'}").path("id").asText());
            now = now.plusSeconds(1);
        }

        List<String> listed = new ArrayList<>();
        String cursor = "";
        do {
            JsonNode page = get("/v1/redrives?limit=2" + cursor);
            page.path("redrives")
                    .forEach(redrive -> listed.add(redrive.path("id").asText()));
            cursor = page.path("next").isNull()
                    ? ""
                    : "&cursor=" + page.path("next").asText();
        } while (!cursor.isEmpty());

        assertThat(listed).isEqualTo(planned);
    }

    @Test
    void shouldAnswerResultsOfARedriveThatExists() {
        String id = planned("{'filter':'service:speech'}").path("id").asText();

        assertThat(get("/v1/redrives/" + id + "/results?result=DEAD_AGAIN").path("results"))
                .isEmpty();
        assertThat(get("/v1/redrives/none/results").path("reason").asText()).isEqualTo("NOT_FOUND");
        assertThat(get("/v1/redrives/" + id + "/results?result=ODD")
                        .path("reason")
                        .asText())
                .isEqualTo("PARAMETER_INVALID");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{'filter':'code:a','letters':['6f1ed002-ab59-4d27-9a3c-0a1b2c3d4e5f']}",
                "{'letters':['x']}",
                "{'filter':'code:a','action':'DELETE'}",
                "{'filter':'code:a','ratePerSecond':0}",
                "{'filter':'code:a','ratePerSecond':1.5}",
                "{'filter':'code:a','ratePerSecond':'1'}",
                "{'filter':'code:a','canary':10001}",
                "{'filter':'code:a','more':1}",
                "{'filter':'state:RESOLVED'}",
                "{'filter':'nonsense'}",
            })
    void shouldPlanNothingThatIsOutOfRange(String body) {
        HttpResponse<String> answer = post("/v1/redrives", body);

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        assertThat(api.producer.history()).isEmpty();
    }
}
