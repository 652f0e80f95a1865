package dev.redrive.config;

/**
 * {@code limits}: the largest inputs and outputs.
 *
 * @param maxRecordBytes of one input record's value; a larger one is quarantined; 16 KiB to 1 MiB
 * @param maxOutputBytes of one output record's value; outputs hold inputs, so at least 64 KiB more; to 2,000,000 B
 * @param maxErrorBodyBytes of an error body; of a larger one, which is carried along whole, only so much is read; 256 B to 1 MiB
 */
public record LimitSettings(int maxRecordBytes, int maxOutputBytes, int maxErrorBodyBytes) {

    private static final int KIB = 1024;

    /** Below the 2 MiB of a request and of a topic, for key, headers and batch come on top. */
    private static final int MAX_OUTPUT_BYTES = 2_000_000;

    public LimitSettings {
        Require.between("maxRecordBytes", maxRecordBytes, 16 * KIB, KIB * KIB);
        Require.between("maxOutputBytes", maxOutputBytes, 80 * KIB, MAX_OUTPUT_BYTES);
        Require.between("maxErrorBodyBytes", maxErrorBodyBytes, 256, KIB * KIB);
        Require.that(
                maxOutputBytes >= maxRecordBytes + 64 * KIB,
                "maxOutputBytes",
                "must hold an input and 64 KiB more; write at least " + (maxRecordBytes + 64 * KIB)
                        + ", or lower limits.maxRecordBytes");
    }
}
