package dev.redrive.dev;

import dev.redrive.codec.Printable;
import dev.redrive.dev.SummaryModel.Summary;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Formats a summary as a screen or as one line. */
final class SummaryText {

    private static final int LABEL_COLUMNS = 17;
    private static final DateTimeFormatter CLOCK =
            DateTimeFormatter.ofPattern("HH:mm:ss'Z'").withZone(ZoneOffset.UTC);

    /** The texts around the numbers. */
    record Frame(String title, List<String> hints) {

        Frame {
            hints = List.copyOf(hints);
        }
    }

    private SummaryText() {}

    static String line(Summary s) {
        return String.format(
                Locale.ROOT,
                "in %.1f/s, out %.1f/s, pending %d (%s), blocked %s, overdue %d, dead letters %d, users %d, late p50 %d ms p99 %d ms",
                s.inPerSecond(),
                s.outPerSecond(),
                s.pending(),
                counts(s.pendingByTier()),
                blocked(s),
                s.overdue(),
                s.deadLetters(),
                s.users(),
                s.latenessP50Ms(),
                s.latenessP99Ms());
    }

    /** Returns the lines of a screen, within its width and height. The latest outcomes fill the remaining space. */
    static List<String> screen(Frame frame, Summary s, Instant now, ScreenSize size) {
        int columns = size.columns() - 1;
        List<String> lines = new ArrayList<>();
        lines.add(frame.title() + "   " + CLOCK.format(now));
        lines.add("");
        numbers(s, columns, lines);
        lines.add("");
        int room = size.rows() - 1 - lines.size() - frame.hints().size() - 1;
        List<String> latest = s.lines();
        latest.subList(Math.max(0, latest.size() - Math.max(0, room)), latest.size())
                .forEach(line -> lines.add("  " + line));
        lines.add("");
        lines.addAll(frame.hints());
        return lines.stream()
                .limit(size.rows() - 1L)
                .map(line -> fit(line, columns))
                .toList();
    }

    private static void numbers(Summary s, int columns, List<String> lines) {
        lines.add(String.format(
                Locale.ROOT,
                "  failures in   %8.1f/s   total %-10d users %d",
                s.inPerSecond(),
                s.failures(),
                s.users()));
        lines.add(String.format(Locale.ROOT, "  retries out   %8.1f/s   total %d", s.outPerSecond(), s.released()));
        lines.add(String.format(
                Locale.ROOT,
                "  lateness             p50 %d ms, p99 %d ms, early %d",
                s.latenessP50Ms(),
                s.latenessP99Ms(),
                s.early()));
        lines.add(String.format(
                Locale.ROOT,
                "  pending       %8d     overdue %d%s",
                s.pending(),
                s.overdue(),
                s.forgotten() == 0 ? "" : ", not counted " + s.forgotten()));
        listed("    by tier      ", s.pendingByTier(), columns, lines);
        listed("    blocked by   ", s.blockedByGate(), columns, lines);
        lines.add(String.format(Locale.ROOT, "  dead letters  %8d", s.deadLetters()));
        listed("    by reason    ", s.deadLettersByReason(), columns, lines);
    }

    /** Adds counts after a label, on max. two lines, with the number of omitted ones. */
    private static void listed(String label, Map<String, Long> counts, int columns, List<String> lines) {
        List<String> left = new ArrayList<>(words(counts));
        StringBuilder line = new StringBuilder(label);
        boolean second = false;
        while (!left.isEmpty()) {
            String word = left.get(0) + (left.size() > 1 ? ", " : "");
            int spared = second && left.size() > 1 ? ("and " + left.size() + " more").length() : 0;
            if (line.length() + word.length() + spared > columns) {
                if (second) {
                    line.append("and ").append(left.size()).append(" more");
                    break;
                }
                lines.add(line.toString().stripTrailing());
                line = new StringBuilder(" ".repeat(LABEL_COLUMNS));
                second = true;
            }
            line.append(word);
            left.remove(0);
        }
        lines.add(counts.isEmpty() ? label + "none" : line.toString());
    }

    private static List<String> words(Map<String, Long> counts) {
        return counts.entrySet().stream()
                .map(entry -> entry.getKey() + " " + entry.getValue())
                .toList();
    }

    private static String blocked(Summary s) {
        long all = s.blockedByGate().values().stream().mapToLong(count -> count).sum();
        return all == 0 ? "0" : all + " (" + counts(s.blockedByGate()) + ")";
    }

    private static String counts(Map<String, Long> counts) {
        StringJoiner text = new StringJoiner(", ").setEmptyValue("none");
        words(counts).forEach(text::add);
        return text.toString();
    }

    /** Escapes control characters: text from records must not move the terminal's cursor. */
    private static String fit(String line, int columns) {
        String plain = Printable.line(line);
        return plain.length() <= columns ? plain : plain.substring(0, columns - 1) + "…";
    }

    /**
     * Size of a terminal.
     *
     * @param columns 40 to 500
     * @param rows 10 to 200
     */
    record ScreenSize(int columns, int rows) {

        /** The traditional size of a terminal. */
        static final ScreenSize USUAL = new ScreenSize(80, 24);

        private static final File TERMINAL = new File("/dev/tty");
        private static final long ANSWER_WITHIN_MS = 1_000;
        private static final int MAX_BYTES = 64;
        private static final Pattern ROWS_COLUMNS = Pattern.compile("([0-9]{1,5}) ([0-9]{1,5})\\s*");

        ScreenSize {
            columns = Math.max(40, Math.min(columns, 500));
            rows = Math.max(10, Math.min(rows, 200));
        }

        /** Returns the current size of this process's terminal, from {@code stty}; the default if it is unknown. */
        static ScreenSize ask() {
            try {
                Process stty = new ProcessBuilder("stty", "size")
                        .redirectInput(TERMINAL)
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
                try {
                    boolean ended = stty.waitFor(ANSWER_WITHIN_MS, TimeUnit.MILLISECONDS);
                    return ended
                            ? parse(new String(stty.getInputStream().readNBytes(MAX_BYTES), StandardCharsets.US_ASCII))
                            : USUAL;
                } finally {
                    stty.destroy();
                }
            } catch (IOException e) {
                return USUAL;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return USUAL;
            }
        }

        /** Parses the output of {@code stty size}; zeros mean that the size is unknown. */
        static ScreenSize parse(String rowsAndColumns) {
            Matcher numbers = ROWS_COLUMNS.matcher(rowsAndColumns);
            if (!numbers.matches()) {
                return USUAL;
            }
            int rows = Integer.parseInt(numbers.group(1));
            int columns = Integer.parseInt(numbers.group(2));
            return rows == 0 || columns == 0 ? USUAL : new ScreenSize(columns, rows);
        }
    }
}
