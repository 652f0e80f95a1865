package dev.redrive.domain.lifecycle;

import dev.redrive.domain.classify.FailureClass;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One failed attempt in the history of a dead letter.
 *
 * @param attempt its number
 * @param failureClass its class
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
