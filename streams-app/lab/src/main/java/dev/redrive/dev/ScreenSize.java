package dev.redrive.dev;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Size of a terminal.
 *
 * @param columns 40 to 500
 * @param rows 10 to 200
 */
record ScreenSize(int columns, int rows) {

    /** What terminals have always had. */
    static final ScreenSize USUAL = new ScreenSize(80, 24);

    private static final File TERMINAL = new File("/dev/tty");
    private static final long ANSWER_WITHIN_MS = 1_000;
    private static final int MOST_BYTES = 64;
    private static final Pattern ROWS_COLUMNS = Pattern.compile("([0-9]{1,5}) ([0-9]{1,5})\\s*");

    ScreenSize {
        columns = Math.max(40, Math.min(columns, 500));
        rows = Math.max(10, Math.min(rows, 200));
    }

    /** The size of this process's terminal at this moment, asked of {@code stty}; the usual one where nothing tells it. */
    static ScreenSize ask() {
        try {
            Process stty = new ProcessBuilder("stty", "size")
                    .redirectInput(TERMINAL)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            try {
                boolean ended = stty.waitFor(ANSWER_WITHIN_MS, TimeUnit.MILLISECONDS);
                return ended
                        ? parse(new String(stty.getInputStream().readNBytes(MOST_BYTES), StandardCharsets.US_ASCII))
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

    /** Reads what {@code stty size} prints; zeros mean that the terminal does not know. */
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
