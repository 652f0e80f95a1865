package dev.redrive.config;

/**
 * {@code limits}: the largest inputs and outputs. What is larger is quarantined, but for error bodies and headers,
 * which are left out of the reading.
 *
 * @param maxRecordBytes of one serialized record; 16 KiB to 64 MiB
 * @param maxRequestBytes of a failed job's request; must leave room for the rest of the record
 * @param maxErrorBodyBytes of an error body, in UTF-8
 * @param maxHeaderCount response headers of a failure that are read
 * @param maxHeaderBytes of one response header, name and value
 * @param maxIdBytes of a user id or a job id, in UTF-8
 * @param maxLabels of a failure
 */
public record LimitSettings(
        int maxRecordBytes,
        int maxRequestBytes,
        int maxErrorBodyBytes,
        int maxHeaderCount,
        int maxHeaderBytes,
        int maxIdBytes,
        int maxLabels) {

    /** What a record holds besides request and error body. */
    private static final int OVERHEAD_BYTES = 8 * 1024;

    public LimitSettings {
        Require.between("maxRecordBytes", maxRecordBytes, 16 * 1024, 64 * 1024 * 1024);
        Require.between("maxRequestBytes", maxRequestBytes, 0, 64 * 1024 * 1024);
        Require.between("maxErrorBodyBytes", maxErrorBodyBytes, 256, 16 * 1024 * 1024);
        Require.between("maxHeaderCount", maxHeaderCount, 8, 1000);
        Require.between("maxHeaderBytes", maxHeaderBytes, 64, 64 * 1024);
        Require.between("maxIdBytes", maxIdBytes, 36, 4096);
        Require.between("maxLabels", maxLabels, 0, 64);
        long together = (long) maxRequestBytes + maxErrorBodyBytes + OVERHEAD_BYTES;
        Require.that(
                together <= maxRecordBytes,
                "maxRecordBytes",
                "cannot hold a request and an error body of the largest size; write at least " + together
                        + ", or lower limits.maxRequestBytes");
    }
}
