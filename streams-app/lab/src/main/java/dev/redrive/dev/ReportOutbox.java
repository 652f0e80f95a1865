package dev.redrive.dev;

import java.util.ArrayDeque;
import java.util.Queue;

/**
 * Sends reports, and sends again those that did not arrive; keeps at most a given number at once. Reports may arrive
 * twice and out of order, as those of any batch system may. May be used by many threads.
 */
final class ReportOutbox {

    private final AttemptReports reports;
    private final int most;
    private final Queue<Report> again = new ArrayDeque<>();
    private int underWay;
    private long failed;

    ReportOutbox(AttemptReports reports, int most) {
        this.reports = reports;
        this.most = most;
    }

    /** Whether new work should wait, because too many reports have not arrived yet. */
    synchronized boolean full() {
        return underWay + again.size() >= most;
    }

    /** Reports that did not arrive at the first try. */
    synchronized long failed() {
        return failed;
    }

    void send(Report report) {
        synchronized (this) {
            underWay++;
        }
        var unused = reports.send(report).whenComplete((result, failure) -> arrived(report, failure != null));
    }

    private synchronized void arrived(Report report, boolean lost) {
        underWay--;
        if (lost) {
            failed++;
            again.add(report);
        }
    }

    /** Sends again what did not arrive, at most so many. */
    void resend(int count) {
        for (int i = 0; i < count; i++) {
            Report report;
            synchronized (this) {
                report = again.poll();
            }
            if (report == null) {
                return;
            }
            send(report);
        }
    }
}
