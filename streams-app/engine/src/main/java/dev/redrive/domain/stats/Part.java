package dev.redrive.domain.stats;

/**
 * What a sum is of: the same part from several tasks adds up.
 *
 * @param windowStartMs beginning of the window, epoch milliseconds
 * @param kind what is counted
 * @param late whether the window had closed when it was counted
 * @param service service category; may be empty
 * @param operation operation name; may be empty
 * @param word class of failure or reason of a dead letter; empty for submissions
 * @param code error code; may be empty
 */
public record Part(
        long windowStartMs, Count.Kind kind, boolean late, String service, String operation, String word, String code) {

    /** What stands for names beyond the limit of series. */
    public static final String OTHER = "OTHER";

    /** The part that takes what is beyond the limit of series: same window, kind and word, no further names. */
    public Part coarse() {
        return new Part(windowStartMs, kind, late, OTHER, OTHER, word, word.isEmpty() ? "" : OTHER);
    }
}
