package dev.redrive.runtime;

/** Something on the cluster that is not as the pipeline needs it, and what to do about it. */
public sealed interface Finding permits TopicFinding, AccessFinding {

    /** What it is about, e.g. a topic's name. */
    String subject();

    /** What is wrong; the stable word. */
    String word();

    /** What was found and wanted, and what to do, one sentence. */
    String sentence();

    /** Whether the pipeline must not start like this. */
    boolean blocking();
}
