package dev.redrive.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Gathers mistakes, each once, so that people see all of them at a time. */
final class Problems {

    private static final int MAX_PROBLEMS = 100;

    private final Set<Problem> found = new LinkedHashSet<>();

    void add(Problem problem) {
        if (found.size() < MAX_PROBLEMS) {
            found.add(problem);
        }
    }

    void add(YamlValue value, String path, String message) {
        add(value.origin().problem(path, message));
    }

    void add(String source, String message) {
        add(new Problem(source, 0, "", message));
    }

    void into(Problems others) {
        found.forEach(others::add);
    }

    boolean none() {
        return found.isEmpty();
    }

    /** All of them: of one source in order of lines, the sources in the order in which they were read. */
    ConfigException exception() {
        List<String> sources = found.stream().map(Problem::source).distinct().toList();
        List<Problem> ordered = new ArrayList<>(found);
        ordered.sort(Comparator.<Problem>comparingInt(problem -> sources.indexOf(problem.source()))
                .thenComparingInt(Problem::line));
        return new ConfigException(ordered);
    }
}
