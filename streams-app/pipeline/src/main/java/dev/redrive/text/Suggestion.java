package dev.redrive.text;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;

/** Suggests the intended word for an unknown one. */
public final class Suggestion {

    private static final int MAX_LISTED = 20;

    private Suggestion() {}

    /** Returns the end of a message about an unknown word: the likely one, else all known ones. */
    public static String among(String word, Collection<String> known) {
        Optional<String> nearest = known.stream()
                .min(Comparator.<String>comparingInt(candidate -> bounded(plain(word), plain(candidate)))
                        .thenComparing(Comparator.naturalOrder()))
                .filter(candidate -> bounded(plain(word), plain(candidate)) <= tolerated(plain(candidate)));
        if (nearest.isPresent()) {
            return "did you mean " + nearest.get() + "?";
        }
        return known.size() > MAX_LISTED
                ? "there is none like it"
                : "write one of " + String.join(", ", new TreeSet<>(known));
    }

    /**
     * Returns the max distance at which a word is still suggested: a third of its letters, 2 at least, or 1 for short
     * ones.
     */
    private static int tolerated(String candidate) {
        return candidate.length() < 4 ? 1 : Math.max(2, candidate.length() / 3);
    }

    /** Returns the distance; {@code Integer.MAX_VALUE}, without counting, if the lengths alone differ by too much. */
    private static int bounded(String word, String candidate) {
        return Math.abs(word.length() - candidate.length()) > tolerated(candidate)
                ? Integer.MAX_VALUE
                : distance(word, candidate);
    }

    /** Returns the letters and digits in lower case: the others are ignored. */
    private static String plain(String word) {
        return word.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
    }

    /** Returns the Levenshtein distance: the minimum number of letters to insert, delete or change. */
    public static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int changed = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(changed, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
