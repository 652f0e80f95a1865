package dev.redrive.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.avro.AuditEvent;
import dev.redrive.avro.Command;
import dev.redrive.avro.CommandKind;
import dev.redrive.avro.Outcome;
import dev.redrive.server.CommandAnswers;
import dev.redrive.server.CommandWriter;
import dev.redrive.server.RecordWriter;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CommandRoutesTest {

    private static final int PARTITIONS = 3;
    private static final Clock CLOCK = Clock.fixed(ApiFixture.NOW, ZoneOffset.UTC);

    private final CommandAnswers answers = new CommandAnswers("commands");

    /** What the pipeline does with each copy of a command. */
    private Consumer<ProducerRecord<String, SpecificRecord>> pipeline =
            record -> answers.outcome(outcome((Command) record.value(), "APPLIED", null, 2));

    private final MockProducer<String, SpecificRecord> commands =
            new MockProducer<>(cluster(), true, null, new StringSerializer(), (topic, value) -> new byte[0]) {
                @Override
                public synchronized java.util.concurrent.Future<RecordMetadata> send(
                        ProducerRecord<String, SpecificRecord> record, Callback callback) {
                    var sent = super.send(record, callback);
                    CompletableFuture.runAsync(() -> pipeline.accept(record));
                    return sent;
                }
            };

    private final ApiFixture api = start(Duration.ofSeconds(20));

    private ApiFixture start(Duration timeout) {
        Map<ApiRoute, RouteHandler> handlers = new EnumMap<>(ApiRoute.class);
        ApiFixture fixture = new ApiFixture(ApiFixture.settings(Map.of()), CLOCK, handlers, (started, audit) -> {
            CommandWriter writer = new CommandWriter(new RecordWriter(commands), "commands", answers);
            new CommandRoutes(writer, answers, audit, CLOCK, timeout).addTo(handlers);
        });
        return fixture;
    }

    private static Cluster cluster() {
        Node node = new Node(1, "localhost", 1);
        List<PartitionInfo> partitions = IntStream.range(0, PARTITIONS)
                .mapToObj(i -> new PartitionInfo("commands", i, node, new Node[] {node}, new Node[] {node}))
                .toList();
        return new Cluster("c", List.of(node), partitions, Set.of(), Set.of());
    }

    private static Outcome outcome(Command command, String outcome, @Nullable String reason, @Nullable Integer jobs) {
        return Outcome.newBuilder()
                .setInput("COMMAND")
                .setOutcome(outcome)
                .setReason(reason)
                .setUserId(command.getUserId())
                .setJobId(command.getJobId())
                .setCommandId(command.getCommandId())
                .setJobs(command.getJobId() == null ? jobs : null)
                .setAt(ApiFixture.NOW)
                .build();
    }

    @AfterEach
    void stop() {
        api.close();
    }

    private HttpResponse<String> post(ApiFixture at, String path, String body) {
        return at.send(at.request(path, null)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body)));
    }

    private HttpResponse<String> post(String path, String body) {
        return post(api, path, body);
    }

    @Test
    void shouldCancelOneJobByACommandInTheCallersName() {
        HttpResponse<String> answer = post("/v1/retries/cancel", "{\"user\":\"u\",\"job\":\"j\",\"reason\":\"late\"}");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).contains("\"state\":\"APPLIED\"", "\"jobs\":1", "\"partitions\":1");
        assertThat(commands.history()).singleElement().satisfies(record -> {
            assertThat(record.key()).isEqualTo("u");
            assertThat(record.partition()).isNull();
            Command command = (Command) record.value();
            assertThat(command.getKind()).isEqualTo(CommandKind.CANCEL);
            assertThat(command.getJobId()).isEqualTo("j");
            assertThat(command.getIssuedBy()).isEqualTo("local");
            assertThat(command.getReason()).isEqualTo("late");
        });
        assertThat(api.audited()).singleElement().satisfies(event -> {
            assertThat(event.getActor()).isEqualTo("local");
            assertThat(event.getAction()).isEqualTo("retries.cancel");
            assertThat(event.getTarget()).isEqualTo("j");
            assertThat(event.getReason()).isEqualTo("late");
            assertThat(event.getOutcome()).isEqualTo(AuditLog.DONE);
            assertThat(event.getCount()).isEqualTo(1);
        });
    }

    @Test
    void shouldSendACommandAboutAllUsersToEveryPartition() {
        HttpResponse<String> answer =
                post("/v1/retries/expedite", "{\"allUsers\":true,\"operation\":\"o\",\"reason\":\"r\"}");

        assertThat(answer.body()).contains("\"jobs\":6", "\"partitions\":3", "\"answered\":3");
        assertThat(commands.history()).extracting(ProducerRecord::partition).containsExactly(0, 1, 2);
        assertThat(commands.history()).extracting(ProducerRecord::key).containsOnly("");
    }

    @Test
    void shouldHoldAServiceForADuration() {
        HttpResponse<String> answer =
                post("/v1/holds", "{\"service\":\"music\",\"for\":\"60s\",\"reason\":\"outage\"}");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(commands.history()).hasSize(PARTITIONS).allSatisfy(record -> {
            Command command = (Command) record.value();
            assertThat(command.getKind()).isEqualTo(CommandKind.HOLD);
            assertThat(command.getService()).isEqualTo("music");
            assertThat(command.getUntil()).isEqualTo(ApiFixture.NOW.plusSeconds(60));
        });
    }

    @Test
    void shouldReleaseAHold() {
        post("/v1/holds/release", "{\"user\":\"u\",\"reason\":\"over\"}");

        assertThat(commands.history())
                .singleElement()
                .satisfies(record ->
                        assertThat(((Command) record.value()).getKind()).isEqualTo(CommandKind.UNHOLD));
    }

    @Test
    void shouldAnswerWithTheReasonOfARejection() {
        pipeline = record -> answers.outcome(outcome((Command) record.value(), "REJECTED", "NOT_PENDING", null));

        HttpResponse<String> answer = post("/v1/retries/cancel", "{\"user\":\"u\",\"job\":\"j\",\"reason\":\"r\"}");

        assertThat(answer.statusCode()).isEqualTo(409);
        assertThat(answer.body()).contains("COMMAND_REJECTED", "\"rejection\":\"NOT_PENDING\"");
        assertThat(api.audited()).extracting(AuditEvent::getOutcome).containsExactly("NOT_PENDING");
    }

    @Test
    void shouldGiveTheCommandIdOfAnAnswerThatIsLateAndAnswerOnceItIsThere() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch answered = new CountDownLatch(1);
        pipeline = record -> {
            try {
                asked.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            answers.outcome(outcome((Command) record.value(), "APPLIED", null, 1));
            answered.countDown();
        };
        try (ApiFixture impatient = start(Duration.ofMillis(1))) {
            HttpResponse<String> answer = post(impatient, "/v1/retries/cancel", "{\"user\":\"u\",\"reason\":\"r\"}");

            assertThat(answer.statusCode()).isEqualTo(503);
            assertThat(answer.headers().firstValue("retry-after")).hasValue("1");
            String id = ((Command) commands.history().get(0).value()).getCommandId();
            assertThat(answer.body()).contains("ANSWER_PENDING", id);
            assertThat(impatient
                            .send(impatient.request("/v1/commands/" + id, null))
                            .body())
                    .contains("\"state\":\"PENDING\"");
            asked.countDown();
            answered.await();
            assertThat(impatient
                            .send(impatient.request("/v1/commands/" + id, null))
                            .body())
                    .contains("\"state\":\"APPLIED\"");
        }
    }

    @Test
    void shouldRecognizeACommandThatThePipelineCouldNotRead() {
        CommandAnswers own = new CommandAnswers("commands");
        Command command = Command.newBuilder()
                .setCommandId("c")
                .setKind(CommandKind.CANCEL)
                .setUserId("u")
                .setIssuedAt(Instant.EPOCH)
                .build();
        own.expect(command, 1);
        own.written("c", 0, 7);
        own.outcome(Outcome.newBuilder()
                .setInput("COMMAND")
                .setOutcome("QUARANTINED")
                .setReason("INVALID_FIELD")
                .setSourceTopic("commands")
                .setSourcePartition(0)
                .setSourceOffset(7L)
                .setAt(ApiFixture.NOW)
                .build());

        assertThat(own.find("c")).isNotNull().satisfies(found -> {
            assertThat(found.complete()).isTrue();
            assertThat(found.rejections()).containsExactly("INVALID_FIELD");
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/v1/retries/cancel  | {'user':'u'}                                    | /reason",
                "/v1/retries/cancel  | {'user':'u','reason':''}                        | /reason",
                "/v1/retries/cancel  | {'reason':'r'}                                  | /allUsers",
                "/v1/retries/cancel  | {'user':'u','allUsers':true,'reason':'r'}       | /allUsers",
                "/v1/retries/cancel  | {'job':'j','allUsers':true,'reason':'r'}        | /user",
                "/v1/retries/cancel  | {'user':1,'reason':'r'}                         | /user",
                "/v1/retries/cancel  | {'user':'u','reason':'r','more':1}              | ''",
                "/v1/retries/cancel  | {'user':'\\ud800','reason':'r'}                 | /user",
                "/v1/retries/cancel  | {'user':'a\\u0000b','reason':'r'}               | /user",
                "/v1/holds           | {'service':'s','reason':'r'}                    | /until",
                "/v1/holds           | {'service':'s','reason':'r','for':'8d'}         | /for",
                "/v1/holds           | {'service':'s','reason':'r','for':'-1s'}        | /for",
                "/v1/holds           | {'service':'s','reason':'r','for':'99999999d'}  | /for",
                "/v1/holds           | {'service':'s','reason':'r','until':'soon'}     | /until",
                "/v1/holds           | {'service':'s','reason':'r','until':'2026-02-01T00:00:00Z'} | /until",
                "/v1/holds           | {'reason':'r','for':'1m'}                       | /all",
                "/v1/holds/release   | {'service':'s','all':true,'reason':'r'}         | /all",
            })
    void shouldNameTheFieldOfAMistake(String path, String body, String pointer) {
        HttpResponse<String> answer = post(path, body.replace('\'', '"'));

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).contains("BODY_INVALID", "\"pointer\":\"" + pointer + "\"");
        assertThat(commands.history()).isEmpty();
    }

    @Test
    void shouldRefuseALongReason() {
        assertThat(post("/v1/retries/cancel", "{\"user\":\"u\",\"reason\":\"" + "x".repeat(501) + "\"}")
                        .statusCode())
                .isEqualTo(400);
        assertThat(post("/v1/retries/cancel", "{\"user\":\"u\",\"reason\":\"" + "x".repeat(500) + "\"}")
                        .statusCode())
                .isEqualTo(200);
    }
}
