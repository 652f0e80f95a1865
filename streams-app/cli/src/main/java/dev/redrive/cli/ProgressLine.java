package dev.redrive.cli;

import java.io.PrintWriter;
import java.time.Clock;
import java.util.Locale;

/** One line on a terminal that tells how far a command is; silent where there is no terminal. Used by one thread. */
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

    /** Draws how many lines or elements were read, but at most ten times a second. */
    void show(long done, long total, long count, String unit, long bad) {
        show(done, total, count + " " + unit + "s" + (bad > 0 ? ", " + bad + " bad" : ""));
    }

    /** Draws, but at most ten times a second. */
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

    /** Takes the line away, so that something else can be said. */
    void clear() {
        if (standing) {
            standing = false;
            err.print("\r\u001b[K");
            err.flush();
        }
    }
}
