package dev.redrive.codec;

/**
 * Formats untrusted text as one line that a terminal shows unchanged: characters that move the cursor, end the line,
 * reorder or hide text are written as escapes, such as {@code \u001b}. In JSON such characters occur only within
 * strings, where the escape means the same character.
 */
public final class Printable {

    private Printable() {}

    /** Returns the text with each invisible character as {@code \}{@code uXXXX}. */
    public static String line(String text) {
        StringBuilder escaped = null;
        int codePoint;
        for (int i = 0; i < text.length(); i += Character.charCount(codePoint)) {
            codePoint = text.codePointAt(i);
            if (visible(codePoint)) {
                if (escaped != null) {
                    escaped.appendCodePoint(codePoint);
                }
                continue;
            }
            if (escaped == null) {
                escaped = new StringBuilder(text.length() + 16).append(text, 0, i);
            }
            for (char unit : Character.toChars(codePoint)) {
                escaped.append("\\u").append(hex(unit >> 8)).append(hex(unit & 0xff));
            }
        }
        return escaped == null ? text : escaped.toString();
    }

    private static String hex(int octet) {
        return "" + Character.forDigit(octet >> 4, 16) + Character.forDigit(octet & 0xf, 16);
    }

    private static boolean visible(int codePoint) {
        if (codePoint < 0x7f) {
            return codePoint >= ' ';
        }
        return switch (Character.getType(codePoint)) {
            // Format characters are direction marks, joiners, zero-width spaces and tags.
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE -> false;
            default -> !blankLetter(codePoint);
        };
    }

    /**
     * Returns whether a letter or mark is invisible (Unicode: Default_Ignorable_Code_Point, except variation
     * selectors).
     */
    private static boolean blankLetter(int codePoint) {
        return switch (codePoint) {
            case 0x034f, 0x115f, 0x1160, 0x17b4, 0x17b5, 0x3164, 0xffa0 -> true;
            default -> false;
        };
    }
}
