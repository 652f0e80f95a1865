package dev.redrive.cli;

import ch.qos.logback.classic.pattern.MessageConverter;
import ch.qos.logback.classic.pattern.ThrowableProxyConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import dev.redrive.codec.Printable;
import dev.redrive.config.ClientProperties.Secret;
import java.util.stream.Collectors;

/** Escapes external text in log lines. Logback's configuration refers to its classes by name. */
public final class LogText {

    private LogText() {}

    /** The message of a log line, on one line, with control characters escaped and passwords removed. */
    public static final class Message extends MessageConverter {

        /** Called by logback. */
        public Message() {}

        @Override
        public String convert(ILoggingEvent event) {
            return Printable.line(Secret.masked(String.valueOf(super.convert(event))));
        }
    }

    /**
     * The stack trace below a log line, with control characters escaped and passwords removed. Every line of a message
     * except the first starts with a tab, so that none can be mistaken for a log line.
     */
    public static final class StackTrace extends ThrowableProxyConverter {

        /** Called by logback. */
        public StackTrace() {}

        @Override
        protected String throwableProxyToString(IThrowableProxy failure) {
            String name = failure.getClassName();
            return Secret.masked(super.throwableProxyToString(failure))
                    .lines()
                    .map(line -> {
                        boolean own = line.startsWith("\t") || line.startsWith(name) || line.startsWith("Caused by: ");
                        return own
                                ? line.replaceFirst("\\S.*", "") + Printable.line(line.strip())
                                : "\t" + Printable.line(line);
                    })
                    .collect(Collectors.joining("\n", "", "\n"));
        }
    }
}
