package dev.redrive.topology;

/** Is told what the tasks do, for metrics. It must not throw, and takes no part in any decision. */
@FunctionalInterface
public interface Signals {

    /** Nobody listens. */
    Signals NONE = partition -> TaskSignals.NONE;

    /**
     * A task has started.
     *
     * @param partition the partition whose users it holds
     * @return what the task tells of itself, on its own thread, until it closes it
     */
    TaskSignals open(int partition);

    /** An output that nothing but its readers depends on was left out, because it is larger than its topic takes. */
    default void outputDropped() {}
}
