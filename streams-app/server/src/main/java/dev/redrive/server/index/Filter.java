package dev.redrive.server.index;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A filter of dead letters, the same in API, CLI, UI and URL: terms {@code key:value} separated by spaces, all of which
 * must hold. A repeated key means or, {@code -key:value} means not, and a value with spaces is quoted by {@code "},
 * within which a backslash precedes a quote or a backslash.
 *
 * <p>{@code since} and {@code until} take an instant (ISO 8601) or a duration before now, such as {@code 90s}, {@code 1h}
 * or {@code 7d}; {@code until} is exclusive. They stand at most once and are never negated. {@code label.x:value} is
 * about the label {@code x}. Values are case-sensitive but for those of {@code state}.
 *
 * @param fields allowed and excluded values, by field
 * @param labels allowed and excluded values, by label
 * @param since letters from this instant on; {@code null} for all
 * @param until letters before this instant; {@code null} for all
 */
public record Filter(
        Map<Field, Values> fields,
        Map<String, Values> labels,
        @Nullable Instant since,
        @Nullable Instant until) {

    /** Max length of a filter's text, in characters. */
    public static final int MAX_CHARS = 2_000;

    /** Max number of terms. */
    public static final int MAX_TERMS = 50;

    /** The filter without terms, which every letter passes. */
    public static final Filter ALL = new Filter(Map.of(), Map.of(), null, null);

    private static final String LABEL = "label.";
    private static final Pattern AGO = Pattern.compile("([0-9]{1,6})([smhd])");
    private static final Pattern PLAIN = Pattern.compile("[^\\s\"\\\\]+");

    /** Copies the maps. */
    public Filter {
        fields = Map.copyOf(fields);
        labels = Map.copyOf(labels);
    }

    /** What a term is about. */
    public enum Field {
        CODE,
        CLASS,
        REASON,
        USER,
        SERVICE,
        OPERATION,
        BATCH,
        GROUP,
        STATUS,
        STATE,
        /** The redrive that had brought the job back before it was dead-lettered again. */
        REDRIVE;

        /** Returns its key in the filter language. */
        public String key() {
            return name().toLowerCase(Locale.ROOT);
        }

        static @Nullable Field of(String key) {
            for (Field field : values()) {
                if (field.key().equals(key)) {
                    return field;
                }
            }
            return null;
        }
    }

    /**
     * The values of one field.
     *
     * @param allowed one of these; if empty, any
     * @param excluded none of these
     */
    public record Values(List<String> allowed, List<String> excluded) {

        static final Values NONE = new Values(List.of(), List.of());

        /** Copies the lists. */
        public Values {
            allowed = List.copyOf(allowed);
            excluded = List.copyOf(excluded);
        }

        /** Returns whether a value passes; a missing one passes unless one is demanded. */
        public boolean allows(@Nullable String value) {
            if (value == null) {
                return allowed.isEmpty();
            }
            return (allowed.isEmpty() || allowed.contains(value)) && !excluded.contains(value);
        }

        private Values with(String value, boolean negated) {
            List<String> grown = new ArrayList<>(negated ? excluded : allowed);
            if (!grown.contains(value)) {
                grown.add(value);
            }
            return negated ? new Values(allowed, grown) : new Values(grown, excluded);
        }
    }

    /** A text is not a filter; the message names the term and the remedy. */
    public static final class FilterException extends Exception {
        FilterException(String message) {
            super(message);
        }
    }

    private record Term(boolean negated, String key, String value) {}

    /**
     * Reads a filter.
     *
     * @param text the filter; empty for {@link #ALL}
     * @param now what durations count from
     * @throws FilterException if it is none, or has too many characters or terms
     */
    public static Filter parse(String text, Instant now) throws FilterException {
        if (text.length() > MAX_CHARS) {
            throw new FilterException("a filter has at most " + MAX_CHARS + " characters");
        }
        List<Term> terms = terms(text);
        if (terms.size() > MAX_TERMS) {
            throw new FilterException("a filter has at most " + MAX_TERMS + " terms");
        }
        Map<Field, Values> fields = new EnumMap<>(Field.class);
        Map<String, Values> labels = new LinkedHashMap<>();
        Instant since = null;
        Instant until = null;
        for (Term term : terms) {
            if (term.key().equals("since")) {
                since = once(term, since, now);
            } else if (term.key().equals("until")) {
                until = once(term, until, now);
            } else if (term.key().startsWith(LABEL) && term.key().length() > LABEL.length()) {
                String label = term.key().substring(LABEL.length());
                labels.put(label, labels.getOrDefault(label, Values.NONE).with(term.value(), term.negated()));
            } else {
                Field field = field(term);
                Values known = fields.getOrDefault(field, Values.NONE);
                fields.put(field, known.with(value(field, term), term.negated()));
            }
        }
        return new Filter(fields, labels, since, until);
    }

    private static List<Term> terms(String text) throws FilterException {
        List<Term> terms = new ArrayList<>();
        int at = 0;
        while (true) {
            while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
                at++;
            }
            if (at == text.length()) {
                return terms;
            }
            int colon = text.indexOf(':', at);
            String key = colon < 0 ? text.substring(at) : text.substring(at, colon);
            boolean negated = key.startsWith("-");
            key = negated ? key.substring(1) : key;
            if (colon < 0 || !PLAIN.matcher(key).matches()) {
                throw new FilterException("at character " + (at + 1) + ": a term is key:value, such as code:FORBIDDEN");
            }
            StringBuilder value = new StringBuilder();
            at = value(text, colon + 1, value);
            if (value.isEmpty()) {
                throw new FilterException("'" + key + ":' has no value");
            }
            terms.add(new Term(negated, key, value.toString()));
        }
    }

    /** Reads a value, plain or quoted; returns the position behind it. */
    private static int value(String text, int from, StringBuilder value) throws FilterException {
        if (from < text.length() && text.charAt(from) == '"') {
            int at = from + 1;
            while (at < text.length() && text.charAt(at) != '"') {
                if (text.charAt(at) == '\\') {
                    at++;
                    if (at == text.length()) {
                        break;
                    }
                }
                value.append(text.charAt(at));
                at++;
            }
            if (at >= text.length()) {
                throw new FilterException("at character " + (from + 1) + ": the quote does not end");
            }
            return at + 1;
        }
        int at = from;
        while (at < text.length() && !Character.isWhitespace(text.charAt(at))) {
            value.append(text.charAt(at));
            at++;
        }
        return at;
    }

    private static Field field(Term term) throws FilterException {
        Field field = Field.of(term.key());
        if (field == null) {
            throw new FilterException("unknown key '" + term.key()
                    + "'; the keys are code, class, reason, user, service, operation, batch, group, status, state,"
                    + " redrive, since, until and label.NAME");
        }
        return field;
    }

    private static String value(Field field, Term term) throws FilterException {
        if (field == Field.STATE) {
            String state = term.value().toUpperCase(Locale.ROOT);
            for (LetterState known : LetterState.values()) {
                if (known.name().equals(state)) {
                    return state;
                }
            }
            throw new FilterException(
                    "unknown state '" + term.value() + "'; the states are " + List.of(LetterState.values()));
        }
        if (field == Field.STATUS && !term.value().matches("[1-5][0-9]{2}")) {
            throw new FilterException("'status:' takes three digits, such as 402");
        }
        return term.value();
    }

    private static Instant once(Term term, @Nullable Instant before, Instant now) throws FilterException {
        if (before != null || term.negated()) {
            throw new FilterException("'" + term.key() + ":' stands at most once, without '-'");
        }
        Matcher ago = AGO.matcher(term.value());
        if (ago.matches()) {
            long number = Long.parseLong(ago.group(1));
            return now.minus(
                    switch (ago.group(2)) {
                        case "s" -> Duration.ofSeconds(number);
                        case "m" -> Duration.ofMinutes(number);
                        case "h" -> Duration.ofHours(number);
                        default -> Duration.ofDays(number);
                    });
        }
        try {
            Instant instant = Instant.parse(term.value());
            if (instant.isBefore(Instant.EPOCH) || instant.getEpochSecond() > 253_402_300_799L) {
                throw new FilterException("'" + term.key() + ":' is out of range");
            }
            return instant;
        } catch (DateTimeException e) {
            throw new FilterException("'" + term.key()
                    + ":' takes an instant, such as 2026-01-31T12:00:00Z, or a time ago: 90s, 5m, 1h or 7d");
        }
    }

    /** Returns the values of a field. */
    public Values of(Field field) {
        return fields.getOrDefault(field, Values.NONE);
    }

    /** Returns the filter narrowed to one value of a field, for a token that may see only that. */
    public Filter narrowedTo(Field field, String value) {
        Map<Field, Values> narrowed = new EnumMap<>(Field.class);
        narrowed.putAll(fields);
        Values known = of(field);
        // An impossible demand is kept as one, so that it passes nothing.
        boolean possible = known.allows(value);
        narrowed.put(field, new Values(List.of(value), possible ? List.of() : List.of(value)));
        return new Filter(narrowed, labels, since, until);
    }

    /** Returns whether a letter passes. */
    public boolean matches(Letter letter) {
        for (Map.Entry<Field, Values> entry : fields.entrySet()) {
            if (!entry.getValue().allows(letter.field(entry.getKey()))) {
                return false;
            }
        }
        for (Map.Entry<String, Values> entry : labels.entrySet()) {
            if (!entry.getValue().allows(letter.labels().get(entry.getKey()))) {
                return false;
            }
        }
        return (since == null || !letter.deadLetteredAt().isBefore(since))
                && (until == null || letter.deadLetteredAt().isBefore(until));
    }

    /** Returns the filter's canonical text, whose times are instants; it parses to an equal filter at any time. */
    @Override
    public String toString() {
        List<String> terms = new ArrayList<>();
        for (Field field : Field.values()) {
            add(terms, field.key(), of(field));
        }
        new TreeMap<>(labels).forEach((label, values) -> add(terms, LABEL + label, values));
        if (since != null) {
            terms.add("since:" + since);
        }
        if (until != null) {
            terms.add("until:" + until);
        }
        return String.join(" ", terms);
    }

    private static void add(Collection<String> terms, String key, Values values) {
        values.allowed().forEach(value -> terms.add(key + ":" + quoted(value)));
        values.excluded().forEach(value -> terms.add("-" + key + ":" + quoted(value)));
    }

    private static String quoted(String value) {
        return PLAIN.matcher(value).matches()
                ? value
                : "\"" + value.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
    }
}
