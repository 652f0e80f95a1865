package dev.redrive.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** The topics that can be watched. */
enum OutputTopic {
    READY,
    DEAD_LETTERS,
    USERS,
    OUTCOMES,
    ERROR_RATES,
    ALERTS,
    QUARANTINE,
    RETRY;

    /** The word for it on the command line. */
    String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The words, for help and completion. */
    static final class Words extends ArrayList<String> {
        Words() {
            super(Arrays.stream(values()).map(OutputTopic::word).toList());
        }
    }

    /** Reads the word. */
    static final class Converter implements ITypeConverter<OutputTopic> {
        @Override
        public OutputTopic convert(String text) {
            return Arrays.stream(values())
                    .filter(topic -> topic.word().equals(text.toLowerCase(Locale.ROOT)))
                    .findFirst()
                    .orElseThrow(() -> new TypeConversionException("'" + text + "' is not one of " + new Words()));
        }
    }
}
