package dev.redrive.codec;

import dev.redrive.domain.event.JobRef;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A job's identity as bytes: the length of the user id in two bytes, the user id, the job id, both in UTF-8. Two jobs
 * never share bytes, whatever characters their ids hold, as long as these are valid Unicode, which Avro's decoder sees
 * to.
 */
public final class JobKey {

    private JobKey() {}

    /** The bytes of a job. */
    public static byte[] bytes(JobRef job) {
        byte[] user = job.userId().getBytes(StandardCharsets.UTF_8);
        byte[] id = job.jobId().getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(2 + user.length + id.length)
                .putShort((short) user.length)
                .put(user)
                .put(id)
                .array();
    }

    /** The bytes of a job behind an instant, in the order of instants. */
    public static byte[] timed(long epochMs, JobRef job) {
        byte[] tail = bytes(job);
        return ByteBuffer.allocate(8 + tail.length).putLong(epochMs).put(tail).array();
    }

    /** The instant at the head of a timed key, in epoch milliseconds. */
    public static long epochMs(byte[] timed) {
        return ByteBuffer.wrap(timed).getLong();
    }

    /** The job in a timed key. */
    public static JobRef timedJob(byte[] timed) {
        return job(timed, 8);
    }

    /** The job in a key without an instant. */
    public static JobRef job(byte[] key) {
        return job(key, 0);
    }

    private static JobRef job(byte[] key, int from) {
        int length = ((key[from] & 0xff) << 8) | (key[from + 1] & 0xff);
        int start = from + 2;
        return new JobRef(
                new String(key, start, length, StandardCharsets.UTF_8),
                new String(key, start + length, key.length - start - length, StandardCharsets.UTF_8));
    }
}
