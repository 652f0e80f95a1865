package dev.redrive.config;

import dev.redrive.config.Binder.Scalars;
import dev.redrive.config.ClientProperties.Secret;
import dev.redrive.config.ConfigException.Problem;
import dev.redrive.config.YamlReader.YamlValue;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Collects mistakes without duplicates, so that all are reported at once. */
final class Problems {

    private static final int MAX_PROBLEMS = 100;

    private static final int MIN_HIDDEN_ANYWHERE = 6;

    /** Longer ones first, because one may contain another. */
    private final Set<String> secrets = new TreeSet<>(
            Comparator.<String>comparingInt(String::length).reversed().thenComparing(Comparator.naturalOrder()));

    private final Set<Problem> found = new LinkedHashSet<>();

    void add(Problem problem) {
        if (found.size() < MAX_PROBLEMS) {
            found.add(new Problem(problem.source(), problem.line(), problem.path(), shown(problem.message())));
        }
    }

    /** Masks a text in all messages, and each part of a list. */
    void hide(String secret) {
        secrets.add(secret);
        secrets.addAll(Scalars.split(secret));
    }

    private String shown(String message) {
        String shown = Secret.masked(message);
        for (String secret : secrets) {
            // A secret as short as a number or a keyword is masked only as a whole word.
            String bound = secret.length() < MIN_HIDDEN_ANYWHERE ? "(?![\\p{L}\\p{N}])" : "";
            String before = bound.isEmpty() ? "" : "(?<![\\p{L}\\p{N}])";
            shown = shown.replaceAll(
                    before + Pattern.quote(secret) + bound, Matcher.quoteReplacement(ClientProperties.MASK));
        }
        return shown;
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

    /** Returns all mistakes, grouped by source in reading order, each group ordered by line. */
    ConfigException exception() {
        List<String> sources = found.stream().map(Problem::source).distinct().toList();
        List<Problem> ordered = new ArrayList<>(found);
        ordered.sort(Comparator.<Problem>comparingInt(problem -> sources.indexOf(problem.source()))
                .thenComparingInt(Problem::line));
        return new ConfigException(ordered);
    }
}
