package dev.redrive.bench;

import dev.redrive.avro.FailureCause;
import dev.redrive.avro.JobFailure;
import dev.redrive.avro.RequestPayload;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * The failures of a measurement: the same seed gives the same jobs. The distribution over users is slightly skewed;
 * prompts use a vocabulary of two thousand words, so that records compress about as well as text.
 *
 * @param run prefix of the job ids; no run's prefix starts with that of another
 * @param retryablePercent percentage of jobs with a retryable failure; 0 to 100
 */
record Workload(String run, long seed, int retryablePercent) {

    static final int USERS = 10_000;

    private static final int FAR_MIN_S = 3_600;
    private static final int FAR_SPREAD_S = 79_200;

    private static final int PROMPT_WORDS = 34;
    private static final String[] WORDS = words();

    /** Precedes the job's number in its id. */
    private static final char SEPARATOR = '-';

    boolean retryable(int job) {
        return new SplittableRandom(mix(job)).nextInt(100) < retryablePercent;
    }

    /** Returns the job's owner; the busiest users have about twice the mean number of jobs. */
    String userId(int job) {
        double draw = new SplittableRandom(mix(job) + 1).nextDouble();
        return "user-" + (int) (USERS * Math.pow(draw, 1.3));
    }

    String jobId(int job) {
        return run + SEPARATOR + job;
    }

    /** Returns the job's number; -1 if the id belongs to another run. */
    int job(String jobId) {
        int separator = jobId.lastIndexOf(SEPARATOR);
        if (separator < 0 || !jobId.substring(0, separator).equals(run)) {
            return -1;
        }
        return Integer.parseInt(jobId.substring(separator + 1));
    }

    /**
     * Returns the failure of the job's first attempt. It is not the user's fault, because a closed gate of the user
     * would block other retries and distort the measurement.
     *
     * @param retryAfterSeconds Retry-After of a retryable job
     */
    JobFailure failure(int job, long failedAtMs, long retryAfterSeconds) {
        SplittableRandom random = new SplittableRandom(mix(job) + 2);
        JobFailure.Builder failure = JobFailure.newBuilder()
                .setUserId(userId(job))
                .setJobId(jobId(job))
                .setAttempt(1)
                .setService("music")
                .setOperation("music.song.generate")
                .setRoute("/v1/music/songs")
                .setCause(FailureCause.RESPONSE)
                .setIdempotencyKey(Long.toHexString(random.nextLong()) + Long.toHexString(random.nextLong()))
                .setRequest(new RequestPayload("application/json", prompt(random)))
                .setFailedAt(Instant.ofEpochMilli(failedAtMs));
        if (retryable(job)) {
            return failure.setHttpStatus(503)
                    .setErrorBody("{\"success\":false,\"data\":null,\"error\":{\"code\":\"SERVICE_UNAVAILABLE\","
                            + "\"message\":\"The service is not available at the moment\",\"details\":null}}")
                    .setResponseHeaders(Map.of("Retry-After", Long.toString(retryAfterSeconds)))
                    .build();
        }
        return failure.setHttpStatus(400)
                .setErrorBody("{\"success\":false,\"data\":null,\"error\":{\"code\":\"invalid_request\",\"message\":"
                        + "\"prompt is too long\",\"details\":{\"param\":\"prompt\",\"type\":\"string_too_long\"}}}")
                .setResponseHeaders(Map.of("Content-Type", "application/json"))
                .build();
    }

    /**
     * Returns the failure of a retryable job whose retry is due at an instant, if Retry-After has no jitter.
     *
     * @param nowMs the current time; min. one second before the due
     */
    JobFailure failureDueAt(int job, long dueAtMs, long nowMs) {
        long delaySeconds = Math.max(1, -Math.floorDiv(nowMs - dueAtMs, 1_000L));
        return failure(job, dueAtMs - delaySeconds * 1_000, delaySeconds);
    }

    /** Returns the delay of a job that stays pending, in seconds: 1 to 23 hours. */
    static int farDelayS(int job) {
        return FAR_MIN_S + (int) Math.floorMod(job * 2_654_435_761L, (long) FAR_SPREAD_S);
    }

    private static ByteBuffer prompt(SplittableRandom random) {
        StringBuilder json = new StringBuilder("{\"model\":\"song-2\",\"prompt\":\"");
        for (int i = 0; i < PROMPT_WORDS; i++) {
            json.append(WORDS[random.nextInt(WORDS.length)]).append(' ');
        }
        json.append("\",\"seconds\":").append(random.nextInt(20, 240)).append('}');
        return ByteBuffer.wrap(json.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** Returns two thousand words of one to three syllables. */
    private static String[] words() {
        String[] syllables = "ra ne to li ko mi sa du ver an gol shi per ta lu men bri os ka del".split(" ");
        SplittableRandom random = new SplittableRandom(7);
        String[] words = new String[2_000];
        for (int i = 0; i < words.length; i++) {
            StringBuilder word = new StringBuilder();
            for (int left = random.nextInt(1, 4); left > 0; left--) {
                word.append(syllables[random.nextInt(syllables.length)]);
            }
            words[i] = word.toString();
        }
        return words;
    }

    private long mix(int job) {
        return (seed * 31 + run.hashCode()) * 0x9E3779B97F4A7C15L + job * 0xD1B54A32D192ED03L;
    }
}
