package dev.redrive.codec;

import dev.redrive.domain.backlog.Lane;
import dev.redrive.domain.backlog.Lane.Slot;
import dev.redrive.domain.event.JobRef;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Encodes a job's identity: the length of the user id in two bytes, which are unsigned, the user id, the job id, both
 * in UTF-8. Two jobs never share bytes, whatever characters their ids contain, as long as these are valid Unicode,
 * which Avro's decoder ensures.
 */
public final class JobKey {

    /** Bytes of a lane beside user and service: their two lengths and the priority. */
    private static final int LANE_FRAME = 2 + 2 + 1;

    private JobKey() {}

    /** Returns the bytes of a job. */
    public static byte[] bytes(JobRef job) {
        byte[] user = job.userId().getBytes(StandardCharsets.UTF_8);
        byte[] id = job.jobId().getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(2 + user.length + id.length)
                .putShort((short) user.length)
                .put(user)
                .put(id)
                .array();
    }

    /** Returns the prefix of all jobs of a user. */
    public static byte[] user(String userId) {
        byte[] user = userId.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(2 + user.length)
                .putShort((short) user.length)
                .put(user)
                .array();
    }

    /** Returns the user of a job's bytes, or of a user's prefix. */
    public static String userOf(byte[] key) {
        return new String(key, 2, length(key, 0), StandardCharsets.UTF_8);
    }

    /** Returns whether the bytes are a user's prefix without a job. */
    public static boolean isUser(byte[] key) {
        return key.length == 2 + length(key, 0);
    }

    /** Returns a bound after all keys with this prefix that continue in UTF-8, in which no byte is 0xFF. */
    public static byte[] behind(byte[] prefix) {
        byte[] behind = Arrays.copyOf(prefix, prefix.length + 1);
        behind[prefix.length] = (byte) 0xff;
        return behind;
    }

    /** Returns the lowest key after this one. */
    public static byte[] following(byte[] key) {
        return Arrays.copyOf(key, key.length + 1);
    }

    /** Returns an instant, which is not negative, followed by the bytes of a job, ordered by instant. */
    public static byte[] timed(long epochMs, JobRef job) {
        byte[] tail = bytes(job);
        return ByteBuffer.allocate(8 + tail.length).putLong(epochMs).put(tail).array();
    }

    /** Returns the instant of a timed key, in epoch milliseconds. */
    public static long epochMs(byte[] timed) {
        return ByteBuffer.wrap(timed).getLong();
    }

    /** Returns the job of a timed key. */
    public static JobRef timedJob(byte[] timed) {
        return job(timed, 8);
    }

    /**
     * Returns the prefix of all retries of a lane: user and service, each after its length in two bytes, and the
     * priority in one byte.
     */
    public static byte[] lane(Lane lane) {
        byte[] user = lane.userId().getBytes(StandardCharsets.UTF_8);
        byte[] service = lane.service().getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(LANE_FRAME + user.length + service.length)
                .putShort((short) user.length)
                .put(user)
                .putShort((short) service.length)
                .put(service)
                .put((byte) lane.priority())
                .array();
    }

    /**
     * Returns the key of a retry: its lane, its due, which is not negative, and its job, ordered by due within the
     * lane.
     */
    public static byte[] place(byte[] lane, long dueAtMs, String jobId) {
        byte[] job = jobId.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(lane.length + Long.BYTES + job.length)
                .put(lane)
                .putLong(dueAtMs)
                .put(job)
                .array();
    }

    /** Returns the lane of a retry's key. */
    public static Lane laneOf(byte[] place) {
        int userLength = length(place, 0);
        int serviceAt = 2 + userLength;
        int serviceLength = length(place, serviceAt);
        return new Lane(
                new String(place, 2, userLength, StandardCharsets.UTF_8),
                new String(place, serviceAt + 2, serviceLength, StandardCharsets.UTF_8),
                place[serviceAt + 2 + serviceLength]);
    }

    /** Returns the due and job of a retry's key. */
    public static Slot slotOf(byte[] place) {
        int serviceAt = 2 + length(place, 0);
        int dueAt = serviceAt + 2 + length(place, serviceAt) + 1;
        int jobAt = dueAt + Long.BYTES;
        return new Slot(
                ByteBuffer.wrap(place).getLong(dueAt),
                new String(place, jobAt, place.length - jobAt, StandardCharsets.UTF_8));
    }

    private static int length(byte[] bytes, int at) {
        return ((bytes[at] & 0xff) << 8) | (bytes[at + 1] & 0xff);
    }

    /** Returns the job of a key without an instant. */
    public static JobRef job(byte[] key) {
        return job(key, 0);
    }

    private static JobRef job(byte[] key, int from) {
        int length = length(key, from);
        int start = from + 2;
        return new JobRef(
                new String(key, start, length, StandardCharsets.UTF_8),
                new String(key, start + length, key.length - start - length, StandardCharsets.UTF_8));
    }
}
