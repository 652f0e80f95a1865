package dev.redrive.codec;

/**
 * Text from elsewhere as one line that a terminal shows as it is: what would move the cursor, end the line, reorder or
 * hide characters is written as its escape, such as {@code \u001b}. In JSON such characters stand within strings alone,
 * where the escape means the same character.
 */
public final class Printable {

    private Printable() {}

    /** Returns the text with each character that is not visible by itself as {@code \}{@code uXXXX}. */
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
            // Format characters are the marks of direction, the joiners, spaces without width and tags.
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE -> false;
            default -> !blankLetter(codePoint);
        };
    }

    /** Letters and marks that are drawn as nothing (Unicode: Default_Ignorable_Code_Point, but for variation selectors). */
    private static boolean blankLetter(int codePoint) {
        return switch (codePoint) {
            case 0x034f, 0x115f, 0x1160, 0x17b4, 0x17b5, 0x3164, 0xffa0 -> true;
            default -> false;
        };
    }
}
