package dev.redrive.codec;

import dev.redrive.domain.lifecycle.JobState.Scheduled;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** The digest by which a retry that comes back from its delay topic is known; safe for several threads. */
public final class PayloadDigest {

    private static final ThreadLocal<MessageDigest> SHA_256 = ThreadLocal.withInitial(PayloadDigest::sha256);

    private PayloadDigest() {}

    /** The first 8 bytes of the SHA-256 of a record's value; never {@link Scheduled#NO_DIGEST}. */
    public static long of(byte[] value) {
        long digest = ByteBuffer.wrap(SHA_256.get().digest(value)).getLong();
        return digest == Scheduled.NO_DIGEST ? 1 : digest;
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
