package dev.redrive.server.index;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A dead letter as the index knows it: without its payload, which is at its position in the topic.
 *
 * @param position where it is in the topic of dead letters; see {@link Position}
 * @param id the dead letter's id, a UUID
 * @param userId owner of the job
 * @param jobId the job
 * @param attempt number of the attempt that failed last
 * @param kind what it has in common with others
 * @param batchId batch of the job, if any
 * @param labels labels of the job
 * @param state its state
 * @param stateAt when that state began
 * @param deadLetteredAt when it was written
 * @param firstFailedAt the job's first failure since its start or last redrive
 * @param redrives number of redrives of the job before
 * @param redriveId command id of the redrive that had brought the job back before; {@code null} if none
 * @param withRequest whether it holds the request
 */
public record Letter(
        long position,
        String id,
        String userId,
        String jobId,
        int attempt,
        Kind kind,
        @Nullable String batchId,
        Map<String, String> labels,
        LetterState state,
        Instant stateAt,
        Instant deadLetteredAt,
        Instant firstFailedAt,
        int redrives,
        @Nullable String redriveId,
        boolean withRequest) {

    /** Copies the labels. */
    public Letter {
        labels = Map.copyOf(labels);
    }

    /**
     * What many letters have in common. Letters of one group may differ in class and status.
     *
     * @param group the fingerprint
     * @param service service category
     * @param operation operation name
     * @param reason why the job is dead-lettered
     * @param failureClass class of the last failure
     * @param code error code of the last failure, if any
     * @param status HTTP status of the last failure, if any
     */
    public record Kind(
            String group,
            String service,
            String operation,
            String reason,
            String failureClass,
            @Nullable String code,
            @Nullable Integer status) {}

    /** Returns the value of a field, as a filter compares it. */
    @Nullable
    String field(Filter.Field field) {
        return switch (field) {
            case CODE -> kind.code();
            case CLASS -> kind.failureClass();
            case REASON -> kind.reason();
            case USER -> userId;
            case SERVICE -> kind.service();
            case OPERATION -> kind.operation();
            case BATCH -> batchId;
            case GROUP -> kind.group();
            case STATUS -> kind.status() == null ? null : kind.status().toString();
            case STATE -> state.name();
            case REDRIVE -> redriveId == null ? null : RedriveCommandId.redrive(redriveId);
        };
    }
}
