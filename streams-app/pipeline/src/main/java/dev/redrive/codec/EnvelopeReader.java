package dev.redrive.codec;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import dev.redrive.codec.EnvelopeReader.EnvelopeReading.Problem;
import dev.redrive.domain.classify.Envelope;
import dev.redrive.domain.classify.Envelope.EnvelopePointers;
import dev.redrive.domain.classify.Profile.Profiles;
import dev.redrive.domain.decide.DelayText.HttpDate;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads error bodies with the pointers of a profile. Never fails: unreadable values are absent, readable ones before or
 * beside a fault are used, and the result names the fault. Safe for use by several threads.
 */
public final class EnvelopeReader {

    /** Byte order marks: as one character, and UTF-8 bytes read as Latin-1. */
    private static final List<String> BYTE_ORDER_MARKS = List.of("\uFEFF", "\u00EF\u00BB\u00BF");

    /** Max elements of an array that are searched for an object with a code. */
    private static final int MAX_ELEMENTS = 100;

    private final int maxBodyChars;
    private final Map<EnvelopePointers, Pointers> known = new HashMap<>();

    /**
     * Creates a reader.
     *
     * @param profiles the profiles whose pointers are compiled once
     * @param maxBodyChars maximum number of UTF-16 units read of a body
     */
    public EnvelopeReader(Profiles profiles, int maxBodyChars) {
        this.maxBodyChars = maxBodyChars;
        profiles.all().forEach(profile -> known.put(profile.envelope(), Pointers.of(profile.envelope())));
    }

    /**
     * Reads one body.
     *
     * @param pointers the position of each value in the body
     * @param body the original body; {@code null} or blank if there was none
     */
    public EnvelopeReading read(EnvelopePointers pointers, @Nullable String body) {
        String text = body == null ? "" : withoutMark(body);
        if (text.isBlank()) {
            return EnvelopeReading.NOTHING;
        }
        boolean tooLarge = text.length() > maxBodyChars;
        try {
            PartialJson json = PartialJson.read(tooLarge ? text.substring(0, maxBodyChars) : text);
            if (json.root().isTextual()) {
                String inner = withoutMark(json.root().textValue()).stripLeading();
                json = inner.startsWith("{") || inner.startsWith("[") ? PartialJson.read(inner) : json;
            }
            Pointers ready = known.get(pointers);
            Envelope envelope = envelope(json.root(), ready == null ? Pointers.of(pointers) : ready);
            Problem problem = envelope == null && json.problem() == null ? Problem.NOT_AN_OBJECT : json.problem();
            return new EnvelopeReading(
                    envelope == null ? Envelope.EMPTY : envelope, tooLarge ? Problem.TOO_LARGE : problem);
        } catch (IOException e) {
            return new EnvelopeReading(Envelope.EMPTY, Problem.NOT_JSON);
        }
    }

    private static String withoutMark(String text) {
        for (String mark : BYTE_ORDER_MARKS) {
            if (text.startsWith(mark)) {
                return text.substring(mark.length());
            }
        }
        return text;
    }

    /** Reads the object, or in an array the first with a code, else the first; {@code null} without one. */
    private static @Nullable Envelope envelope(JsonNode root, Pointers pointers) {
        if (root.isObject()) {
            return pointers.read(root);
        }
        Envelope first = null;
        for (int i = 0; i < Math.min(root.size(), MAX_ELEMENTS); i++) {
            Envelope read = envelope(root.path(i), pointers);
            if (read != null && read.code() != null) {
                return read;
            }
            first = first == null ? read : first;
        }
        return first;
    }

    /** The profile's compiled pointers. */
    private record Pointers(
            List<JsonPointer> code,
            List<JsonPointer> message,
            List<JsonPointer> param,
            List<JsonPointer> type,
            List<JsonPointer> activeRequests,
            List<JsonPointer> concurrencyLimit,
            List<JsonPointer> resetAt) {

        static Pointers of(EnvelopePointers texts) {
            return new Pointers(
                    compiled(texts.code()),
                    compiled(texts.message()),
                    compiled(texts.param()),
                    compiled(texts.type()),
                    compiled(texts.activeRequests()),
                    compiled(texts.concurrencyLimit()),
                    compiled(texts.resetAt()));
        }

        Envelope read(JsonNode root) {
            return new Envelope(
                    first(root, code, EnvelopeValues::code),
                    first(root, message, EnvelopeValues::message),
                    first(root, param, EnvelopeValues::name),
                    first(root, type, EnvelopeValues::name),
                    first(root, activeRequests, EnvelopeValues::count),
                    first(root, concurrencyLimit, EnvelopeValues::positive),
                    first(root, resetAt, EnvelopeValues::instant));
        }

        private static List<JsonPointer> compiled(List<String> texts) {
            return texts.stream().map(JsonPointer::compile).toList();
        }

        private static <T> @Nullable T first(
                JsonNode root, List<JsonPointer> pointers, Function<JsonNode, @Nullable T> reading) {
            for (JsonPointer pointer : pointers) {
                T value = reading.apply(root.at(pointer));
                if (value != null) {
                    return value;
                }
            }
            return null;
        }
    }

    /**
     * The result of reading an error body.
     *
     * @param envelope the readable part; {@link Envelope#EMPTY} if there is none
     * @param problem the first fault; {@code null} if there was none, or no body
     */
    public record EnvelopeReading(
            Envelope envelope, @Nullable Problem problem) {

        /** Faults of a body. */
        public enum Problem {
            /** Larger than the limit; its beginning is read. */
            TOO_LARGE,
            /** Not JSON, or JSON followed by text; e.g. an HTML page of a proxy. What precedes the fault is read. */
            NOT_JSON,
            /** JSON with deeper nesting, or longer names or numbers, than the limits; those are left out. */
            BEYOND_LIMITS,
            /** A key occurs twice in one object with different values, which are left out; objects are merged. */
            DUPLICATE_KEY,
            /** JSON that is neither an object nor an array with one. */
            NOT_AN_OBJECT
        }

        static final EnvelopeReading NOTHING = new EnvelopeReading(Envelope.EMPTY, null);
    }

    /** Reads single values of an error body; an invalid one is {@code null}, as if absent. */
    static final class EnvelopeValues {

        static final int MAX_CODE_LENGTH = 128;
        static final int MAX_NAME_LENGTH = 256;
        static final int MAX_MESSAGE_LENGTH = 2048;

        private static final Pattern DIGITS = Pattern.compile("[0-9]{1,10}");
        private static final Pattern LONE_SURROGATE = Pattern.compile("\\p{Cs}");
        private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");

        /** Epoch numbers from this one on are milliseconds: the year 5138 in seconds, 1973 in milliseconds. */
        private static final BigDecimal MILLIS_FROM = BigDecimal.valueOf(100_000_000_000L);

        private static final Pattern DECIMAL = Pattern.compile("[0-9]{1,15}([.][0-9]{1,9})?");
        private static final int MAX_DECIMALS = 64;
        private static final int MAX_INSTANT_DIGITS = 15;

        /** Two-digit years are placed near this instant. */
        private static final Instant NEAR = Instant.parse("2000-01-01T00:00:00Z");

        /** The end of the year 9999, epoch milliseconds. */
        private static final long LAST_MS = 253_402_300_799_999L;

        private EnvelopeValues() {}

        /** Returns text, or an integer as its digits; {@code null} beyond 128 characters or with control characters. */
        static @Nullable String code(JsonNode node) {
            String text = node.isIntegralNumber() ? node.asText() : text(node);
            return text == null
                            || text.length() > MAX_CODE_LENGTH
                            || CONTROL.matcher(text).find()
                    ? null
                    : text;
        }

        /** Returns text, truncated to 2048 characters. */
        static @Nullable String message(JsonNode node) {
            return cut(text(node), MAX_MESSAGE_LENGTH);
        }

        /** Returns text, truncated to 256 characters. */
        static @Nullable String name(JsonNode node) {
            return cut(text(node), MAX_NAME_LENGTH);
        }

        /** Returns an integer from 0 to 2^31 - 1; it may also be written as text. */
        static @Nullable Integer count(JsonNode node) {
            BigInteger number = whole(node);
            if (number == null || number.signum() < 0 || number.bitLength() >= Integer.SIZE) {
                return null;
            }
            return number.intValue();
        }

        /** Returns an integer from 1 to 2^31 - 1; it may also be written as text. */
        static @Nullable Integer positive(JsonNode node) {
            Integer count = count(node);
            return count == null || count == 0 ? null : count;
        }

        /**
         * Returns a date and time with its offset (RFC 3339), another date as in HTTP headers, or epoch seconds or
         * milliseconds, decimals rounded up to the millisecond; up to the year 9999.
         */
        static @Nullable Instant instant(JsonNode node) {
            BigDecimal number = number(node);
            if (number == null) {
                return node.isTextual() ? date(node.textValue().strip()) : null;
            }
            boolean bounded =
                    number.scale() <= MAX_DECIMALS && number.precision() - number.scale() <= MAX_INSTANT_DIGITS;
            if (number.signum() < 0 || !bounded) {
                return null;
            }
            BigDecimal millis = number.compareTo(MILLIS_FROM) < 0 ? number.movePointRight(3) : number;
            long value = millis.setScale(0, RoundingMode.CEILING).longValueExact();
            return value > LAST_MS ? null : Instant.ofEpochMilli(value);
        }

        private static @Nullable BigDecimal number(JsonNode node) {
            if (node.isNumber()) {
                return node.decimalValue();
            }
            return node.isTextual() && DECIMAL.matcher(node.textValue()).matches()
                    ? new BigDecimal(node.textValue())
                    : null;
        }

        private static @Nullable Instant date(String text) {
            try {
                Instant instant = OffsetDateTime.parse(text).toInstant();
                long second = instant.getEpochSecond();
                return second < 0 || second > LAST_MS / 1000 ? null : Instant.ofEpochMilli(instant.toEpochMilli());
            } catch (DateTimeException e) {
                Instant instant = HttpDate.parse(text, NEAR);
                return instant == null || instant.getEpochSecond() < 0 || instant.toEpochMilli() > LAST_MS
                        ? null
                        : instant;
            }
        }

        private static @Nullable BigInteger whole(JsonNode node) {
            if (node.isIntegralNumber()) {
                return node.bigIntegerValue();
            }
            return node.isTextual() && DIGITS.matcher(node.textValue()).matches()
                    ? new BigInteger(node.textValue())
                    : null;
        }

        /** Returns the text stripped, with U+FFFD for lone surrogates, which UTF-8 cannot encode. */
        private static @Nullable String text(JsonNode node) {
            if (!node.isTextual()) {
                return null;
            }
            String text = LONE_SURROGATE
                    .matcher(node.textValue())
                    .replaceAll("\uFFFD")
                    .strip();
            return text.isEmpty() ? null : text;
        }

        private static @Nullable String cut(@Nullable String text, int maxLength) {
            if (text == null || text.length() <= maxLength) {
                return text;
            }
            int end = Character.isHighSurrogate(text.charAt(maxLength - 1)) ? maxLength - 1 : maxLength;
            return text.substring(0, end);
        }
    }
}
