package dev.redrive.bench;

/** Is told what is being measured. */
@FunctionalInterface
public interface Progress {

    /** A step begins. */
    void say(String step);
}
