package dev.redrive.codec;

import com.fasterxml.jackson.databind.JsonNode;
import dev.redrive.domain.decide.HttpDate;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads single values of an error body; one that does not fit is {@code null}, as if it were not there. */
final class EnvelopeValues {

    static final int MAX_CODE_LENGTH = 128;
    static final int MAX_NAME_LENGTH = 256;
    static final int MAX_MESSAGE_LENGTH = 2048;

    private static final Pattern DIGITS = Pattern.compile("[0-9]{1,10}");
    private static final Pattern LONE_SURROGATE = Pattern.compile("\\p{Cs}");
    private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");

    /** Numbers of the epoch from here on are milliseconds: the year 5138 in seconds, 1973 in milliseconds. */
    private static final BigDecimal MILLIS_FROM = BigDecimal.valueOf(100_000_000_000L);

    private static final Pattern DECIMAL = Pattern.compile("[0-9]{1,15}([.][0-9]{1,9})?");
    private static final int MAX_DECIMALS = 64;
    private static final int MAX_INSTANT_DIGITS = 15;

    /** What years of two digits are placed near. */
    private static final Instant NEAR = Instant.parse("2000-01-01T00:00:00Z");

    private static final long LAST_MS = 253_402_300_799_999L;

    private EnvelopeValues() {}

    /** Text or a whole number, digit by digit; of at most 128 characters and without control characters. */
    static @Nullable String code(JsonNode node) {
        String text = node.isIntegralNumber() ? node.asText() : text(node);
        return text == null
                        || text.length() > MAX_CODE_LENGTH
                        || CONTROL.matcher(text).find()
                ? null
                : text;
    }

    /** Text, cut after 2048 characters. */
    static @Nullable String message(JsonNode node) {
        return cut(text(node), MAX_MESSAGE_LENGTH);
    }

    /** Text, cut after 256 characters. */
    static @Nullable String name(JsonNode node) {
        return cut(text(node), MAX_NAME_LENGTH);
    }

    /** A whole number from 0 to 2^31 - 1, or its digits as text. */
    static @Nullable Integer count(JsonNode node) {
        BigInteger number = whole(node);
        if (number == null || number.signum() < 0 || number.bitLength() >= Integer.SIZE) {
            return null;
        }
        return number.intValue();
    }

    /** A whole number from 1 to 2^31 - 1, or its digits as text. */
    static @Nullable Integer positive(JsonNode node) {
        Integer count = count(node);
        return count == null || count == 0 ? null : count;
    }

    /**
     * A date and time with its offset (RFC 3339), another date as in HTTP headers, or seconds or milliseconds of the epoch,
     * decimals rounded up to the millisecond; to the year 9999.
     */
    static @Nullable Instant instant(JsonNode node) {
        BigDecimal number = number(node);
        if (number == null) {
            return node.isTextual() ? date(node.textValue().strip()) : null;
        }
        boolean bounded = number.scale() <= MAX_DECIMALS && number.precision() - number.scale() <= MAX_INSTANT_DIGITS;
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
            return instant == null || instant.getEpochSecond() < 0 || instant.toEpochMilli() > LAST_MS ? null : instant;
        }
    }

    private static @Nullable BigInteger whole(JsonNode node) {
        if (node.isIntegralNumber()) {
            return node.bigIntegerValue();
        }
        return node.isTextual() && DIGITS.matcher(node.textValue()).matches() ? new BigInteger(node.textValue()) : null;
    }

    /** Without the spaces around it, and with U+FFFD for lone surrogates, which UTF-8 cannot hold. */
    private static @Nullable String text(JsonNode node) {
        if (!node.isTextual()) {
            return null;
        }
        String text =
                LONE_SURROGATE.matcher(node.textValue()).replaceAll("\uFFFD").strip();
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
