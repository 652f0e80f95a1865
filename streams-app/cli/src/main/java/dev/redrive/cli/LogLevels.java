package dev.redrive.cli;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** How much is logged: a pipeline tells what it does, a short command only what went wrong. Read by logback.xml. */
public final class LogLevels {

    private static final String VARIABLE = "REDRIVE_LOG_LEVEL";
    private static final Set<String> LEVELS = Set.of("ERROR", "WARN", "INFO", "DEBUG", "TRACE");

    private LogLevels() {}

    /** Sets the system properties that logback's configuration reads; call it before the first logger is made. */
    static void set(String[] args, Map<String, String> environment) {
        boolean pipeline = args.length > 0 && (args[0].equals("run") || args[0].equals("dev"));
        String asked = environment.getOrDefault(VARIABLE, "").toUpperCase(Locale.ROOT);
        boolean known = LEVELS.contains(asked);
        System.setProperty("redrive.log.level", known ? asked : pipeline ? "INFO" : "WARN");
        // Clients repeat every failed connection as a warning; a short command says it once, in its own words.
        boolean all = pipeline || (known && isVerbose(asked));
        System.setProperty("redrive.log.clients", all ? "WARN" : "ERROR");
        System.setProperty("redrive.log.connections", all ? "WARN" : "OFF");
    }

    /**
     * Lets the log of a development instance go to a file.
     *
     * @param file where; its directory is made
     * @param console whether Redrive's own warnings stand on standard error too
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
