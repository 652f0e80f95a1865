package dev.redrive.config;

import java.util.ArrayList;
import java.util.LinkedHashSet;
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

    ConfigException exception() {
        return new ConfigException(new ArrayList<>(found));
    }
}
