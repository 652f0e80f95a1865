package dev.redrive.cli;

import java.io.PrintWriter;
import java.time.Clock;
import java.util.Locale;

/** One line on a terminal that shows a command's progress; nothing is shown without a terminal. Used by one thread. */
final class ProgressLine {

    private static final int WIDTH = 30;
    private static final long INTERVAL_MS = 100;

    private final PrintWriter err;
    private final Clock clock;
    private final boolean shown;
    private long drawnAt;
    private boolean standing;

    ProgressLine(Terminal terminal) {
        this.err = terminal.err();
        this.clock = terminal.clock();
        this.shown = terminal.progress();
    }

    /** Shows the number of lines or elements read, max. ten times a second. */
    void show(long done, long total, long count, String unit, long bad) {
        show(done, total, count + " " + unit + "s" + (bad > 0 ? ", " + bad + " bad" : ""));
    }

    /** Shows the progress, max. ten times a second. */
    void show(long done, long total, String what) {
        long now = clock.millis();
        if (!shown || Math.abs(now - drawnAt) < INTERVAL_MS) {
            return;
        }
        drawnAt = now;
        standing = true;
        String bar = "";
        if (total > 0) {
            double part = Math.min(1, (double) done / total);
            int full = (int) (part * WIDTH);
            bar = String.format(
                    Locale.ROOT, "[%s%s] %3d %%  ", "=".repeat(full), " ".repeat(WIDTH - full), (int) (part * 100));
        }
        err.print("\r\u001b[K" + bar + what);
        err.flush();
    }

    /** Erases the line, so that something else can be printed. */
    void clear() {
        if (standing) {
            standing = false;
            err.print("\r\u001b[K");
            err.flush();
        }
    }
}
