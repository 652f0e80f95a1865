package dev.redrive.cli;

import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a duration as people write it: {@code 500ms}, {@code 30s}, {@code 10m}, {@code 1h}, {@code 1d}; at most 366 days. */
final class DurationConverter implements ITypeConverter<Duration> {

    private static final Pattern SHAPE = Pattern.compile("([0-9]{1,11})(ms|s|m|h|d)");
    private static final Duration LONGEST = Duration.ofDays(366);

    @Override
    public Duration convert(String text) {
        Matcher shape = SHAPE.matcher(text.toLowerCase(Locale.ROOT));
        if (!shape.matches()) {
            throw new TypeConversionException("'" + text + "' is not a duration such as 500ms, 30s, 10m, 1h or 1d");
        }
        long number = Long.parseLong(shape.group(1));
        Duration duration = switch (shape.group(2)) {
            case "ms" -> Duration.ofMillis(number);
            case "s" -> Duration.ofSeconds(number);
            case "m" -> Duration.ofMinutes(number);
            case "h" -> Duration.ofHours(number);
            default -> Duration.ofDays(number);
        };
        if (duration.compareTo(LONGEST) > 0) {
            throw new TypeConversionException("'" + text + "' is longer than 366d");
        }
        return duration;
    }
}
