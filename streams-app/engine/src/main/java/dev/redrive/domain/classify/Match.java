package dev.redrive.domain.classify;

import dev.redrive.domain.classify.FailureFacts.Cause;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.StringJoiner;
import java.util.TreeSet;
import java.util.function.BiPredicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The conditions of a rule; all of them must match, and an empty one always matches.
 *
 * @param codes error codes, in any case
 * @param statuses statuses or classes of them; if there are any, a failure without a status does not match
 * @param causes how the attempt ended
 * @param methods HTTP methods, in any case
 * @param services service categories, in any case
 * @param operations globs over operation names
 * @param keyPresent whether the attempt carried an idempotency key; {@code null} for either
 */
public record Match(
        Set<String> codes,
        List<StatusPattern> statuses,
        Set<Cause> causes,
        Set<String> methods,
        Set<String> services,
        List<OperationGlob> operations,
        @Nullable Boolean keyPresent) {

    /** Matches every failure. */
    public static final Match ANYTHING = new Match(Set.of(), List.of(), Set.of(), Set.of(), Set.of(), List.of(), null);

    /** Normalizes the case of names; rejects {@link Cause#UNKNOWN}, which never reaches rules. */
    public Match {
        codes = folded(codes);
        statuses = List.copyOf(statuses);
        causes = Set.copyOf(causes);
        methods = folded(methods);
        services = folded(services);
        operations = List.copyOf(operations);
        if (causes.contains(Cause.UNKNOWN)) {
            throw new IllegalArgumentException(
                    "cause UNKNOWN never matches: it is taken as RESPONSE with a status and as NETWORK without");
        }
    }

    /** Returns whether every condition matches. */
    boolean matches(FailureFacts facts) {
        return codeMatches(facts)
                && statusMatches(facts)
                && (causes.isEmpty() || causes.contains(facts.cause()))
                && (methods.isEmpty() || methods.contains(fold(facts.method())))
                && (services.isEmpty() || services.contains(fold(facts.service())))
                && operationMatches(facts)
                && (keyPresent == null || keyPresent == facts.keyPresent());
    }

    private boolean codeMatches(FailureFacts facts) {
        String code = facts.code();
        return codes.isEmpty() || code != null && codes.contains(fold(code));
    }

    private boolean statusMatches(FailureFacts facts) {
        Integer status = facts.status();
        if (statuses.isEmpty() || status == null) {
            return statuses.isEmpty();
        }
        for (StatusPattern pattern : statuses) {
            if (pattern.matches(status)) {
                return true;
            }
        }
        return false;
    }

    private boolean operationMatches(FailureFacts facts) {
        for (OperationGlob glob : operations) {
            if (glob.matches(facts.operation())) {
                return true;
            }
        }
        return operations.isEmpty();
    }

    /** Returns a text on the first condition that fails; {@code null} if all match. */
    @Nullable
    String mismatch(FailureFacts facts) {
        if (!codeMatches(facts)) {
            return differs("code", codes, facts.code());
        }
        if (!statusMatches(facts)) {
            return differs("status", statuses, facts.status());
        }
        if (!causes.isEmpty() && !causes.contains(facts.cause())) {
            return differs("cause", causes, facts.cause());
        }
        if (!methods.isEmpty() && !methods.contains(fold(facts.method()))) {
            return differs("method", methods, facts.method());
        }
        if (!services.isEmpty() && !services.contains(fold(facts.service()))) {
            return differs("service", services, facts.service());
        }
        if (!operationMatches(facts)) {
            return differs("operation", operations, facts.operation());
        }
        if (keyPresent != null && keyPresent != facts.keyPresent()) {
            return differs("idempotencyKey", List.of(keyPresent), facts.keyPresent());
        }
        return null;
    }

    /** Returns the non-empty conditions as written in rules. */
    String describe() {
        StringJoiner text = new StringJoiner(", ");
        text.setEmptyValue("anything");
        describe(text, "code", codes);
        describe(text, "status", statuses);
        describe(text, "cause", causes);
        describe(text, "method", methods);
        describe(text, "service", services);
        describe(text, "operation", operations);
        if (keyPresent != null) {
            text.add("idempotencyKey " + keyPresent);
        }
        return text.toString();
    }

    /**
     * Returns {@code true} only if this matches every failure that the other matches, so that the other is unreachable
     * after it. Not all such cases are recognised: {@code false} proves nothing.
     */
    public boolean covers(Match other) {
        return covers(codes, other.codes, String::equals)
                && covers(statuses, other.statuses, StatusPattern::covers)
                && covers(causes, other.causes, Cause::equals)
                && covers(methods, other.methods, String::equals)
                && covers(services, other.services, String::equals)
                && covers(operations, other.operations, OperationGlob::covers)
                && (keyPresent == null || keyPresent.equals(other.keyPresent));
    }

    private static <T> boolean covers(Collection<T> mine, Collection<T> others, BiPredicate<T, T> covering) {
        if (mine.isEmpty()) {
            return true;
        }
        return !others.isEmpty()
                && others.stream().allMatch(other -> mine.stream().anyMatch(one -> covering.test(one, other)));
    }

    private static String differs(String name, Collection<?> wanted, @Nullable Object actual) {
        return name + " is " + (actual == null ? "absent" : actual) + ", not " + sorted(wanted);
    }

    private static void describe(StringJoiner text, String name, Collection<?> wanted) {
        if (!wanted.isEmpty()) {
            text.add(name + " " + sorted(wanted));
        }
    }

    private static String sorted(Collection<?> values) {
        return values.stream().map(Object::toString).sorted().collect(Collectors.joining(" or "));
    }

    private static Set<String> folded(Set<String> names) {
        Set<String> sorted = new TreeSet<>();
        names.forEach(name -> sorted.add(fold(name)));
        return Collections.unmodifiableSet(sorted);
    }

    private static String fold(String name) {
        return name.toLowerCase(Locale.ROOT);
    }

    /**
     * One HTTP status or a class of them.
     *
     * @param low the first status that matches, from 100
     * @param high the last status that matches, to 599
     */
    public record StatusPattern(int low, int high) {

        private static final Pattern EXACT = Pattern.compile("[1-5][0-9][0-9]");
        private static final Pattern CLASS = Pattern.compile("[1-5][xX][xX]");

        /** @throws IllegalArgumentException if the bounds are not in order within 100 to 599 */
        public StatusPattern {
            if (low < 100 || high > 599 || low > high) {
                throw new IllegalArgumentException("a status is from 100 to 599: " + low + "-" + high);
            }
        }

        /**
         * Parses {@code 404} or {@code 4xx}.
         *
         * @throws IllegalArgumentException if it is neither
         */
        public static StatusPattern parse(String text) {
            if (EXACT.matcher(text).matches()) {
                int status = Integer.parseInt(text);
                return new StatusPattern(status, status);
            }
            if (CLASS.matcher(text).matches()) {
                int hundred = (text.charAt(0) - '0') * 100;
                return new StatusPattern(hundred, hundred + 99);
            }
            throw new IllegalArgumentException("'" + text + "' is no status; write 404 for one or 4xx for a class");
        }

        boolean matches(int status) {
            return low <= status && status <= high;
        }

        boolean covers(StatusPattern other) {
            return low <= other.low && other.high <= high;
        }

        /** Returns the text as written in rules. */
        @Override
        public String toString() {
            return low == high ? Integer.toString(low) : low / 100 + "xx";
        }
    }

    /**
     * A pattern for operation names: {@code *} matches any characters or none, across dots too; {@code ?} one.
     *
     * @param pattern letters, digits, {@code . _ - / : * ?}; 1 to 200 characters
     */
    public record OperationGlob(String pattern) {

        private static final Pattern LEGAL = Pattern.compile("[A-Za-z0-9._/:*?-]{1,200}");

        /** @throws IllegalArgumentException if the pattern is empty, too long, or has another character */
        public OperationGlob {
            if (!LEGAL.matcher(pattern).matches() || pattern.contains("**")) {
                throw new IllegalArgumentException("'" + pattern
                        + "' is no operation glob; write names with single '*' or '?', e.g. music.*.generate");
            }
        }

        /**
         * Returns whether the whole name matches, case-sensitive. A mismatch goes back to the last star only, so the
         * time is at most proportional to the product of both lengths.
         */
        boolean matches(String name) {
            int p = 0;
            int n = 0;
            int star = -1;
            int resume = 0;
            while (n < name.length()) {
                if (p < pattern.length() && pattern.charAt(p) == '*') {
                    star = p++;
                    resume = n;
                } else if (p < pattern.length() && (pattern.charAt(p) == '?' || pattern.charAt(p) == name.charAt(n))) {
                    p++;
                    n++;
                } else if (star >= 0) {
                    p = star + 1;
                    n = ++resume;
                } else {
                    return false;
                }
            }
            while (p < pattern.length() && pattern.charAt(p) == '*') {
                p++;
            }
            return p == pattern.length();
        }

        /**
         * Returns {@code true} only if this matches everything that the other matches; {@code false} proves nothing.
         */
        boolean covers(OperationGlob other) {
            return pattern.equals("*")
                    || pattern.equals(other.pattern)
                    || (!other.pattern.contains("*") && !other.pattern.contains("?") && matches(other.pattern));
        }

        /** Returns the text as written in rules. */
        @Override
        public String toString() {
            return pattern;
        }
    }
}
