package dev.redrive.codec;

import dev.redrive.codec.NaturalJsonResult.Problem;
import dev.redrive.codec.NaturalJsonResult.Refused;

/** Carries a refusal out of the walk over a schema; never leaves this package. */
final class NaturalJsonRefusal extends RuntimeException {

    private final Problem problem;
    private final String path;

    NaturalJsonRefusal(Problem problem, String path, String message) {
        super(message, null, false, false);
        this.problem = problem;
        this.path = path;
    }

    <T> Refused<T> toResult() {
        return new Refused<>(problem, path, String.valueOf(getMessage()));
    }
}
