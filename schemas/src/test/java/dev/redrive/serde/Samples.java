package dev.redrive.serde;

import dev.redrive.avro.AccountChange;
import dev.redrive.avro.AccountChangeKind;
import dev.redrive.avro.Alert;
import dev.redrive.avro.AttemptSummary;
import dev.redrive.avro.AuditEvent;
import dev.redrive.avro.Command;
import dev.redrive.avro.CommandKind;
import dev.redrive.avro.Cutoff;
import dev.redrive.avro.DeadLetter;
import dev.redrive.avro.DueParts;
import dev.redrive.avro.ErrorRate;
import dev.redrive.avro.Explanation;
import dev.redrive.avro.FailureCause;
import dev.redrive.avro.GateAnswer;
import dev.redrive.avro.JobFailure;
import dev.redrive.avro.JobLifecycle;
import dev.redrive.avro.LastFailure;
import dev.redrive.avro.LifecycleStage;
import dev.redrive.avro.Outcome;
import dev.redrive.avro.QuotaState;
import dev.redrive.avro.RateWindowState;
import dev.redrive.avro.Redrive;
import dev.redrive.avro.RequestPayload;
import dev.redrive.avro.RetryRequest;
import dev.redrive.avro.ScheduledRetry;
import dev.redrive.avro.UserState;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.avro.specific.SpecificRecord;

/** One fixed record of every top-level type; their golden bytes stand in {@code golden/v1.properties}. */
final class Samples {

    static final Instant AT = Instant.parse("2026-01-02T03:04:05.678Z");

    static final List<SpecificRecord> ALL = List.of(
            jobFailure(),
            jobLifecycle(),
            accountChange(),
            command(),
            retryRequest(),
            scheduledRetry(),
            deadLetter(),
            userState(),
            outcome(),
            errorRate(),
            alert(),
            redrive(),
            auditEvent());

    private Samples() {}

    static JobFailure jobFailure() {
        return JobFailure.newBuilder()
                .setUserId("user-1")
                .setJobId("job-ü")
                .setAttempt(2)
                .setService("music")
                .setOperation("music.song.generate")
                .setRoute("/v1/music/songs")
                .setCause(FailureCause.RESPONSE)
                .setHttpStatus(429)
                .setErrorBody("{\"success\":false,\"error\":{\"code\":\"CONCURRENT_GENERATION_LIMIT\"}}")
                .setResponseHeaders(Map.of("Retry-After", "7"))
                .setIdempotencyKey("key-1")
                .setRequest(payload())
                .setFailedAt(AT)
                .setDeadline(AT.plusSeconds(3_600))
                .setMaxAttempts(5)
                .setBatchId("batch-1")
                .setLabels(Map.of("team", "a"))
                .build();
    }

    private static RequestPayload payload() {
        return RequestPayload.newBuilder()
                .setBody(ByteBuffer.wrap("{\"prompt\":\"x\"}".getBytes(StandardCharsets.UTF_8)))
                .build();
    }

    static JobLifecycle jobLifecycle() {
        return JobLifecycle.newBuilder()
                .setUserId("user-1")
                .setJobId("job-1")
                .setAttempt(1)
                .setStage(LifecycleStage.ACCEPTED)
                .setService("speech")
                .setOperation("speech.tts")
                .setRequestId("req-1")
                .setAt(AT)
                .build();
    }

    static AccountChange accountChange() {
        return AccountChange.newBuilder()
                .setUserId("user-1")
                .setChange(AccountChangeKind.PLAN_CHANGED)
                .setPlan("pro")
                .setConcurrencyLimit(3)
                .setAllowanceRemaining(12_345_678_901L)
                .setAllowanceResetAt(AT.plusSeconds(60))
                .setAt(AT)
                .build();
    }

    static Command command() {
        return Command.newBuilder()
                .setCommandId("cmd-1")
                .setKind(CommandKind.REDRIVE)
                .setUserId("user-1")
                .setJobId("job-ü")
                .setDeadLetter(jobFailure())
                .setEpoch(2)
                .setEdited(true)
                .setIssuedBy("ops")
                .setIssuedAt(AT)
                .setService("music")
                .setReason("the provider is back")
                .setUntil(AT.plusSeconds(3_600))
                .setOverride(true)
                .build();
    }

    static RetryRequest retryRequest() {
        return RetryRequest.newBuilder()
                .setUserId("user-1")
                .setJobId("job-1")
                .setAttempt(3)
                .setService("music")
                .setOperation("music.song.generate")
                .setMethod("POST")
                .setRoute("/v1/music/songs")
                .setIdempotencyKey("key-1")
                .setEpoch(1)
                .setRequest(payload())
                .setDueAt(AT.plusMillis(7_000))
                .setFailureClass("RATE_LIMITED")
                .setHttpStatus(429)
                .setFirstFailedAt(AT)
                .setFailedAt(AT.plusMillis(1))
                .setRedriveId("cmd-1")
                .setTraceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
                .build();
    }

    static ScheduledRetry scheduledRetry() {
        return ScheduledRetry.newBuilder()
                .setRetry(retryRequest())
                .setTier("10s")
                .setScheduledAt(AT)
                .build();
    }

    static DeadLetter deadLetter() {
        return DeadLetter.newBuilder()
                .setDeadLetterId("dl-1")
                .setUserId("user-1")
                .setJobId("job-ü")
                .setAttempt(2)
                .setReason("ATTEMPTS_EXHAUSTED")
                .setFailureClass("TRANSIENT")
                .setMessage("upstream")
                .setRemedy("look at the provider")
                .setFingerprint("f00d")
                .setRuleId("server-error")
                .setRulesVersion("abc")
                .setChargedAttempts(2)
                .setHistory(List.of(AttemptSummary.newBuilder()
                        .setAttempt(1)
                        .setFailureClass("TRANSIENT")
                        .setHttpStatus(503)
                        .setFailedAt(AT)
                        .build()))
                .setFirstFailedAt(AT)
                .setDeadLetteredAt(AT.plusMillis(5))
                .setFailure(jobFailure())
                .build();
    }

    static UserState userState() {
        return UserState.newBuilder()
                .setUserId("user-1")
                .setUpdatedAt(AT)
                .setActiveJobs(1)
                .setConcurrencyLimit(1)
                .setConcurrencyLimitAt(AT)
                .setQuota(QuotaState.newBuilder()
                        .setStatus("EXHAUSTED")
                        .setReason("INSUFFICIENT_CREDITS")
                        .setSince(AT)
                        .setRemaining(0L)
                        .setLearnedAt(AT)
                        .build())
                .setRateWindows(List.of(RateWindowState.newBuilder()
                        .setService("music")
                        .setLimit(60)
                        .setRemaining(0)
                        .setClosedUntil(AT.plusSeconds(7))
                        .setObservedAt(AT)
                        .build()))
                .setPendingRetries(4)
                .setLastFailure(LastFailure.newBuilder()
                        .setFailureClass("RATE_LIMITED")
                        .setHttpStatus(429)
                        .setService("music")
                        .setOperation("music.song.generate")
                        .setAt(AT)
                        .build())
                .build();
    }

    static Outcome outcome() {
        return Outcome.newBuilder()
                .setUserId("user-1")
                .setJobId("job-1")
                .setAttempt(2)
                .setInput("FAILURE")
                .setOutcome("SCHEDULED")
                .setFailureClass("TRANSIENT")
                .setCharged(true)
                .setChargedAttempts(2)
                .setDueAt(AT.plusSeconds(9))
                .setTier("10s")
                .setAt(AT)
                .setSourceTopic("jobs.failures")
                .setSourcePartition(3)
                .setSourceOffset(1L << 40)
                .setService("music")
                .setOperation("music.song.generate")
                .setBatchId("batch-1")
                .setRedriveId("cmd-1")
                .setDeadLetterId("letter-1")
                .setDue(DueParts.newBuilder()
                        .setFrom(AT)
                        .setHintMs(2_000)
                        .setBackoffMs(18_000)
                        .setJitterMs(-11_000)
                        .setClampMs(0)
                        .build())
                .setExplanation(Explanation.newBuilder()
                        .setState("SCHEDULED")
                        .setGates(List.of(GateAnswer.newBuilder()
                                .setGate("CONCURRENCY")
                                .setOpen(false)
                                .setUntil(AT.plusSeconds(60))
                                .setOpening("SLOT")
                                .setLimit(4L)
                                .setUsed(4L)
                                .build()))
                        .setAhead(3)
                        .setForecastAt(AT.plusSeconds(60))
                        .setForecastBasis("CONCURRENCY")
                        .build())
                .build();
    }

    static ErrorRate errorRate() {
        return ErrorRate.newBuilder()
                .setWindowStart(AT)
                .setWindowEnd(AT.plusSeconds(60))
                .setService("music")
                .setOperation("music.song.generate")
                .setFailureClass("TRANSIENT")
                .setCode("x")
                .setFailures(17)
                .setSubmitted(100)
                .setLate(true)
                .setUpdatedAt(AT)
                .build();
    }

    static Alert alert() {
        return Alert.newBuilder()
                .setAlertId("alert-1")
                .setKind("DEAD_LETTER_SPIKE")
                .setFingerprint("f00d")
                .setService("music")
                .setCount(12)
                .setSummary("12 dead letters in a minute")
                .setAt(AT)
                .build();
    }

    static Redrive redrive() {
        return Redrive.newBuilder()
                .setRedriveId("r-1")
                .setState("PLANNED")
                .setFilter("code:INSUFFICIENT_CREDITS since:1h")
                .setCutoffs(List.of(new Cutoff(0, 12L, 34L)))
                .setPlanned(3)
                .setBlocked(Map.of("LOOP_CAP", 1L))
                .setReasons(Map.of("QUOTA_EXHAUSTED", 3L))
                .setSamples(List.of("0d4b1cf5-8a2e-5d1c-9c3b-0a1b2c3d4e5f"))
                .setActor("alice")
                .setPlannedAt(AT)
                .setExpiresAt(AT.plusSeconds(900))
                .build();
    }

    static AuditEvent auditEvent() {
        return AuditEvent.newBuilder()
                .setAuditId("a-1")
                .setAt(AT)
                .setActor("alice")
                .setAction("redrive.start")
                .setTarget("r-1")
                .setOutcome("DONE")
                .setReason("credits are back")
                .setFilter("code:INSUFFICIENT_CREDITS since:1h")
                .setCount(3L)
                .build();
    }
}
