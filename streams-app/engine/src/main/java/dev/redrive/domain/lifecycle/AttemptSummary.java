package dev.redrive.domain.lifecycle;

import dev.redrive.domain.classify.FailureClass;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One attempt that failed, as the history of a dead letter shows it.
 *
 * @param attempt its number
 * @param failureClass what kind of failure it was
 * @param code its error code
 * @param httpStatus its status
 * @param failedAt when it ended
 */
public record AttemptSummary(
        int attempt,
        FailureClass failureClass,
        @Nullable String code,
        @Nullable Integer httpStatus,
        Instant failedAt) {}
