package dev.redrive.dev;

import java.util.concurrent.CompletableFuture;

/** Where the simulated batch system tells what became of its attempts. */
interface AttemptReports extends AutoCloseable {

    /** Sends a report; the future fails when it did not arrive and may be sent again. Never throws. */
    CompletableFuture<?> send(Report report);

    /** Waits for what was sent, bounded, and lets go. */
    @Override
    void close();
}
