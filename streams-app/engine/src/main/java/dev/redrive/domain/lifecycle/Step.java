package dev.redrive.domain.lifecycle;

import java.util.List;

/**
 * What follows from an input.
 *
 * @param next the state after it
 * @param effects what is to be written, in this order
 */
public record Step(State next, List<Effect> effects) {

    /** Copies the list. */
    public Step {
        effects = List.copyOf(effects);
    }

    static Step of(State next, Effect... effects) {
        return new Step(next, List.of(effects));
    }
}
