package dev.redrive.cli;

import ch.qos.logback.classic.pattern.MessageConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import dev.redrive.codec.Printable;
import dev.redrive.config.ClientProperties.Secret;

/** The message of a log line, on one line that a terminal shows as it is, without passwords. Named in logback's configuration. */
public final class PrintableMessage extends MessageConverter {

    /** Logback makes it. */
    public PrintableMessage() {}

    @Override
    public String convert(ILoggingEvent event) {
        return Printable.line(Secret.masked(String.valueOf(super.convert(event))));
    }
}
