package dev.redrive.cli;

import dev.redrive.codec.Printable;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A table whose columns are as wide as their widest cell, in terminal columns. */
public final class TextTable {

    private static final String GAP = "  ";

    /** Placeholder for a missing value. */
    static final String NONE = "-";

    private static final String CUT = "…";
    private static final int MIN_WIDTH = 4;

    private static final DateTimeFormatter MILLIS =
            new DateTimeFormatterBuilder().appendInstant(3).toFormatter();

    private final List<List<String>> rows = new ArrayList<>();

    public TextTable(String... titles) {
        rows.add(List.of(titles));
    }

    public void row(Object... cells) {
        rows.add(Arrays.stream(cells)
                .map(cell -> Printable.line(String.valueOf(cell)))
                .toList());
    }

    /** Returns the lines, titles first, without trailing blanks. */
    public List<String> lines() {
        int columns = rows.get(0).size();
        int[] widths = new int[columns];
        for (List<String> row : rows) {
            for (int i = 0; i < columns; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        return rows.stream().map(row -> line(row, widths)).toList();
    }

    /**
     * Returns the lines like {@link #lines()}, with cells cut so that lines have at most {@code maxWidth} columns.
     *
     * @param whole columns that are never cut; if these alone are wider, so are the lines
     */
    List<String> lines(int maxWidth, Set<Integer> whole) {
        int columns = rows.get(0).size();
        int[] widths = new int[columns];
        int width = GAP.length() * (columns - 1);
        for (int i = 0; i < columns; i++) {
            for (List<String> row : rows) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
            width += widths[i];
        }
        for (; width > maxWidth; width--) {
            int widest = -1;
            for (int i = 0; i < columns; i++) {
                if (!whole.contains(i) && (widest < 0 || widths[i] > widths[widest])) {
                    widest = i;
                }
            }
            if (widest < 0 || widths[widest] <= MIN_WIDTH) {
                break;
            }
            widths[widest]--;
        }
        return rows.stream().map(row -> line(cut(row, widths), widths)).toList();
    }

    private static List<String> cut(List<String> row, int[] widths) {
        List<String> cut = new ArrayList<>(row);
        for (int i = 0; i < widths.length; i++) {
            String cell = row.get(i);
            if (cell.length() > widths[i]) {
                int end = widths[i] - 1;
                cut.set(i, cell.substring(0, Character.isHighSurrogate(cell.charAt(end - 1)) ? end - 1 : end) + CUT);
            }
        }
        return cut;
    }

    private static String line(List<String> row, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < row.size(); i++) {
            line.append(row.get(i))
                    .append(" ".repeat(widths[i] - row.get(i).length()))
                    .append(GAP);
        }
        return line.toString().stripTrailing();
    }

    /** Returns the text of a cell: instants to the millisecond, {@link #NONE} for no value. */
    static String cell(@Nullable Object value) {
        if (value == null) {
            return NONE;
        }
        return value instanceof Instant instant ? MILLIS.format(instant) : value.toString();
    }
}
