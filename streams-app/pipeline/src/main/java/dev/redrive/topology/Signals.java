package dev.redrive.topology;

/** Receives the tasks' events for metrics. It must not throw, and takes no part in any decision. */
@FunctionalInterface
public interface Signals {

    /** Ignores all events. */
    Signals NONE = partition -> TaskSignals.NONE;

    /**
     * A task has started.
     *
     * @param partition the partition of the task's users
     * @return receives the task's events, on the task's thread, until the task closes it
     */
    TaskSignals open(int partition);

    /** An output that affects only its readers was left out, because it exceeds its topic's maximum size. */
    default void outputDropped() {}
}
