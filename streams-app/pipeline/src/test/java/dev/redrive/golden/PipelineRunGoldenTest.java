package dev.redrive.golden;

import static dev.redrive.golden.PipelineRecorder.send;
import static dev.redrive.golden.PipelineRecorder.sendRaw;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertAll;

import dev.redrive.avro.AccountChange;
import dev.redrive.avro.AccountChangeKind;
import dev.redrive.avro.Command;
import dev.redrive.avro.CommandKind;
import dev.redrive.avro.DeadLetter;
import dev.redrive.avro.FailureCause;
import dev.redrive.avro.JobFailure;
import dev.redrive.avro.JobLifecycle;
import dev.redrive.avro.LifecycleStage;
import dev.redrive.avro.RetryRequest;
import dev.redrive.avro.ScheduledRetry;
import dev.redrive.domain.stats.Windows.Count;
import dev.redrive.domain.stats.Windows.Part;
import dev.redrive.state.RateStore.PartKey;
import dev.redrive.topology.PipelineHarness;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.FutureTask;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A script that makes the whole topology write each kind of record to each topic. Compared are, step by step, all outputs in
 * the order of each topic, and all changelog records in the order of their keys, for their order within a transaction has no
 * meaning.
 */
class PipelineRunGoldenTest {

    private static final String TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    private static final int PARTITIONS = 6;
    private static final int MAX_INPUT_BYTES = 16 * 1024;

    @TempDir
    private Path stateDir;

    private final PipelineRecorder recorder = new PipelineRecorder();

    @Test
    void shouldWriteAndStoreWhatItAlwaysDid() throws Exception {
        run("mock://golden-run", Map.of(), this::attempts, this::gates, this::commands, this::oddInputs, this::rates);

        assertAll(
                () -> Golden.check("run-outputs.txt", recorder.outputs()),
                () -> Golden.check("run-changelogs.txt", recorder.changelogs()));
    }

    @Test
    void shouldDoWhatItAlwaysDidWithQuotaRedrivesParkedJobsAndMisplacedInputs() throws Exception {
        Map<String, String> redriving = Map.of(
                "REDRIVE_QUOTA__REDRIVE_ON_RESET", "true", "REDRIVE_TOPICS__PARTITIONS", Integer.toString(PARTITIONS));
        run("mock://golden-redrives", redriving, this::quotaRedrives, this::misplaced);
        run("mock://golden-parked", Map.of("REDRIVE_QUOTA__DISPOSITION", "PARK"), this::parked);
        List<String> all = new ArrayList<>(recorder.outputs());
        all.add("");
        all.addAll(recorder.changelogs());

        Golden.check("run-quota-misplaced.txt", all);
    }

    private interface Scene {
        void play(PipelineHarness pipeline);
    }

    /** On a thread of its own, for threads remember how far the input of earlier tasks lagged. */
    private void run(String registry, Map<String, String> settings, Scene... scenes) throws Exception {
        AvroText.register(Map.of("schema.registry.url", registry));
        Map<String, String> all = new HashMap<>(settings);
        all.put("REDRIVE_SCHEMA_REGISTRY__URL", registry);
        all.put("REDRIVE_RELEASE__SLICE_MAX", "500ms");
        all.put("REDRIVE_LIMITS__MAX_RECORD_BYTES", Integer.toString(MAX_INPUT_BYTES));
        FutureTask<@Nullable Void> played = new FutureTask<>(
                () -> {
                    try (PipelineHarness pipeline = new PipelineHarness(
                            stateDir.resolve(Integer.toString(recorder.outputs().size())), all)) {
                        for (Scene scene : scenes) {
                            scene.play(pipeline);
                        }
                    }
                },
                null);
        Thread thread = new Thread(played, "golden");
        thread.start();
        played.get();
        thread.join();
    }

    private void attempts(PipelineHarness pipeline) {
        recorder.step(
                pipeline, "a submitted attempt", () -> pipeline.publish(event(pipeline, "u1", "j1", 1, "SUBMITTED")));
        pipeline.advance(Duration.ofMillis(200));
        JobFailure.Builder first = pipeline.failure("u1", "j1", 1)
                .setErrorBody(PipelineHarness.body("{\"code\":\"UPSTREAM\",\"message\":\"try again\"}"))
                .setDeadline(pipeline.now().plus(Duration.ofHours(2)))
                .setMaxAttempts(4)
                .setBatchId("batch-1")
                .setLabels(Map.of("team", "ü"))
                .setPriority(7);
        recorder.step(
                pipeline,
                "a failure with everything, and a trace",
                () -> send(pipeline, "jobs.failures", "u1", first.build(), traced()));
        recorder.step(pipeline, "the same again", () -> pipeline.publish(first.build()));
        recorder.step(pipeline, "its release", () -> pipeline.advance(Duration.ofSeconds(3)));
        recorder.step(
                pipeline,
                "the second attempt is submitted",
                () -> pipeline.publish(event(pipeline, "u1", "j1", 2, "SUBMITTED")));
        recorder.step(
                pipeline,
                "the second attempt is rate-limited",
                () -> pipeline.publish(pipeline.failure("u1", "j1", 2)
                        .setHttpStatus(429)
                        .setResponseHeaders(Map.of("Retry-After", "30"))
                        .build()));
        recorder.step(pipeline, "its release, later", () -> leap(pipeline, 35));
        recorder.step(pipeline, "it succeeds", () -> pipeline.publish(event(pipeline, "u1", "j1", 3, "SUCCEEDED")));
        recorder.step(
                pipeline,
                "a failure after that",
                () -> pipeline.publish(pipeline.failure("u1", "j1", 3).build()));
        recorder.step(pipeline, "a retry that a newer attempt supersedes", () -> {
            pending(pipeline, "u1", "superseded");
            pipeline.publish(pipeline.failure("u1", "superseded", 3).build());
        });
        recorder.step(
                pipeline,
                "a failure of the last attempt",
                () -> pipeline.publish(
                        pipeline.failure("u1", "exhausted", 1).setMaxAttempts(1).build()));
        recorder.step(
                pipeline,
                "a failure whose retry would come after the deadline",
                () -> pipeline.publish(pipeline.failure("u1", "deadline", 1)
                        .setResponseHeaders(Map.of("Retry-After", "600"))
                        .setDeadline(pipeline.now().plusSeconds(5))
                        .build()));
        recorder.step(pipeline, "a failure without the request that an earlier one had", () -> {
            pending(pipeline, "u1", "missing");
            pipeline.publish(
                    pipeline.failure("u1", "missing", 2).setRequest(null).build());
        });
        for (FailureCause cause : List.of(FailureCause.NETWORK, FailureCause.TIMEOUT, FailureCause.ASYNC)) {
            recorder.step(
                    pipeline,
                    "a failure by " + cause,
                    () -> pipeline.publish(pipeline.failure("u1", "by-" + cause, 0)
                            .setCause(cause)
                            .setHttpStatus(null)
                            .setIdempotencyKey(cause == FailureCause.TIMEOUT ? null : "k")
                            .setErrorMessage("java.io.IOException: reset")
                            .build()));
        }
        for (int status : new int[] {400, 401, 403, 404, 418, 500}) {
            recorder.step(
                    pipeline,
                    "a failure with status " + status,
                    () -> pipeline.publish(pipeline.failure("u1", "status-" + status, 1)
                            .setHttpStatus(status)
                            .build()));
        }
        recorder.step(pipeline, "users and rates are published", () -> pipeline.advance(Duration.ofMillis(1_100)));
        recorder.step(pipeline, "what is pending is released", () -> leap(pipeline, 30));
        for (LifecycleStage stage : List.of(
                LifecycleStage.SUBMITTED, LifecycleStage.ACCEPTED, LifecycleStage.STARTED, LifecycleStage.CANCELLED)) {
            recorder.step(
                    pipeline,
                    "a job is " + stage,
                    () -> pipeline.publish(event(pipeline, "u1", "stages", 1, stage.name())));
        }
    }

    private void gates(PipelineHarness pipeline) {
        for (int job = 1; job <= 2; job++) {
            String id = "busy-" + job;
            recorder.step(
                    pipeline,
                    "no slot for " + id,
                    () -> pipeline.publish(pipeline.failure("u2", id, 1)
                            .setHttpStatus(429)
                            .setErrorBody(PipelineHarness.body("{\"code\":\"CONCURRENT_GENERATION_LIMIT\","
                                    + "\"active_requests\":1,\"concurrency_limit\":1}"))
                            .build()));
        }
        recorder.step(pipeline, "slots are waited for", () -> leap(pipeline, 20));
        recorder.step(
                pipeline,
                "a rate window closes",
                () -> pipeline.publish(pipeline.failure("u3", "limited", 1)
                        .setHttpStatus(429)
                        .setResponseHeaders(Map.of("X-RateLimit-Reset", "45"))
                        .build()));
        recorder.step(pipeline, "the window is published", () -> pipeline.advance(Duration.ofMillis(200)));
        Instant resetAt = pipeline.now().plus(Duration.ofMinutes(10));
        recorder.step(
                pipeline, "an allowance is spent", () -> pipeline.publish(spent(pipeline, "u4", "spent", resetAt)));
        recorder.step(pipeline, "a quota is published", () -> pipeline.advance(Duration.ofMillis(200)));
        for (AccountChangeKind kind : AccountChangeKind.values()) {
            recorder.step(
                    pipeline,
                    "an account changes: " + kind,
                    () -> pipeline.publish(AccountChange.newBuilder()
                            .setUserId("u4")
                            .setChange(kind)
                            .setPlan("pro")
                            .setConcurrencyLimit(5)
                            .setAllowanceRemaining(100L)
                            .setAllowanceResetAt(resetAt)
                            .setAt(pipeline.now())
                            .build()));
        }
        recorder.step(pipeline, "users are published", () -> pipeline.advance(Duration.ofMillis(200)));
        for (int job = 1; job <= 4; job++) {
            String id = "outage-" + job;
            pipeline.publish(event(pipeline, "u5", id, 1, "SUBMITTED"));
            pipeline.publish(event(pipeline, "u5", id, 1, "STARTED"));
            recorder.step(
                    pipeline,
                    "a service fails: " + id,
                    () -> pipeline.publish(pipeline.failure("u5", id, 1).build()));
        }
        recorder.step(pipeline, "its retries are held and probed", () -> leap(pipeline, 12));
    }

    private void commands(PipelineHarness pipeline) {
        for (String job : List.of("cancelled", "expedited", "discarded", "bulk-1", "bulk-2", "all-1")) {
            pending(pipeline, job.startsWith("all") ? "u7" : "u6", job);
        }
        recorder.step(pipeline, "retries are pending", () -> pipeline.advance(Duration.ofMillis(200)));
        recorder.step(
                pipeline,
                "CANCEL",
                () -> pipeline.publish(
                        command(pipeline, "CANCEL", "u6", "cancelled").build()));
        recorder.step(
                pipeline,
                "CANCEL again",
                () -> pipeline.publish(
                        command(pipeline, "CANCEL", "u6", "cancelled").build()));
        recorder.step(
                pipeline,
                "EXPEDITE",
                () -> pipeline.publish(
                        command(pipeline, "EXPEDITE", "u6", "expedited").build()));
        recorder.step(pipeline, "what was expedited is released", () -> pipeline.advance(Duration.ofMillis(200)));
        recorder.step(
                pipeline,
                "DISCARD of a dead letter",
                () -> pipeline.publish(
                        command(pipeline, "DISCARD", "u1", "status-401").build()));
        recorder.step(
                pipeline,
                "DISCARD of a retry",
                () -> pipeline.publish(
                        command(pipeline, "DISCARD", "u6", "discarded").build()));
        DeadLetter letter = recorder.deadLetter("status-404");
        Command redrive = command(pipeline, "REDRIVE", "u1", "status-404")
                .setDeadLetter(letter.getFailure())
                .build();
        recorder.step(pipeline, "REDRIVE", () -> pipeline.publish(redrive));
        recorder.step(pipeline, "REDRIVE again", () -> pipeline.publish(redrive));
        recorder.step(
                pipeline,
                "REDRIVE of an edited request",
                () -> pipeline.publish(command(pipeline, "REDRIVE", "u1", "status-400")
                        .setDeadLetter(recorder.deadLetter("status-400").getFailure())
                        .setEdited(true)
                        .build()));
        recorder.step(pipeline, "what was redriven is released", () -> leap(pipeline, 3));
        recorder.step(
                pipeline,
                "what was redriven is dead again",
                () -> pipeline.publish(pipeline.failure("u1", "status-404", 2)
                        .setHttpStatus(404)
                        .build()));
        recorder.step(pipeline, "EXPEDITE of an operation", () -> {
            pipeline.publish(command(pipeline, "EXPEDITE", "u6", null)
                    .setOperation("music.song.generate")
                    .build());
            pipeline.advance(Duration.ofMillis(200));
        });
        recorder.step(pipeline, "CANCEL for all users", () -> {
            pipeline.publish(command(pipeline, "CANCEL", "", null)
                    .setOperation("music.song.generate")
                    .build());
            pipeline.advance(Duration.ofMillis(200));
        });
    }

    private void oddInputs(PipelineHarness pipeline) {
        byte[] key = "u8".getBytes(UTF_8);
        recorder.step(pipeline, "no Avro", () -> sendRaw(pipeline, "jobs.failures", key, new byte[] {7, 7}, traced()));
        recorder.step(
                pipeline,
                "an unknown schema",
                () -> sendRaw(pipeline, "jobs.lifecycle", key, new byte[] {0, 0, 1, 0, 0, 0}, new RecordHeaders()));
        recorder.step(pipeline, "no value", () -> sendRaw(pipeline, "jobs.accounts", key, null, new RecordHeaders()));
        recorder.step(
                pipeline,
                "no key",
                () -> sendRaw(pipeline, "jobs.commands", null, new byte[] {1}, new RecordHeaders()));
        recorder.step(
                pipeline,
                "too large",
                () -> sendRaw(pipeline, "jobs.failures", key, new byte[MAX_INPUT_BYTES + 1], new RecordHeaders()));
        JobFailure failure = pipeline.failure("u9", "j", 1).build();
        recorder.step(
                pipeline,
                "another user's key",
                () -> send(pipeline, "jobs.failures", "u8", failure, new RecordHeaders()));
        recorder.step(
                pipeline,
                "a field out of range",
                () -> pipeline.publish(
                        JobFailure.newBuilder(failure).setPriority(99).build()));
        RetryRequest retry = RetryRequest.newBuilder()
                .setUserId("u8")
                .setJobId("foreign")
                .setAttempt(2)
                .setService("music")
                .setOperation("music.song.generate")
                .setMethod("POST")
                .setRoute("/v1")
                .setIdempotencyKey("key")
                .setDueAt(pipeline.now())
                .setFailureClass("TRANSIENT")
                .setFirstFailedAt(pipeline.now())
                .setFailedAt(pipeline.now())
                .build();
        recorder.step(
                pipeline,
                "a retry that nobody scheduled",
                () -> send(
                        pipeline,
                        "jobs.retry.10s",
                        "u8",
                        new ScheduledRetry(retry, "10s", pipeline.now()),
                        new RecordHeaders()));
        pending(pipeline, "u8", "changed");
        recorder.step(
                pipeline,
                "a retry other than the one that was scheduled",
                () -> send(
                        pipeline,
                        "jobs.retry.10m",
                        "u8",
                        new ScheduledRetry(
                                RetryRequest.newBuilder(retry)
                                        .setJobId("changed")
                                        .build(),
                                "10m",
                                pipeline.now()),
                        new RecordHeaders()));
    }

    private void rates(PipelineHarness pipeline) {
        long windowMs = pipeline.now().toEpochMilli() / 60_000 * 60_000;
        Part failed = new Part(windowMs, Count.Kind.FAILURE, false, "speech", "say", "TRANSIENT", "BUSY");
        Part late = new Part(windowMs, Count.Kind.FAILURE, true, "speech", "say", "TRANSIENT", "BUSY");
        Part submitted = new Part(windowMs, Count.Kind.SUBMITTED, false, "speech", "say", "", "");
        Part dead = new Part(windowMs, Count.Kind.DEAD_LETTER, false, "speech", "say", "NOT_FOUND", "");
        recorder.step(pipeline, "failures in a window", () -> sum(pipeline, failed, 40));
        recorder.step(pipeline, "late failures", () -> sum(pipeline, late, 2));
        recorder.step(pipeline, "submissions, few for so many failures", () -> sum(pipeline, submitted, 60));
        recorder.step(pipeline, "many dead letters", () -> sum(pipeline, dead, 150));
        recorder.step(
                pipeline,
                "a sum that no task wrote",
                () -> sendRaw(
                        pipeline,
                        "jobs.error-rates.parts",
                        "x/y".getBytes(UTF_8),
                        new byte[] {1},
                        new RecordHeaders()));
        pending(pipeline, "u10", "overdue");
        recorder.step(pipeline, "a retry is released late", () -> pipeline.leap(Duration.ofMinutes(15)));
        pipeline.publish(event(pipeline, "u10", "leased", 1, "SUBMITTED"));
        recorder.step(pipeline, "a lease ends", () -> pipeline.leap(Duration.ofMinutes(31)));
        recorder.step(pipeline, "jobs and windows are forgotten", () -> leap(pipeline, Duration.ofDays(8), 2));
        recorder.step(pipeline, "users are forgotten", () -> leap(pipeline, Duration.ofDays(31), 2));
    }

    private void quotaRedrives(PipelineHarness pipeline) {
        String user = user(partition -> partition == 0);
        recorder.step(pipeline, "allowances are spent", () -> {
            pipeline.publish(spent(pipeline, user, "spent-1", null));
            pipeline.publish(spent(pipeline, user, "spent-2", null));
        });
        recorder.step(pipeline, "the allowance is filled", () -> {
            pipeline.publish(AccountChange.newBuilder()
                    .setUserId(user)
                    .setChange(AccountChangeKind.ALLOWANCE_RESET)
                    .setAt(pipeline.now())
                    .build());
            pipeline.advance(Duration.ofMillis(40));
        });
        recorder.step(pipeline, "redriven jobs are released", () -> leap(pipeline, 5));
    }

    private void misplaced(PipelineHarness pipeline) {
        String elsewhere = user(partition -> partition != 0);
        recorder.step(
                pipeline,
                "an input in another partition than its key's, twice",
                () -> send(
                        pipeline,
                        "jobs.failures",
                        elsewhere,
                        pipeline.failure(elsewhere, "j", 1).build(),
                        traced()));
    }

    private void parked(PipelineHarness pipeline) {
        Instant resetAt = pipeline.now().plus(Duration.ofHours(3));
        recorder.step(pipeline, "a job is parked", () -> {
            pipeline.publish(spent(pipeline, "u1", "parked", resetAt));
            pipeline.advance(Duration.ofMillis(200));
        });
        recorder.step(pipeline, "it is released at the reset", () -> leap(pipeline, Duration.ofMinutes(61), 3));
    }

    private static JobFailure spent(PipelineHarness pipeline, String user, String job, @Nullable Instant resetAt) {
        String reset = resetAt == null ? "" : ",\"reset_at\":\"" + resetAt + "\"";
        return pipeline.failure(user, job, 1)
                .setHttpStatus(402)
                .setErrorBody(PipelineHarness.body("{\"code\":\"INSUFFICIENT_CREDITS\"" + reset + "}"))
                .build();
    }

    private static void pending(PipelineHarness pipeline, String user, String job) {
        pipeline.publish(pipeline.failure(user, job, 1)
                .setResponseHeaders(Map.of("Retry-After", "600"))
                .build());
    }

    private static Command.Builder command(PipelineHarness pipeline, String kind, String user, @Nullable String job) {
        return Command.newBuilder()
                .setCommandId(kind + " " + user + " " + job)
                .setKind(CommandKind.valueOf(kind))
                .setUserId(user)
                .setJobId(job)
                .setIssuedBy("somebody")
                .setIssuedAt(pipeline.now());
    }

    private static JobLifecycle event(PipelineHarness pipeline, String user, String job, int attempt, String stage) {
        return pipeline.event(user, job, attempt, LifecycleStage.valueOf(stage));
    }

    private static String user(IntPredicate partition) {
        return IntStream.iterate(0, i -> i + 1)
                .mapToObj(i -> "user-" + i)
                .filter(user -> partition.test(Utils.toPositive(Utils.murmur2(user.getBytes(UTF_8))) % PARTITIONS))
                .findFirst()
                .orElseThrow();
    }

    private static Headers traced() {
        return new RecordHeaders().add("traceparent", TRACE.getBytes(UTF_8));
    }

    private static void leap(PipelineHarness pipeline, int seconds) {
        leap(pipeline, Duration.ofSeconds(1), seconds);
    }

    private static void leap(PipelineHarness pipeline, Duration by, int times) {
        for (int i = 0; i < times; i++) {
            pipeline.leap(by);
        }
    }

    private static void sum(PipelineHarness pipeline, Part part, long sum) {
        byte[] bytes = PartKey.bytes(part);
        byte[] value = ByteBuffer.allocate(Long.BYTES + bytes.length)
                .putLong(sum)
                .put(bytes)
                .array();
        byte[] key = (part.service() + "/" + part.operation()).getBytes(UTF_8);
        sendRaw(pipeline, "jobs.error-rates.parts", key, value, new RecordHeaders());
    }
}
