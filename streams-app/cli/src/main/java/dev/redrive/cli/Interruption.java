package dev.redrive.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Shuts a command down in order on Ctrl-C or SIGTERM. */
public final class Interruption implements AutoCloseable {

    private final CountDownLatch closed;
    private final Thread hook;

    private Interruption(CountDownLatch closed, Runnable stop) {
        this.closed = closed;
        this.hook = new Thread(stop, "redrive-interruption");
    }

    /**
     * Until {@link #close}, an interruption calls {@code stop} on another thread.
     *
     * @param stop requests the command to end
     * @param patienceMs max. time in ms that the process then waits for the command to end
     */
    static Interruption calls(Runnable stop, long patienceMs) {
        CountDownLatch closed = new CountDownLatch(1);
        return install(closed, () -> {
            stop.run();
            await(closed, patienceMs);
        });
    }

    /**
     * Like {@link #calls}, for commands that run until they are stopped: an orderly end is a success, so the exit code
     * is 0 and not the signal's.
     */
    public static Interruption ends(Runnable stop, long patienceMs) {
        CountDownLatch closed = new CountDownLatch(1);
        return install(closed, () -> {
            stop.run();
            if (await(closed, patienceMs)) {
                Runtime.getRuntime().halt(Subcommand.OK);
            }
        });
    }

    private static Interruption install(CountDownLatch closed, Runnable hook) {
        Interruption interruption = new Interruption(closed, hook);
        Runtime.getRuntime().addShutdownHook(interruption.hook);
        return interruption;
    }

    private static boolean await(CountDownLatch closed, long patienceMs) {
        try {
            return closed.await(patienceMs, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Override
    public void close() {
        closed.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The process is already shutting down, and the hook runs.
            return;
        }
    }
}
