package dev.redrive.domain.backlog;

/**
 * The place of a retry in its lane; ordered by due, then by job.
 *
 * @param dueAtMs when it is due, epoch milliseconds
 * @param jobId the job
 */
public record Slot(long dueAtMs, String jobId) implements Comparable<Slot> {

    @Override
    public int compareTo(Slot other) {
        int byDue = Long.compare(dueAtMs, other.dueAtMs);
        return byDue != 0 ? byDue : compareUtf8(jobId, other.jobId);
    }

    /** Compares in the order of UTF-8 bytes, which is that of code points and not of chars. */
    private static int compareUtf8(String a, String b) {
        int length = Math.min(a.length(), b.length());
        for (int i = 0; i < length; i++) {
            char x = a.charAt(i);
            char y = b.charAt(i);
            if (x != y) {
                boolean surrogates = Character.isSurrogate(x) != Character.isSurrogate(y);
                return surrogates ? (Character.isSurrogate(x) ? 1 : -1) : Character.compare(x, y);
            }
        }
        return Integer.compare(a.length(), b.length());
    }
}
