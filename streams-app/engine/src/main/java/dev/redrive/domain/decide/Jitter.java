package dev.redrive.domain.decide;

import dev.redrive.domain.event.JobRef;
import java.nio.ByteBuffer;
import java.security.MessageDigest;

/**
 * Numbers that look random and are a function of job and attempt, so that reprocessing gives the same due.
 *
 * <p>The number is the first 53 bits of a SHA-256, divided by 2^53. Hashed are four parts as {@link StableIds} encodes
 * them: what the number is for, user, job, and the attempt in decimal digits.
 */
final class Jitter {

    private Jitter() {}

    /** A number from 0 (included) to 1 (excluded). */
    static double fraction(String purpose, JobRef job, int attempt) {
        MessageDigest sha256 = StableIds.digest("SHA-256");
        StableIds.update(sha256, purpose, job.userId(), job.jobId(), Integer.toString(attempt));
        return (ByteBuffer.wrap(sha256.digest()).getLong() >>> 11) * 0x1.0p-53;
    }
}
