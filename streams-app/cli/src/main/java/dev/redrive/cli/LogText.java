package dev.redrive.cli;

import ch.qos.logback.classic.pattern.MessageConverter;
import ch.qos.logback.classic.pattern.ThrowableProxyConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import dev.redrive.codec.Printable;
import dev.redrive.config.ClientProperties.Secret;
import java.util.stream.Collectors;

/** The texts of a log line that come from elsewhere. Its classes are named in logback's configuration. */
public final class LogText {

    private LogText() {}

    /** The message of a log line, on one line that a terminal shows as it is, without passwords. */
    public static final class Message extends MessageConverter {

        /** Logback makes it. */
        public Message() {}

        @Override
        public String convert(ILoggingEvent event) {
            return Printable.line(Secret.masked(String.valueOf(super.convert(event))));
        }
    }

    /**
     * The stack trace below a log line, so that a terminal shows it as it is, without passwords. Every line but the first of a message begins
     * with a tab, so that none is taken for a log line.
     */
    public static final class StackTrace extends ThrowableProxyConverter {

        /** Logback makes it. */
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
