package dev.redrive.codec;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Finds the name that a misspelt one was meant to be. */
final class NaturalJsonNames {

    private static final int LONGEST = 64;

    private NaturalJsonNames() {}

    /** The known name that differs least, when it differs little enough: in case, {@code _} and {@code -}, or by a third of its letters. */
    static @Nullable String nearest(String name, List<String> known) {
        if (name.length() > LONGEST) {
            return null;
        }
        String nearest = null;
        int least = Integer.MAX_VALUE;
        for (String candidate : known) {
            int distance = distance(folded(name), folded(candidate));
            if (distance < least && distance <= Math.max(1, candidate.length() / 3)) {
                nearest = candidate;
                least = distance;
            }
        }
        return nearest;
    }

    private static String folded(String name) {
        return name.toLowerCase(Locale.ROOT).replace("_", "").replace("-", "");
    }

    /** Levenshtein's distance: the fewest letters to insert, delete or change. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int change = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(change, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
