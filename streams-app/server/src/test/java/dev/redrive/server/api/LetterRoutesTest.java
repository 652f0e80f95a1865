package dev.redrive.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.redrive.avro.AuditEvent;
import dev.redrive.avro.Command;
import dev.redrive.avro.CommandKind;
import dev.redrive.avro.DeadLetter;
import dev.redrive.avro.Outcome;
import dev.redrive.config.ServerSettings.Role;
import dev.redrive.contract.TopicNames;
import dev.redrive.serde.AvroSerdes;
import dev.redrive.server.CommandAnswers;
import dev.redrive.server.CommandWriter;
import dev.redrive.server.index.IndexFeed.Status;
import dev.redrive.server.index.IndexedHistory;
import dev.redrive.server.index.Letter;
import dev.redrive.server.index.LetterPayloads;
import dev.redrive.server.index.LetterState;
import dev.redrive.server.index.Position;
import dev.redrive.server.index.Positions;
import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Serializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LetterRoutesTest {

    private static final Clock CLOCK = Clock.fixed(ApiFixture.NOW, ZoneOffset.UTC);
    private static final Map<String, Object> REGISTRY = Map.of("schema.registry.url", "mock://letters");
    private static final String LETTERS = TopicNames.standard().deadLetters();
    private static final int JOBS = 700;

    private final CommandAnswers answers = new CommandAnswers("commands");
    private IndexedHistory history;
    private ApiFixture api;
    private volatile Status status = new Status(true, 100, 0, null);
    private volatile boolean reached = true;
    private volatile boolean brokersAnswer = true;

    @BeforeEach
    void start(@TempDir Path directory) throws IOException, SQLException {
        history = new IndexedHistory(directory.resolve("index"), 5, JOBS);
        Path tokens = ApiFixture.tokens(directory);
        String user = history.letters().get(0).userId();
        Files.writeString(
                tokens,
                Files.readString(tokens).replace("u-1", user)
                        + ApiFixture.token("music", "music-token-0123456789", "[VIEW]", "    service: music\n"));
        Map<ApiRoute, RouteHandler> handlers = new EnumMap<>(ApiRoute.class);
        Map<String, String> settings = Map.of("REDRIVE_SERVER__TOKENS", tokens.toString());
        api = new ApiFixture(ApiFixture.settings(settings), CLOCK, handlers, (fixture, audit) -> {
            IndexReads reads = new IndexReads(() -> status, () -> Positions.NONE, (wanted, max) -> reached, CLOCK);
            CommandRoutes commands = new CommandRoutes(
                    new CommandWriter(fixture.writer, "commands", answers),
                    answers,
                    audit,
                    CLOCK,
                    Duration.ofSeconds(20));
            new HealthRoutes(reads).addTo(handlers);
            new LetterRoutes(
                            history.index(),
                            reads,
                            new LetterPayloads(this::consumer, REGISTRY, TopicNames.standard(), System::nanoTime),
                            commands,
                            audit,
                            new Redaction(List.of("/secret")),
                            List.of(Role.REDRIVE),
                            CLOCK)
                    .addTo(handlers);
            commands.addTo(handlers);
        });
    }

    @AfterEach
    void stop() {
        api.close();
        history.close();
    }

    /** A consumer of a topic that holds the history's letters. */
    private Consumer<byte[], byte[]> consumer() {
        if (!brokersAnswer) {
            throw new org.apache.kafka.common.errors.TimeoutException("down");
        }
        Serializer<DeadLetter> serializer = AvroSerdes.serializer(DeadLetter.class, REGISTRY);
        return new MockConsumer<>("earliest") {
            @Override
            public synchronized void assign(Collection<TopicPartition> partitions) {
                super.assign(partitions);
                Map<TopicPartition, Long> begins = new HashMap<>();
                partitions.forEach(partition -> begins.put(partition, 0L));
                updateBeginningOffsets(begins);
                Map<TopicPartition, Long> ends = new HashMap<>();
                partitions.forEach(partition -> ends.put(partition, 10_000L));
                updateEndOffsets(ends);
                for (Letter letter : history.letters()) {
                    TopicPartition partition = new TopicPartition(LETTERS, Position.partition(letter.position()));
                    if (partitions.contains(partition)) {
                        addRecord(new ConsumerRecord<>(
                                partition.topic(),
                                partition.partition(),
                                Position.offset(letter.position()),
                                null,
                                serializer.serialize(LETTERS, history.record(letter))));
                    }
                }
            }
        };
    }

    private HttpResponse<String> get(String token, String path) {
        return api.send(api.request(path, token).GET());
    }

    private HttpResponse<String> post(String token, String path, String body) {
        return api.send(api.request(path, token)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body)));
    }

    private static JsonNode json(HttpResponse<String> answer) {
        try {
            return new JsonMapper().readTree(answer.body());
        } catch (IOException e) {
            throw new AssertionError(answer.body(), e);
        }
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private List<String> all(String token, String filter, int limit) {
        List<String> ids = new ArrayList<>();
        String cursor = "";
        while (true) {
            JsonNode page = json(get(
                    token,
                    "/v1/dead-letters?limit=" + limit + "&filter=" + encoded(filter)
                            + (cursor.isEmpty() ? "" : "&cursor=" + cursor)));
            page.path("letters").forEach(letter -> ids.add(letter.path("id").asText()));
            if (page.path("next").isNull()) {
                return ids;
            }
            cursor = page.path("next").asText();
        }
    }

    @Test
    void shouldListEveryLetterOnceInPages() {
        List<String> ids = all(ApiFixture.VIEWER, "", 97);

        assertThat(new HashSet<>(ids))
                .hasSameSizeAs(ids)
                .hasSize(history.letters().size());
        assertThat(ids.size()).isGreaterThan(500);
        assertThat(all(ApiFixture.VIEWER, "state:OPEN service:music", 7)).hasSize((int) history.letters().stream()
                .filter(letter -> letter.state() == LetterState.OPEN
                        && letter.kind().service().equals("music"))
                .count());
    }

    @Test
    void shouldShowABoundCallerNothingOfOthers() {
        String own = history.letters().get(0).userId();
        List<Letter> ofOwn = history.letters().stream()
                .filter(letter -> letter.userId().equals(own))
                .toList();
        Letter other = history.letters().stream()
                .filter(letter -> !letter.userId().equals(own))
                .findFirst()
                .orElseThrow();

        assertThat(all(ApiFixture.BOUND, "", 2))
                .containsExactlyInAnyOrderElementsOf(
                        ofOwn.stream().map(Letter::id).toList());
        for (String filter : List.of(
                "user:" + other.userId(),
                "-user:" + own,
                "user:" + other.userId() + " user:x",
                "user:\"' OR 1=1 --\"")) {
            assertThat(all(ApiFixture.BOUND, filter, 50)).as(filter).isEmpty();
            JsonNode count = json(get(ApiFixture.BOUND, "/v1/dead-letters/counts?by=code&filter=" + encoded(filter)));
            assertThat(count.path("count").path("count").asLong()).as(filter).isZero();
            assertThat(count.path("by")).as(filter).isEmpty();
        }
        assertThat(json(get(ApiFixture.BOUND, "/v1/dead-letters/counts"))
                        .path("count")
                        .path("count")
                        .asInt())
                .isEqualTo(ofOwn.size());
        assertThat(get(ApiFixture.BOUND, "/v1/dead-letters/" + ofOwn.get(0).id())
                        .statusCode())
                .isEqualTo(200);
        assertThat(get(ApiFixture.BOUND, "/v1/dead-letters/" + other.id()).statusCode())
                .isEqualTo(404);
        assertThat(get(ApiFixture.BOUND, "/v1/jobs/" + other.userId() + "/" + other.jobId())
                        .statusCode())
                .isEqualTo(404);
        assertThat(get(ApiFixture.BOUND, "/v1/jobs/" + other.userId() + "/" + other.jobId() + "/why")
                        .statusCode())
                .isEqualTo(404);
        assertThat(get(ApiFixture.BOUND, "/v1/dead-letters/groups").statusCode())
                .isEqualTo(403);
    }

    @Test
    void shouldShowACallerBoundToAServiceThatServiceOnly() {
        Set<String> music = new HashSet<>();
        history.letters().stream()
                .filter(letter -> letter.kind().service().equals("music"))
                .forEach(letter -> music.add(letter.id()));

        assertThat(all("music-token-0123456789", "", 100)).hasSameElementsAs(music);
        assertThat(all("music-token-0123456789", "service:speech", 100)).isEmpty();
    }

    @Test
    void shouldRefuseForgedAndForeignCursors() {
        String cursor = json(get(ApiFixture.VIEWER, "/v1/dead-letters?limit=1"))
                .path("next")
                .asText();
        byte[] bytes = Base64.getUrlDecoder().decode(cursor);
        bytes[bytes.length - 1]++;
        List<String> forged = List.of(
                "x",
                "",
                "%27%20OR%201",
                cursor.substring(1),
                Base64.getUrlEncoder().withoutPadding().encodeToString(bytes),
                "A".repeat(5_000));

        for (String each : forged) {
            HttpResponse<String> answer = get(ApiFixture.VIEWER, "/v1/dead-letters?cursor=" + each);
            assertThat(answer.body()).as(each).contains("CURSOR_INVALID");
        }
        assertThat(get(ApiFixture.VIEWER, "/v1/dead-letters?filter=state:OPEN&cursor=" + cursor)
                        .body())
                .contains("CURSOR_INVALID");
        assertThat(get(ApiFixture.BOUND, "/v1/dead-letters?cursor=" + cursor).body())
                .contains("CURSOR_INVALID");
        assertThat(get(ApiFixture.VIEWER, "/v1/dead-letters/groups?cursor=" + cursor)
                        .body())
                .contains("CURSOR_INVALID");
        assertThat(get(ApiFixture.ADMIN, "/v1/dead-letters?limit=500&cursor=" + cursor)
                        .statusCode())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"unknown:1", "code", "\"", "since:yesterday", "code:a code:", "-since:1h"})
    void shouldRefuseWhatIsNoFilter(String filter) {
        HttpResponse<String> answer = get(ApiFixture.VIEWER, "/v1/dead-letters?filter=" + encoded(filter));

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).contains("FILTER_INVALID");
    }

    @ParameterizedTest
    @ValueSource(strings = {"limit=0", "limit=501", "limit=-1", "limit=1e2", "limit=٥", "asOf=x", "cursor="})
    void shouldRefuseParametersOutOfRange(String parameter) {
        assertThat(get(ApiFixture.VIEWER, "/v1/dead-letters?" + parameter).statusCode())
                .isEqualTo(400);
    }

    @Test
    void shouldAnswerWithThePercentAndNoListWhileTheIndexCatchesUp() {
        status = new Status(false, 42, 1_000, null);

        for (String path : List.of(
                "/v1/dead-letters",
                "/v1/dead-letters/counts",
                "/v1/dead-letters/groups",
                "/v1/dead-letters/" + history.letters().get(0).id(),
                "/v1/jobs/u/j")) {
            HttpResponse<String> answer = get(ApiFixture.VIEWER, path);
            assertThat(answer.statusCode()).as(path).isEqualTo(503);
            assertThat(answer.body()).contains("INDEX_CATCHING_UP", "\"percent\":42");
            assertThat(answer.headers().firstValue("retry-after")).isPresent();
        }
        JsonNode health = json(get(ApiFixture.VIEWER, "/v1/health"));
        assertThat(health.path("status").asText()).isEqualTo("CATCHING_UP");
        assertThat(health.path("index").path("lagRecords").asInt()).isEqualTo(1_000);
    }

    @Test
    void shouldAnswerAPositionThatIsNotReachedWith503() {
        String asOf =
                json(get(ApiFixture.VIEWER, "/v1/dead-letters")).path("asOf").asText();
        reached = false;

        assertThat(get(ApiFixture.VIEWER, "/v1/dead-letters?asOf=" + asOf).body())
                .contains("POSITION_NOT_REACHED");
    }

    @Test
    void shouldListGroupsInPages() {
        Set<String> groups = new HashSet<>();
        String cursor = "";
        do {
            JsonNode page = json(get(
                    ApiFixture.VIEWER,
                    "/v1/dead-letters/groups?limit=2" + (cursor.isEmpty() ? "" : "&cursor=" + cursor)));
            page.path("groups")
                    .forEach(group ->
                            assertThat(groups.add(group.path("group").asText())).isTrue());
            cursor = page.path("next").asText("");
            cursor = cursor.equals("null") ? "" : cursor;
        } while (!cursor.isEmpty());

        Set<String> expected = new HashSet<>();
        history.letters().forEach(letter -> expected.add(letter.kind().group()));
        assertThat(groups).isEqualTo(expected).hasSizeGreaterThan(2);
    }

    @Test
    void shouldShowThePayloadToTheRolesThatMaySeeItAndMaskIt() {
        Letter letter = history.letters().get(3);
        DeadLetter record = history.record(letter);
        record.getFailure().put("errorBody", "{\"secret\":\"s\",\"code\":1}");
        record.put("message", "quotes the secret");

        JsonNode hidden = json(get(ApiFixture.VIEWER, "/v1/dead-letters/" + letter.id()));
        JsonNode shown = json(get(ApiFixture.ADMIN, "/v1/dead-letters/" + letter.id()));

        assertThat(hidden.path("payload").path("status").asText()).isEqualTo("HIDDEN");
        assertThat(hidden.path("payload")).hasSize(1);
        assertThat(shown.path("payload").path("status").asText()).isEqualTo("SHOWN");
        assertThat(shown.path("payload").path("errorBody").asText()).isEqualTo("{\"secret\":\"********\",\"code\":1}");
        assertThat(shown.path("payload").path("message").isNull()).isTrue();
        assertThat(shown.path("letter").path("id").asText()).isEqualTo(letter.id());
    }

    @Test
    void shouldShowALetterWithoutItsPayloadWhileTheBrokersDoNotAnswer() {
        brokersAnswer = false;

        JsonNode shown = json(get(
                ApiFixture.ADMIN, "/v1/dead-letters/" + history.letters().get(3).id()));

        assertThat(shown.path("payload").path("status").asText()).isEqualTo("UNAVAILABLE");
    }

    private void answer(Command command) {
        answers.outcome(Outcome.newBuilder()
                .setInput("COMMAND")
                .setOutcome("DISCARDED")
                .setUserId(command.getUserId())
                .setJobId(command.getJobId())
                .setCommandId(command.getCommandId())
                .setAt(ApiFixture.NOW)
                .build());
    }

    @Test
    void shouldDiscardAnOpenLetterByACommandAboutItsJob() {
        Letter open = history.letters().stream()
                .filter(letter -> letter.state() == LetterState.OPEN)
                .findFirst()
                .orElseThrow();
        api.beforeSend = record -> {
            if (record.value() instanceof Command command) {
                answer(command);
            }
        };

        HttpResponse<String> answer =
                post(ApiFixture.ADMIN, "/v1/dead-letters/" + open.id() + "/discard", "{\"reason\":\"spam\"}");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(json(answer).path("state").asText()).isEqualTo("APPLIED");
        Command command = (Command) api.producer.history().get(0).value();
        assertThat(command.getKind()).isEqualTo(CommandKind.DISCARD);
        assertThat(command.getUserId()).isEqualTo(open.userId());
        assertThat(command.getJobId()).isEqualTo(open.jobId());
        assertThat(command.getIssuedBy()).isEqualTo("ann");
        assertThat(api.audited()).singleElement().satisfies(event -> {
            assertThat(event.getAction()).isEqualTo("letter.discard");
            assertThat(event.getTarget()).isEqualTo(open.id());
            assertThat(event.getReason()).isEqualTo("spam");
        });
    }

    @Test
    void shouldDiscardNothingThatIsNotOpen() {
        Letter resolved = history.letters().stream()
                .filter(letter -> letter.state() == LetterState.RESOLVED)
                .findFirst()
                .orElseThrow();

        assertThat(post(ApiFixture.ADMIN, "/v1/dead-letters/" + resolved.id() + "/discard", "{\"reason\":\"r\"}")
                        .body())
                .contains("STATE_CONFLICT");
        assertThat(post(ApiFixture.ADMIN, "/v1/dead-letters/nothing/discard", "{\"reason\":\"r\"}")
                        .statusCode())
                .isEqualTo(404);
        assertThat(api.producer.history()).isEmpty();
    }

    @Test
    void shouldRecordADecisionAboutAGroupInTheAudit() {
        HttpResponse<String> answer = post(
                ApiFixture.ADMIN,
                "/v1/dead-letters/groups/g1",
                "{\"state\":\"IGNORED\",\"note\":\"known\",\"until\":\"2026-03-02T00:00:00Z\"}");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(api.audited()).singleElement().satisfies(event -> {
            assertThat(event.getAction()).isEqualTo("group.ignore");
            assertThat(event.getTarget()).isEqualTo("g1");
            assertThat(event.getReason()).isEqualTo("known");
            assertThat(event.getOutcome()).isEqualTo("DONE");
            assertThat(event.getCount()).isEqualTo(1_772_409_600_000L);
        });
        assertThat(post(ApiFixture.ADMIN, "/v1/dead-letters/groups/g1", "{\"state\":\"NOTED\"}")
                        .statusCode())
                .isEqualTo(400);
        assertThat(post(ApiFixture.ADMIN, "/v1/dead-letters/groups/g1", "{\"state\":\"ODD\"}")
                        .statusCode())
                .isEqualTo(400);
        assertThat(post(
                                ApiFixture.ADMIN,
                                "/v1/dead-letters/groups/g1",
                                "{\"state\":\"OPEN\",\"until\":\"2026-03-02T00:00:00Z\"}")
                        .statusCode())
                .isEqualTo(400);
        assertThat(post(ApiFixture.VIEWER, "/v1/dead-letters/groups/g1", "{\"state\":\"OPEN\"}")
                        .statusCode())
                .isEqualTo(403);
        assertThat(api.audited()).extracting(AuditEvent::getOutcome).containsExactly("DONE", "ROLE_MISSING");
    }

    @Test
    void shouldShowTheLettersOfAJob() {
        Letter letter = history.letters().get(0);

        JsonNode job = json(get(ApiFixture.VIEWER, "/v1/jobs/" + letter.userId() + "/" + letter.jobId()));

        assertThat(job.path("letters").path(0).path("id").asText()).isEqualTo(letter.id());
        assertThat(get(ApiFixture.VIEWER, "/v1/jobs/a%2Fb/%2e%2e").statusCode()).isEqualTo(400);
        assertThat(get(ApiFixture.VIEWER, "/v1/jobs/a%2Fb/c").statusCode()).isEqualTo(404);
    }
}
