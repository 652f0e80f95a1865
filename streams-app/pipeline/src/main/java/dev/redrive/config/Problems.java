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

/** Gathers mistakes, each once, so that people see all of them at a time. */
final class Problems {

    private static final int MAX_PROBLEMS = 100;

    private static final int MIN_HIDDEN_ANYWHERE = 6;

    /** Longer ones first, for one may hold another. */
    private final Set<String> secrets = new TreeSet<>(
            Comparator.<String>comparingInt(String::length).reversed().thenComparing(Comparator.naturalOrder()));

    private final Set<Problem> found = new LinkedHashSet<>();

    void add(Problem problem) {
        if (found.size() < MAX_PROBLEMS) {
            found.add(new Problem(problem.source(), problem.line(), problem.path(), shown(problem.message())));
        }
    }

    /** Keeps a text out of all messages, and the parts of a list too. */
    void hide(String secret) {
        secrets.add(secret);
        secrets.addAll(Scalars.split(secret));
    }

    private String shown(String message) {
        String shown = Secret.masked(message);
        for (String secret : secrets) {
            // One that is as short as a number or a word of ours is hidden only where it stands alone.
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

    /** All of them: of one source in order of lines, the sources in the order in which they were read. */
    ConfigException exception() {
        List<String> sources = found.stream().map(Problem::source).distinct().toList();
        List<Problem> ordered = new ArrayList<>(found);
        ordered.sort(Comparator.<Problem>comparingInt(problem -> sources.indexOf(problem.source()))
                .thenComparingInt(Problem::line));
        return new ConfigException(ordered);
    }
}
