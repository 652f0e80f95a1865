package dev.redrive.domain.user;

import dev.redrive.domain.classify.FailureClass;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The user's last failure, over all jobs.
 *
 * @param failureClass what kind it was
 * @param code its error code
 * @param httpStatus its status
 * @param service where it happened
 * @param operation what was asked for
 * @param at when
 */
public record LastFailure(
        FailureClass failureClass,
        @Nullable String code,
        @Nullable Integer httpStatus,
        String service,
        String operation,
        Instant at) {}
