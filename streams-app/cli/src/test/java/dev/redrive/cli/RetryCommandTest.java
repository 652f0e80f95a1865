package dev.redrive.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.redrive.avro.Command;
import dev.redrive.avro.CommandKind;
import dev.redrive.avro.Outcome;
import java.util.ArrayList;
import java.util.List;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code redrive cancel} and {@code redrive expedite} against a pipeline whose answers the test gives. */
class RetryCommandTest {

    private static final String OUTCOMES = "jobs.outcomes";

    private final FakePipeline pipeline = new FakePipeline();
    private final TestTerminal terminal = TestTerminal.withInput("");
    private final List<Outcome.Builder> answers = new ArrayList<>();

    @Test
    void shouldSendACommandAboutOneJobAndTellThatItWasApplied() {
        answers.add(outcome("APPLIED").setCommandId("of somebody else").setUserId("u1"));
        answers.add(outcome("CANCELLED").setInput("RETRY").setUserId("u1").setJobId("j1"));
        answers.add(outcome("APPLIED").setUserId("u1").setJobId("j1").setReason("CANCEL"));

        int code = run("cancel", "--user", "u1", "--job", "j1", "--issued-by", "me");

        assertThat(terminal.err()).isEmpty();
        assertThat(code).isZero();
        ProducerRecord<String, SpecificRecord> sent =
                pipeline.producer.history().get(0);
        assertThat(sent.topic()).isEqualTo("jobs.commands");
        assertThat(sent.key()).isEqualTo("u1");
        assertThat(sent.partition()).isNull();
        Command command = (Command) sent.value();
        assertThat(command)
                .isEqualTo(Command.newBuilder()
                        .setCommandId(command.getCommandId())
                        .setKind(CommandKind.CANCEL)
                        .setUserId("u1")
                        .setJobId("j1")
                        .setIssuedBy("me")
                        .setIssuedAt(TestTerminal.NOW)
                        .build());
        assertThat(terminal.out())
                .isEqualTo("CANCEL APPLIED: the pending retry of job j1 of user u1; command " + command.getCommandId()
                        + "\n");
        assertThat(pipeline.consumer.closed()).isTrue();
        assertThat(pipeline.producer.closed()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"expedite", "cancel"})
    void shouldFailWithTheReasonOfARejection(String name) {
        answers.add(outcome("REJECTED").setUserId("u1").setJobId("j1").setReason("NOT_PENDING"));

        int code = run(name, "--user", "u1", "--job", "j1");

        assertThat(code).isEqualTo(1);
        assertThat(terminal.err()).startsWith("redrive: REJECTED: REJECTED NOT_PENDING; command ");
        assertThat(terminal.out()).isEmpty();
    }

    @Test
    void shouldTellToHowManyJobsOfAUserItWasApplied() {
        answers.add(outcome("APPLIED").setUserId("u1").setJobId("one of them"));
        answers.add(outcome("APPLIED").setUserId("u1").setJobs(7).setSourcePartition(0));

        int code = run("cancel", "--user", "u1", "--operation", "music.song.generate", "--output", "json");

        assertThat(terminal.err()).isEmpty();
        assertThat(code).isZero();
        Command command = (Command) pipeline.producer.history().get(0).value();
        assertThat(command.getJobId()).isNull();
        assertThat(command.getOperation()).isEqualTo("music.song.generate");
        assertThat(terminal.out())
                .isEqualTo("{\"commandId\":\"" + command.getCommandId() + "\",\"kind\":\"CANCEL\",\"userId\":\"u1\","
                        + "\"jobId\":null,\"operation\":\"music.song.generate\",\"outcome\":\"APPLIED\",\"jobs\":7,"
                        + "\"partitions\":1,\"rejections\":[]}\n");
    }

    @Test
    void shouldAddressEveryPartitionForAllUsersAndAddUpTheirAnswers() {
        pipeline.topic("jobs.commands", 0, 0, 0);
        answers.add(outcome("APPLIED").setJobs(4).setSourcePartition(0));
        // The same again, as after a step that was repeated
        answers.add(outcome("APPLIED").setJobs(4).setSourcePartition(0));
        answers.add(outcome("APPLIED").setJobs(0).setSourcePartition(1));
        answers.add(outcome("APPLIED").setJobs(3).setSourcePartition(2));

        int code = run("expedite", "--operation", "o", "--yes");

        assertThat(terminal.err()).isEmpty();
        assertThat(code).isZero();
        assertThat(pipeline.producer.history())
                .extracting(ProducerRecord::partition)
                .containsExactly(0, 1, 2);
        assertThat(pipeline.producer.history()).extracting(ProducerRecord::key).containsOnly("");
        assertThat(pipeline.producer.history())
                .extracting(ProducerRecord::value)
                .containsOnly(pipeline.producer.history().get(0).value());
        assertThat(terminal.out())
                .startsWith("EXPEDITE APPLIED: all pending retries of the operation o of all users, 7 jobs;");
    }

    @Test
    void shouldTellWhichPartitionsRejectedIt() {
        pipeline.topic("jobs.commands", 0, 0);
        answers.add(outcome("APPLIED").setJobs(4).setSourcePartition(0));
        answers.add(outcome("REJECTED").setReason("TOO_MANY").setSourcePartition(1));

        int code = run("cancel", "--operation", "o", "--yes");

        assertThat(code).isEqualTo(1);
        assertThat(terminal.out()).contains(", 4 jobs; command ");
        assertThat(terminal.err()).contains("REJECTED TOO_MANY in partition 1; command ");
    }

    @Test
    void shouldWaitForTheEndThoughOneOfTheJobsCouldNotBeDealtWith() {
        answers.add(outcome("REJECTED").setUserId("u1").setReason("PROCESSING_FAILED"));
        answers.add(outcome("APPLIED").setUserId("u1").setJobs(4));

        int code = run("cancel", "--user", "u1");

        assertThat(code).isEqualTo(1);
        assertThat(terminal.out()).contains(", 4 jobs; command ");
        assertThat(terminal.err()).contains("REJECTED PROCESSING_FAILED for 1 jobs; command ");
    }

    @Test
    void shouldTellThatTheCommandStandsWhenNothingIsHeardOfIt() {
        int code = run("cancel", "--user", "u1", "--timeout", "0s");

        String id = ((Command) pipeline.producer.history().get(0).value()).getCommandId();
        assertThat(code).isEqualTo(1);
        assertThat(terminal.err())
                .isEqualTo("redrive: TIMED_OUT: no outcome within 0 ms; the command is written and takes effect: find"
                        + " commandId " + id + " in 'redrive tail outcomes'\n");
    }

    @Test
    void shouldNotWaitWhenTold() {
        int code = run("cancel", "--user", "u1", "--no-wait");

        assertThat(terminal.err()).isEmpty();
        assertThat(code).isZero();
        assertThat(terminal.out()).startsWith("CANCEL SENT: all pending retries of user u1; command ");
    }

    @Test
    void shouldFailWhenTheCommandEndsInTheQuarantine() {
        answers.add(outcome("QUARANTINED")
                .setCommandId(null)
                .setReason("INVALID_FIELD")
                .setSourceTopic("jobs.commands")
                .setSourcePartition(0)
                .setSourceOffset(0L));

        int code = run("cancel", "--user", "u1");

        assertThat(code).isEqualTo(1);
        assertThat(terminal.err()).contains("QUARANTINED INVALID_FIELD");
    }

    @Test
    void shouldAskBeforeItConcernsAllUsers() {
        TestTerminal unsure = TestTerminal.answering("n\n");
        TestTerminal sure = TestTerminal.answering("Y\n");
        serve();

        int refused = unsure.run(pipeline, "cancel", "--operation", "o");
        int sent = pipeline.producer.history().size();
        int done = sure.run(pipeline, "cancel", "--operation", "o", "--no-wait");

        assertThat(refused).isEqualTo(1);
        assertThat(sent).isZero();
        assertThat(unsure.err())
                .isEqualTo("CANCEL all pending retries of the operation o of all users? [y/N] redrive: REJECTED: it was"
                        + " not confirmed, and nothing was sent\n");
        assertThat(done).isZero();
        assertThat(pipeline.producer.history()).hasSize(1);
    }

    private int run(String... args) {
        serve();
        return terminal.run(pipeline, args);
    }

    /** Answers once the command was sent; what stood there before is not shown. */
    private void serve() {
        pipeline.topics(3, OUTCOMES);
        pipeline.consumer.schedulePollTask(() -> {
            String id = ((Command) pipeline.producer.history().get(0).value()).getCommandId();
            for (int i = 0; i < answers.size(); i++) {
                Outcome.Builder answer = answers.get(i);
                String commandId = "ours".equals(answer.getCommandId()) ? id : answer.getCommandId();
                byte[] value = FakePipeline.<Outcome>serializer()
                        .serialize(OUTCOMES, answer.setCommandId(commandId).build());
                pipeline.consumer.addRecord(new ConsumerRecord<>(OUTCOMES, 0, 3 + i, "".getBytes(UTF_8), value));
            }
        });
    }

    private static Outcome.Builder outcome(String kind) {
        return Outcome.newBuilder()
                .setInput("COMMAND")
                .setOutcome(kind)
                .setCommandId("ours")
                .setAt(TestTerminal.NOW);
    }
}
