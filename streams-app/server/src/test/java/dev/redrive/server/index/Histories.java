package dev.redrive.server.index;

import dev.redrive.avro.DeadLetter;
import dev.redrive.avro.JobFailure;
import dev.redrive.avro.Outcome;
import dev.redrive.avro.RequestPayload;
import dev.redrive.domain.decide.StableIds;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Random histories of dead letters, as the pipeline writes them: letters and changes, each in offset order. */
final class Histories {

    static final Instant START = Instant.parse("2026-01-02T00:00:00Z");
    static final int PARTITIONS = 3;

    private static final String[] CODES = {"INSUFFICIENT_CREDITS", "FORBIDDEN", "invalid_request", null};
    private static final String[] SERVICES = {"music", "speech", "sound-effects"};

    private final Random random;
    private final List<Letter> model = new ArrayList<>();
    private final long[] letterOffsets = new long[PARTITIONS];
    private final long[] changeOffsets = new long[PARTITIONS];

    /** What the pipeline wrote: to one of two topics. */
    record Written(
            int partition,
            long offset,
            @Nullable DeadLetter letter,
            @Nullable Outcome change) {}

    Histories(long seed) {
        this.random = new Random(seed);
    }

    /** Returns the letters as they are in the end. */
    List<Letter> model() {
        return model;
    }

    static String letterId(String user, String job, int attempt) {
        return StableIds.uuid("dead-letter", user, job, Integer.toString(attempt))
                .toString();
    }

    /** Returns what a pipeline with so many jobs writes, in the order of writing. */
    List<Written> write(int jobs) {
        List<Written> written = new ArrayList<>();
        for (int i = 0; i < jobs; i++) {
            String user = "u" + random.nextInt(Math.max(2, jobs / 5));
            job(user, "j" + i, START.plusSeconds(random.nextInt(7_200)), written);
        }
        return written;
    }

    private void job(String user, String job, Instant at, List<Written> written) {
        int partition = Math.floorMod(user.hashCode(), PARTITIONS);
        int attempt = 1 + random.nextInt(3);
        int redrives = 0;
        String redriveId = null;
        Instant now = at;
        while (true) {
            DeadLetter record = letter(user, job, attempt, redriveId, now);
            written.add(new Written(partition, letterOffsets[partition]++, record, null));
            int index = model.size();
            model.add(model(record, partition, letterOffsets[partition] - 1, redrives));
            now = now.plusSeconds(1 + random.nextInt(600));
            switch (random.nextInt(5)) {
                case 0 -> {
                    change(
                            partition,
                            outcome("COMMAND", "DISCARDED", user, job, attempt, now, "d" + index, null),
                            written);
                    state(index, LetterState.DISCARDED, now);
                    return;
                }
                case 1 -> {
                    change(partition, outcome("LIFECYCLE", "APPLIED", user, job, attempt, now, null, null), written);
                    state(index, LetterState.RESOLVED, now);
                    return;
                }
                case 2 -> {
                    return;
                }
                default -> {
                    redriveId = RedriveCommandId.of("r" + random.nextInt(4), record.getDeadLetterId());
                    change(
                            partition,
                            outcome("COMMAND", "SCHEDULED", user, job, attempt, now, redriveId, redriveId),
                            written);
                    state(index, LetterState.REDRIVING, now);
                }
            }
            redrives++;
            if (random.nextInt(6) == 0) {
                return;
            }
            now = now.plusSeconds(1);
            change(partition, outcome("RETRY", "RELEASED", user, job, attempt + 1, now, null, redriveId), written);
            state(index, LetterState.REDRIVEN, now);
            now = now.plusSeconds(1);
            if (random.nextBoolean()) {
                change(
                        partition,
                        outcome("LIFECYCLE", "APPLIED", user, job, attempt + 1, now, null, redriveId),
                        written);
                state(index, LetterState.RESOLVED, now);
                return;
            }
            attempt++;
            change(partition, outcome("FAILURE", "DEAD_LETTERED", user, job, attempt, now, null, redriveId), written);
        }
    }

    private void state(int index, LetterState state, Instant at) {
        Letter old = model.get(index);
        model.set(
                index,
                new Letter(
                        old.position(),
                        old.id(),
                        old.userId(),
                        old.jobId(),
                        old.attempt(),
                        old.kind(),
                        old.batchId(),
                        old.labels(),
                        state,
                        at,
                        old.deadLetteredAt(),
                        old.firstFailedAt(),
                        old.redrives(),
                        old.redriveId(),
                        old.withRequest()));
    }

    private void change(int partition, Outcome change, List<Written> written) {
        written.add(new Written(partition, changeOffsets[partition]++, null, change));
    }

    private static Outcome outcome(
            String input,
            String outcome,
            String user,
            String job,
            int attempt,
            Instant at,
            @Nullable String commandId,
            @Nullable String redriveId) {
        boolean about = input.equals("COMMAND") || redriveId == null;
        return Outcome.newBuilder()
                .setUserId(user)
                .setJobId(job)
                .setAttempt(attempt)
                .setInput(input)
                .setOutcome(outcome)
                .setReason(input.equals("LIFECYCLE") ? "SUCCEEDED" : null)
                .setCommandId(commandId)
                .setRedriveId(redriveId)
                .setDeadLetterId(about ? letterId(user, job, attempt) : null)
                .setAt(at)
                .build();
    }

    private DeadLetter letter(String user, String job, int attempt, @Nullable String redriveId, Instant at) {
        String code = CODES[random.nextInt(CODES.length)];
        String service = SERVICES[random.nextInt(SERVICES.length)];
        String reason = code == null ? "ATTEMPTS_EXHAUSTED" : code.toUpperCase(java.util.Locale.ROOT);
        int status = random.nextBoolean() ? 402 : 403;
        JobFailure failure = JobFailure.newBuilder()
                .setUserId(user)
                .setJobId(job)
                .setAttempt(attempt)
                .setService(service)
                .setOperation(service + ".generate")
                .setHttpStatus(code == null ? null : status)
                .setBatchId(random.nextInt(3) == 0 ? "b" + random.nextInt(5) : null)
                .setLabels(random.nextInt(3) == 0 ? Map.of("team", "t" + random.nextInt(3), "a", "b") : Map.of())
                .setRequest(
                        random.nextBoolean() ? new RequestPayload("text/plain", ByteBuffer.wrap(new byte[8])) : null)
                .setFailedAt(at)
                .build();
        return DeadLetter.newBuilder()
                .setDeadLetterId(letterId(user, job, attempt))
                .setUserId(user)
                .setJobId(job)
                .setAttempt(attempt)
                .setReason(reason)
                .setFailureClass(random.nextBoolean() ? "FORBIDDEN" : "UNKNOWN")
                .setCode(code)
                .setRemedy("mend it")
                .setFingerprint(StableIds.uuid("fingerprint", service, reason).toString())
                .setRuleId("r")
                .setRulesVersion("1")
                .setFirstFailedAt(at.minusSeconds(60))
                .setDeadLetteredAt(at)
                .setRedriveId(redriveId)
                .setFailure(failure)
                .build();
    }

    private static Letter model(DeadLetter record, int partition, long offset, int redrives) {
        JobFailure failure = record.getFailure();
        return new Letter(
                Position.of(partition, offset),
                record.getDeadLetterId(),
                record.getUserId(),
                record.getJobId(),
                record.getAttempt(),
                new Letter.Kind(
                        record.getFingerprint(),
                        failure.getService(),
                        failure.getOperation(),
                        record.getReason(),
                        record.getFailureClass(),
                        record.getCode(),
                        failure.getHttpStatus()),
                failure.getBatchId(),
                failure.getLabels(),
                LetterState.OPEN,
                record.getDeadLetteredAt(),
                record.getDeadLetteredAt(),
                record.getFirstFailedAt(),
                redrives,
                record.getRedriveId(),
                failure.getRequest() != null);
    }
}
