package dev.redrive.domain.lifecycle;

import java.util.List;

/**
 * The result of an input.
 *
 * @param next the state after it
 * @param effects effects in the order of their application
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
