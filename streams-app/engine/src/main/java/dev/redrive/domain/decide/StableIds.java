package dev.redrive.domain.decide;

import dev.redrive.domain.event.JobRef;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.UUID;

/**
 * Deterministic ids: the same parts give the same id in every process, on every machine.
 *
 * <p>An id is a UUID of version 5 (RFC 9562 section 5.5: SHA-1 over a namespace and a name). The name consists of the
 * parts, each preceded by its length in bytes, so that no characters in one part can imitate another part. A part is
 * encoded in UTF-8; one with a lone surrogate, not encodable so, in UTF-16 under a length that no UTF-8 part has.
 */
public final class StableIds {

    /** For everything but idempotency keys; never changes. */
    private static final UUID NAMESPACE = UUID.fromString("6d0a3c52-8a0f-4c0e-9b6b-2f6a7c1c9e41");

    /** For idempotency keys; never changes, else running jobs would change their keys. */
    private static final UUID KEY_NAMESPACE = UUID.fromString("f3b1d6a8-52c7-4e57-8f3d-0d5c1b7e6a90");

    private static final int NOT_UTF_8 = 1 << 31;

    private StableIds() {}

    /**
     * Returns the id of one object.
     *
     * @param kind its kind, e.g. {@code dead-letter}; ids of different kinds differ
     * @param parts its identity within the kind; order and number matter
     */
    public static UUID uuid(String kind, String... parts) {
        String[] all = new String[parts.length + 1];
        all[0] = kind;
        System.arraycopy(parts, 0, all, 1, parts.length);
        return uuid(NAMESPACE, all);
    }

    /**
     * Returns the idempotency key of a submission that carried none.
     *
     * @param job the job
     * @param epoch number of the submission, from 0
     */
    public static String idempotencyKey(JobRef job, int epoch) {
        return uuid(KEY_NAMESPACE, job.userId(), job.jobId(), Integer.toString(epoch))
                .toString();
    }

    static UUID uuid(UUID namespace, String... parts) {
        MessageDigest sha1 = digest("SHA-1");
        sha1.update(ByteBuffer.allocate(16)
                .putLong(namespace.getMostSignificantBits())
                .putLong(namespace.getLeastSignificantBits())
                .flip());
        update(sha1, parts);
        ByteBuffer hash = ByteBuffer.wrap(sha1.digest());
        long high = hash.getLong() & 0xffff_ffff_ffff_0fffL | 0x5000L;
        long low = hash.getLong() & 0x3fff_ffff_ffff_ffffL | 0x8000_0000_0000_0000L;
        return new UUID(high, low);
    }

    /** Adds the parts to a digest, so that different parts always add different bytes. */
    static void update(MessageDigest digest, String... parts) {
        for (String part : parts) {
            boolean encodable =
                    !hasSurrogates(part) || StandardCharsets.UTF_8.newEncoder().canEncode(part);
            byte[] bytes = encodable ? part.getBytes(StandardCharsets.UTF_8) : utf16(part);
            int prefix = encodable ? bytes.length : bytes.length | NOT_UTF_8;
            digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(prefix).flip());
            digest.update(bytes);
        }
    }

    private static boolean hasSurrogates(String part) {
        for (int i = 0; i < part.length(); i++) {
            if (Character.isSurrogate(part.charAt(i))) {
                return true;
            }
        }
        return false;
    }

    static MessageDigest digest(String algorithm) {
        try {
            return MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has " + algorithm, e);
        }
    }

    private static byte[] utf16(String part) {
        ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(part.length(), Character.BYTES));
        part.chars().forEach(unit -> bytes.putChar((char) unit));
        return bytes.array();
    }
}
