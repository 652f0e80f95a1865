package dev.redrive.cli;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Sets log levels: a pipeline logs its progress, a short command only errors. Used by logback.xml. */
public final class LogLevels {

    private static final String VARIABLE = "REDRIVE_LOG_LEVEL";
    private static final Set<String> LEVELS = Set.of("ERROR", "WARN", "INFO", "DEBUG", "TRACE");

    private LogLevels() {}

    /** Sets the system properties that logback's configuration reads; call it before the first logger is created. */
    static void set(String[] args, Map<String, String> environment) {
        boolean pipeline = args.length > 0 && (args[0].equals("run") || args[0].equals("dev"));
        String asked = environment.getOrDefault(VARIABLE, "").toUpperCase(Locale.ROOT);
        boolean known = LEVELS.contains(asked);
        System.setProperty("redrive.log.level", known ? asked : pipeline ? "INFO" : "WARN");
        // Clients log a warning for every failed connection; a short command reports it once itself.
        boolean all = pipeline || (known && isVerbose(asked));
        System.setProperty("redrive.log.clients", all ? "WARN" : "ERROR");
        System.setProperty("redrive.log.connections", all ? "WARN" : "OFF");
    }

    /**
     * Redirects the log of a development instance to a file.
     *
     * @param file the log file; its directory is created
     * @param console whether Redrive's own warnings also go to standard error
     */
    public static void toFile(Path file, boolean console) {
        System.setProperty("logback.configurationFile", "logback-dev.xml");
        System.setProperty("redrive.log.file", file.toString());
        System.setProperty("redrive.log.console", console ? "WARN" : "OFF");
    }

    private static boolean isVerbose(String level) {
        return level.equals("DEBUG") || level.equals("TRACE");
    }
}
