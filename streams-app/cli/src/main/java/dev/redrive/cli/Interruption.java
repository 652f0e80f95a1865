package dev.redrive.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Lets a command end in order when the process is told to: by Ctrl-C, or by SIGTERM. */
public final class Interruption implements AutoCloseable {

    private final CountDownLatch closed;
    private final Thread hook;

    private Interruption(CountDownLatch closed, Runnable stop) {
        this.closed = closed;
        this.hook = new Thread(stop, "redrive-interruption");
    }

    /**
     * From now until {@link #close}, an interruption calls {@code stop} from another thread.
     *
     * @param stop asks the command to end
     * @param patienceMs how long the process waits for the command to end after that
     */
    static Interruption calls(Runnable stop, long patienceMs) {
        CountDownLatch closed = new CountDownLatch(1);
        return install(closed, () -> {
            stop.run();
            await(closed, patienceMs);
        });
    }

    /**
     * The same for commands that run until they are told to end: an end in order is their success, so the exit code is 0
     * and not the signal's.
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
            // The process ends already, and the hook runs.
            return;
        }
    }
}
