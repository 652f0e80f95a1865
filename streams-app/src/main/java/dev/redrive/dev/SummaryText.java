package dev.redrive.dev;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;

/** Writes a summary for people: a screen, or one line. */
final class SummaryText {

    private static final int MOST_COLUMNS = 110;
    private static final int MOST_REASONS = 8;

    private SummaryText() {}

    /** One line without control characters. */
    static String line(Summary s) {
        return String.format(
                Locale.ROOT,
                "in %.1f/s, out %.1f/s, pending %d (%s), overdue %d, dead letters %d, users %d, late p50 %d ms p99 %d ms",
                s.inPerSecond(),
                s.outPerSecond(),
                s.pending(),
                counts(s.pendingByTier(), Integer.MAX_VALUE),
                s.overdue(),
                s.deadLetters(),
                s.users(),
                s.latenessP50Ms(),
                s.latenessP99Ms());
    }

    /** The lines of a screen, each at most 110 columns. */
    static List<String> screen(String title, Summary s) {
        List<String> lines = new ArrayList<>();
        lines.add(title);
        lines.add("");
        lines.add(String.format(
                Locale.ROOT,
                "  failures in  %8.1f/s   total %d        users %d",
                s.inPerSecond(),
                s.failures(),
                s.users()));
        lines.add(String.format(Locale.ROOT, "  retries out  %8.1f/s   total %d", s.outPerSecond(), s.released()));
        lines.add(String.format(
                Locale.ROOT,
                "  lateness     p50 %d ms   p99 %d ms   early %d",
                s.latenessP50Ms(),
                s.latenessP99Ms(),
                s.early()));
        lines.add("");
        lines.add("  pending      " + s.pending() + "   overdue or held " + s.overdue()
                + (s.forgotten() == 0 ? "" : "   not counted " + s.forgotten()));
        lines.add("    by tier    " + counts(s.pendingByTier(), Integer.MAX_VALUE));
        lines.add("  dead letters " + s.deadLetters());
        lines.add("    by reason  " + counts(s.deadLettersByReason(), MOST_REASONS));
        lines.add("");
        s.lines().forEach(line -> lines.add("  " + line));
        return lines.stream().map(SummaryText::fit).toList();
    }

    private static String counts(Map<String, Long> counts, int most) {
        StringJoiner text = new StringJoiner(", ").setEmptyValue("none");
        counts.entrySet().stream().limit(most).forEach(entry -> text.add(entry.getKey() + " " + entry.getValue()));
        return text.toString();
    }

    /** What comes from records must not move a terminal's cursor. */
    private static String fit(String line) {
        String plain = line.replaceAll("\\p{Cntrl}", "?");
        return plain.length() <= MOST_COLUMNS ? plain : plain.substring(0, MOST_COLUMNS - 1) + "…";
    }
}
