package dev.redrive.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Lets a command end in order when the process is told to: by Ctrl-C, or by SIGTERM. */
final class Interruption implements AutoCloseable {

    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread hook;

    private Interruption(Runnable stop, long patienceMs) {
        this.hook = new Thread(() -> stop(stop, patienceMs), "redrive-interruption");
    }

    /**
     * From now until {@link #close}, an interruption calls {@code stop} from another thread.
     *
     * @param stop asks the command to end
     * @param patienceMs how long the process waits for the command to end after that
     */
    static Interruption calls(Runnable stop, long patienceMs) {
        Interruption interruption = new Interruption(stop, patienceMs);
        Runtime.getRuntime().addShutdownHook(interruption.hook);
        return interruption;
    }

    private void stop(Runnable stop, long patienceMs) {
        stop.run();
        try {
            if (!closed.await(patienceMs, TimeUnit.MILLISECONDS)) {
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        closed.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The process ends already, and the hook runs.
            return;
        }
    }
}
