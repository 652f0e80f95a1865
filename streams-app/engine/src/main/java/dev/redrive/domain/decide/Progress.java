package dev.redrive.domain.decide;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a job's attempts before the failure at hand.
 *
 * @param charged charged attempts that have failed before, since the start or the last redrive
 * @param throttled throttled attempts before, since the start or the last redrive
 * @param outages attempts before that were not charged because the service was known to be out, counted likewise
 * @param firstFailedAt when the job failed first, since the start or the last redrive; {@code null} when this is the first
 * @param idempotencyKey the key of the running submission, when the job has one
 * @param epoch number of the running submission, from 0
 * @param outage whether the service is known to be in trouble, so that an attempt it failed is not charged
 * @param releasedWithKey whether the failed attempt was a release of Redrive's, which carries {@code idempotencyKey}
 * @param requestMissing whether the job has a request that the failure came without, so that a retry would go out empty
 */
public record Progress(
        int charged,
        int throttled,
        int outages,
        @Nullable Instant firstFailedAt,
        @Nullable String idempotencyKey,
        int epoch,
        boolean outage,
        boolean releasedWithKey,
        boolean requestMissing) {

    /** A job of which nothing is known. */
    public static final Progress NONE = new Progress(0, 0, 0, null, null, 0, false, false, false);
}
