package dev.redrive.cli;

import dev.redrive.codec.NaturalJson;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * The JSON values of a file or of standard input, as bytes: one value per line, values that span lines, or the elements
 * of one array. It returns whole values only, never a part: a line with an open bracket continues in the next line as
 * long as that line is a possible continuation. It does not check that a value is valid JSON.
 *
 * <p>A value that is too long is cut to one byte above the limit, so that it is rejected and uses no more memory.
 * Used by one thread.
 */
final class JsonInput implements AutoCloseable {

    private static final int CUT_BYTES = NaturalJson.MAX_LINE_BYTES + 1;
    private static final int BUFFER_BYTES = 1 << 16;
    private static final int NONE = -2;
    private static final int END = -1;

    private final String name;
    private final InputStream in;
    private final long totalBytes;
    private final ByteArrayOutputStream value = new ByteArrayOutputStream();
    private int ahead = NONE;
    private long line = 1;
    private long bytesRead;
    private boolean begun;

    /** First line of the value, from 1. */
    private long number;

    /** Number of the element, from 1; 0 outside an array. */
    private long element;

    private boolean array;
    private boolean ended;
    private @Nullable String broken;

    JsonInput(String name, InputStream in, long totalBytes) {
        this.name = name;
        this.in = new BufferedInputStream(in, BUFFER_BYTES);
        this.totalBytes = totalBytes;
    }

    /** Opens a file; {@code -} is standard input. */
    static JsonInput open(String file, InputStream standardInput) throws IOException {
        if (file.equals("-")) {
            return new JsonInput("stdin", standardInput, 0);
        }
        Path path = Path.of(file);
        if (Files.isDirectory(path)) {
            throw new IOException("it is a directory");
        }
        try {
            // Pipes and devices have no meaningful size.
            return new JsonInput(file, Files.newInputStream(path), Files.isRegularFile(path) ? Files.size(path) : 0);
        } catch (NoSuchFileException e) {
            throw new IOException("no such file", e);
        }
    }

    /** Returns the next value; {@code null} after the last, and if the input is {@link #broken}. */
    byte @Nullable [] next() throws IOException {
        value.reset();
        if (!begun) {
            begin();
        }
        if (ended || broken != null) {
            return null;
        }
        return array ? nextElement() : nextValue();
    }

    private void begin() throws IOException {
        begun = true;
        int c = afterByteOrderMark();
        while (isBlank(c)) {
            c = read();
        }
        array = c == '[';
        if (!array) {
            ahead = c;
        }
    }

    private int afterByteOrderMark() throws IOException {
        in.mark(3);
        if (in.read() == 0xef && in.read() == 0xbb && in.read() == 0xbf) {
            bytesRead += 3;
        } else {
            in.reset();
        }
        return read();
    }

    private byte @Nullable [] nextValue() throws IOException {
        int c = afterBlanks();
        if (c == END) {
            ended = true;
            return null;
        }
        number = line;
        Brackets brackets = new Brackets();
        boolean spread = false;
        for (; c != END; c = read()) {
            if (c == '\n' && (brackets.open() == 0 || brackets.inString())) {
                // Strings do not span lines: a single line is truncated; across several lines the state is unknown.
                if (spread && brackets.open() > 0) {
                    brokenAt(line - 1);
                }
                break;
            }
            boolean later = line > number && !isBlank(c);
            if (!brackets.take(c, later)) {
                truncatedBefore(c, brackets, spread);
                break;
            }
            spread |= later;
            keep(c);
        }
        return value.toByteArray();
    }

    /** If the preceding value is truncated, another one starts here; in an array it may be an element. */
    private void truncatedBefore(int c, Brackets brackets, boolean spread) {
        if (!brackets.arrayOpen() && (c == '{' || !spread)) {
            ahead = c;
        } else {
            brokenAt(line);
        }
    }

    private void brokenAt(long at) {
        broken = "the value that begins in line " + number + " is not JSON from line " + at
                + " on, and what follows may be a part of it";
    }

    private byte @Nullable [] nextElement() throws IOException {
        int c = afterBlanks();
        if (element == 0 && c == ']') {
            return end();
        }
        if (c == END) {
            broken = "the array is not closed";
            number = line;
            return null;
        }
        number = line;
        element++;
        Brackets brackets = new Brackets();
        while (c != END && (brackets.open() > 0 || brackets.inString() || (c != ',' && c != ']'))) {
            if (c == '\n' && brackets.inString()) {
                broken = "a string has no end in line " + (line - 1) + ", and what follows may be a part of it";
                return value.toByteArray();
            }
            brackets.take(c, false);
            keep(c);
            c = read();
        }
        if (c == ']') {
            end();
        } else if (c == END) {
            broken = "the array is not closed";
        }
        return value.toByteArray();
    }

    private byte @Nullable [] end() throws IOException {
        ended = true;
        if (afterBlanks() != END) {
            broken = "text follows the array in line " + line;
        }
        return null;
    }

    private int afterBlanks() throws IOException {
        int c = read();
        while (isBlank(c)) {
            c = read();
        }
        return c;
    }

    private int read() throws IOException {
        int c = ahead;
        ahead = NONE;
        if (c == NONE) {
            c = in.read();
            bytesRead += c == END ? 0 : 1;
            line += c == '\n' ? 1 : 0;
        }
        return c;
    }

    private void keep(int c) {
        if (value.size() < CUT_BYTES) {
            value.write(c);
        }
    }

    private static boolean isBlank(int c) {
        return c == ' ' || c == '\t' || c == '\r' || c == '\n';
    }

    /** Returns the name of the input for messages. */
    String name() {
        return name;
    }

    /** Returns where the last value of {@link #next} starts, for messages. */
    String place() {
        return name + ":" + number + (array && element > 0 ? ": element " + element : "");
    }

    /** Returns why the rest of the input cannot be read; {@code null} if it can. */
    @Nullable
    String broken() {
        return broken;
    }

    /** Returns the number of the last value of {@link #next}, from 1: its first line, or its array element. */
    long number() {
        return array ? element : number;
    }

    /** Returns the unit of {@link #number}. */
    String unit() {
        return array ? "element" : "line";
    }

    long bytesRead() {
        return bytesRead;
    }

    /** Returns the size of the input in bytes; 0 if unknown. */
    long totalBytes() {
        return totalBytes;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    /** Tracks the open brackets, and checks whether a byte can follow the preceding bytes. */
    private static final class Brackets {

        /** Values nested deeper are rejected as a whole; below this depth the kind of bracket is not stored. */
        private static final int MAX_KNOWN = NaturalJson.MAX_DEPTH + 1;

        private final BitSet objects = new BitSet(MAX_KNOWN);
        private int open;
        private boolean inString;
        private boolean escaped;
        private int before = NONE;

        /** Consumes a byte. If {@code strict}, returns false for a byte that JSON does not allow here. */
        boolean take(int c, boolean strict) {
            if (inString) {
                inString = escaped || c != '"';
                escaped = !escaped && c == '\\';
                return true;
            }
            if (isBlank(c)) {
                return true;
            }
            if (strict && open > 0 && !allowed(c)) {
                return false;
            }
            before = c;
            switch (c) {
                case '"' -> inString = true;
                case '{' -> push(true);
                case '[' -> push(false);
                case '}', ']' -> open = Math.max(0, open - 1);
                default -> {}
            }
            return true;
        }

        private void push(boolean object) {
            if (open < MAX_KNOWN) {
                objects.set(open, object);
            }
            open += open < Integer.MAX_VALUE ? 1 : 0;
        }

        private boolean allowed(int c) {
            boolean object = open <= MAX_KNOWN && objects.get(open - 1);
            boolean word = Character.isLetterOrDigit(before) || before == '-' || before == '+' || before == '.';
            if (word && (Character.isLetterOrDigit(c) || c == '-' || c == '+' || c == '.')) {
                return true;
            }
            return switch (before) {
                case '{' -> c == '"' || c == '}';
                case '[' -> "}:,".indexOf(c) < 0;
                case ':' -> "]}:,".indexOf(c) < 0;
                case ',' -> object ? c == '"' : "]}:,".indexOf(c) < 0;
                default -> object ? c == ',' || c == '}' || c == ':' : c == ',' || c == ']';
            };
        }

        int open() {
            return open;
        }

        boolean inString() {
            return inString;
        }

        boolean arrayOpen() {
            return open > MAX_KNOWN || objects.get(0, open).cardinality() < open;
        }
    }
}
