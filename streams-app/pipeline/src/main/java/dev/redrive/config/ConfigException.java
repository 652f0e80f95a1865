package dev.redrive.config;

import java.util.List;
import java.util.stream.Collectors;

/** The configuration has mistakes; tells all of them that were found. */
public final class ConfigException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient List<Problem> problems;

    /**
     * Takes the mistakes.
     *
     * @param problems at least one
     */
    public ConfigException(List<Problem> problems) {
        super(problems.stream().map(Problem::toString).collect(Collectors.joining(System.lineSeparator())));
        this.problems = List.copyOf(problems);
    }

    /** Every mistake, those of one file in order of its lines. */
    public List<Problem> problems() {
        return problems;
    }
}
